"""The help room, and the practice mode that nobody may take for the real one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.access.actors import SYSTEM
from engine.casework import cases, documents, letters, offices
from engine.settings import load
from engine.store import Context, Store
from tests.webui.conftest import ROOT, Browser
from webui.app import create_app
from webui.commands import practising

BAND = "Nada de aquí es real"


@pytest.fixture
def practice(working: Store, tmp_path: Path) -> Browser:
    """A window of the practice mode."""
    settings = practising(load({"SIPROC_DATA_DIR": str(tmp_path)}), "127.0.0.1", 8001)
    return Browser(create_app(working, settings).test_client())


def test_help_speaks_to_who_reads_it(window: Callable[[], Browser]) -> None:
    officer, designer = window().sign_in("ana.discua"), window().sign_in("dani.euceda")

    assert "Hacer el recorrido" in officer.get("/ayuda")
    assert "Quien dibuja procedimientos" not in officer.get("/ayuda")
    assert "Hacer el recorrido" not in designer.get("/ayuda")
    assert "Registro Nacional de las Personas" in designer.get("/ayuda")


def test_the_tour_is_a_list_where_there_is_no_script(window: Callable[[], Browser]) -> None:
    ana = window().sign_in("ana.discua")

    assert "data-tour" in ana.get("/tareas?recorrido=1")
    assert "data-tour" not in ana.get("/tareas")


def test_the_real_installation_never_looks_like_practice(window: Callable[[], Browser]) -> None:
    page = window().sign_in("ana.discua").get("/ayuda")

    assert BAND not in page
    assert 'id="practicar"' not in page  # there is no practice mode here


def test_whoever_practises_chooses_whom_to_be_and_sees_it_on_each_page(practice: Browser) -> None:
    entrance = practice.client.get("/entrar").get_data(as_text=True)
    assert BAND in entrance
    assert "Ana Discua" in entrance
    found = re.search(r'name="csrf_token" value="([^"]+)"', entrance)
    email, password = re.findall(r'name="(?:email|password)" value="([^"]+)"', entrance)[:2]
    assert found is not None

    answer = practice.client.post("/entrar", data={"csrf_token": found[1], "email": email, "password": password})

    assert answer.status_code == 302
    for address in ("/tareas", "/casos", "/ayuda", "/nada"):
        page = practice.client.get(address, follow_redirects=True).get_data(as_text=True)
        assert BAND in page, address
        assert "<title>PRÁCTICA · " in page


def test_a_letter_of_the_practice_mode_is_marked(sqlite_store: Store) -> None:
    def letters_of_both(context: Context) -> list[bytes]:
        offices.load(context)
        case = cases.open_case(context, "MX-TAP")
        row = documents.register(context, case.id, code="D-01-7", subject="Carta")
        context.session.flush()
        return [
            letters.compose(context, row, ROOT / "processes", "https://siproc.example", practice=practice).content
            for practice in (False, False, True)
        ]

    real, again, marked = sqlite_store.transact(letters_of_both, SYSTEM)

    assert real == again
    assert marked != real


def test_the_practice_mode_has_no_way_out(tmp_path: Path) -> None:
    real = replace(
        load({"SIPROC_DATA_DIR": str(tmp_path), "SIPROC_DATABASE_URL": "postgresql://real/siproc"}),
        mail_server="smtps://real", webhook_hosts="*", oidc_issuer="https://real", secret_key="real", files="s3://real",
    )  # fmt: skip
    practice = practising(real, "127.0.0.1", 8001)

    assert "real" not in json.dumps(
        [practice.database, practice.mail_server, practice.oidc_issuer, practice.secret_key, practice.files]
    ).replace(str(tmp_path), "")
    assert practice.webhook_hosts == ""
    assert practice.data_dir != real.data_dir
