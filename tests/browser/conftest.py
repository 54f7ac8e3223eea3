"""A demo of its own, served by the real command, and a real Chromium that looks at it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from engine.actions.demo import DEMO_PASSWORD
from engine.cli.test import browser as chromium_path

ROOT = Path(__file__).parent.parent.parent
ARTEFACTS = ROOT / "tests" / "artefacts"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
PATIENCE = 300  # seconds; a machine that does other things as well


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a demo server."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    shutil.copytree(_made(tmp_path_factory), folder)
    port = free_port()
    environment = {**os.environ, "SIPROC_DATA_DIR": str(folder), "SIPROC_DATABASE_URL": ""}
    environment["SIPROC_WEBHOOK_HOSTS"] = "tablero.invalid"  # a name that is nobody's, ever (RFC 2606, 2)
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "demo", "--port", str(port)],
            cwd=ROOT, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/salud", server)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's data, made once for all workers of a run: whoever comes first makes it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = shared / "demo-made", shared / "demo-made.done"
    with (shared / "demo-made.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            environment = {**os.environ, "SIPROC_DATA_DIR": str(folder), "SIPROC_DATABASE_URL": ""}
            command = [sys.executable, "-m", "engine.cli", "demo", "--no-serve"]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
            done.touch()
    return folder


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Until the server answers; fails at once if it ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield opened
        opened.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(demo: str, chromium: Browser) -> Iterator[Visit]:
    """Opens a window of one's own, signed in: ``visit("ana.discua", phone=True)``. Errors of a page fail the test."""
    contexts = []
    complaints: list[str] = []

    def open_window(who: str, *, phone: bool = False) -> Page:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 800}
        context = chromium.new_context(base_url=demo, viewport=size, has_touch=phone, is_mobile=phone, locale="es-HN")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto("/entrar")
        page.get_by_label("Correo electrónico").fill(f"{who}@demo.siproc.hn")
        page.get_by_label("Contraseña").fill(DEMO_PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Entrar").click()
        page.wait_for_load_state()
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture(scope="session")
def accessible() -> Callable[[Page], None]:
    """Asserts that axe-core finds nothing serious or critical on a page."""
    axe = Axe()

    def check(page: Page) -> None:
        found = axe.run(page).response["violations"]
        grave = [
            (item["id"], [node["html"][:200] for node in item["nodes"][:3]])
            for item in found
            if item["impact"] in ("serious", "critical")
        ]
        assert not grave, (page.url, grave)

    return check


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)
