"""The server is killed with -9 between requests of an officer's work: what was acknowledged is there afterwards."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.actions.demo import DEMO_PASSWORD
from tests.browser.conftest import ROOT, free_port, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
FIELDS = {
    "fecha_reporte": "2026-01-15T10:30", "canal": "telefono", "tipo_reportante": "familiar", "rep_nombre": "Suyapa Zúniga",
    "rep_parentesco": "madre", "rep_telefono": "+50499887766", "contacto_seguro": "si", "idioma": "es", "pais": "MX",
    "lugar_texto": "Cereso de Tapachula", "entidad": "MX-CHP", "peligro_ahora": "no", "motivo": "preso",
    "relato_breve": "Su hijo fue detenido anoche.", "afectada_nombre": "Olvin Zúniga", "afectada_edad": "27",
    "solo_consulta": "false",
}  # fmt: skip


class Server:
    """The demo server as a process that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "SIPROC_DATA_DIR": str(self.folder), "SIPROC_DATABASE_URL": ""}
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "engine.cli", "demo", "--cases", "2", "--port", str(self.port)],
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        wait_for(f"{self.address}/salud", self.process)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Officer:
    """An officer's browser: cookies, form tokens, nothing else."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> tuple[str, str]:
        with self.opener.open(self.address + path, timeout=30) as answer:
            return answer.url.removeprefix(self.address), answer.read().decode()

    def post(self, path: str, page: str, **values: str) -> tuple[str, str]:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        data = urllib.parse.urlencode({"csrf_token": token[1], **values}).encode()
        with self.opener.open(self.address + path, data, timeout=30) as answer:
            return answer.url.removeprefix(self.address), answer.read().decode()

    def sign_in(self) -> None:
        _, page = self.get("/entrar")
        self.post("/entrar", page, email="ana.discua@demo.siproc.hn", password=DEMO_PASSWORD)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    running.start()
    yield running
    running.kill()


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_between_requests(server: Server) -> None:
    ana = Officer(server.address)
    ana.sign_in()

    # After opening a case.
    _, page = ana.get("/casos/nuevo")
    task, page = ana.post("/casos", page)
    server.kill()
    server.start()
    _, again = ana.get(task)
    assert "Registrar primer contacto" in again

    # After a completion that was acknowledged.
    version = re.search(r'name="version" value="(\d+)"', again)
    key = re.search(r'name="key" value="([^"]+)"', again)
    case = re.search(r"/casos/[0-9a-f-]{36}", again)
    assert version is not None
    assert key is not None
    assert case is not None
    sent = {**FIELDS, "version": version[1], "key": key[1]}
    following, _ = ana.post(task, again, **sent)
    assert "done=1" in following
    server.kill()
    server.start()
    _, page = ana.get(case[0])
    assert page.count("Completó «Registrar primer contacto».") == 1

    # The answer may be what was lost: sending the same again answers the same, and does nothing twice.
    repeated, _ = ana.post(task, page, **sent)
    assert repeated == following
    _, page = ana.get(case[0])
    assert page.count("Completó «Registrar primer contacto».") == 1

    # After a note.
    ana.post(f"{case[0]}/notas", page, nota="La madre llamará mañana.")
    server.kill()
    server.start()
    _, page = ana.get(case[0])
    assert page.count("La madre llamará mañana.") == 1


def test_a_completed_task_says_who_completed_it(server: Server) -> None:
    ana = Officer(server.address)
    ana.sign_in()
    _, page = ana.get("/casos/nuevo")
    task, page = ana.post("/casos", page)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    ana.post(task, page, **FIELDS, version=version[1], key="first")

    with pytest.raises(urllib.error.HTTPError) as refused:
        ana.post(task, page, **FIELDS, version=version[1], key="second")

    assert refused.value.code == 409
    assert "ya fue completada por Ana Discua" in refused.value.read().decode()
