"""A served application in the process, with the cast signed in."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from engine.actions.demo.build import DEMO_PASSWORD, Demo
from engine.clock import MovableClock
from engine.runtime import state
from engine.settings import load
from engine.store import Store
from tests.conftest import NOW
from webui.app import create_app

ROOT = Path(__file__).parent.parent.parent
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="session")
def _peopled_file(_published_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo's people as well, to copy: their passwords take seconds, as they should."""
    path = tmp_path_factory.mktemp("peopled") / "peopled.sqlite"
    shutil.copy(_published_file, path)
    peopled = Store(f"sqlite:///{path}", clock=MovableClock(NOW))
    Demo(peopled, 1).people()
    peopled.close()
    return path


@pytest.fixture
def working(_peopled_file: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Store]:
    """A store with offices, procedures, forms and people."""
    state.forget_all()
    opened = Store(f"sqlite:///{shutil.copy(_peopled_file, tmp_path / 'siproc.sqlite')}", clock=clock)
    yield opened
    opened.close()


class Compiled(BytecodeCache):
    """Templates that were compiled for one test, for all others: each has an application of its own."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is known."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what is new."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class Browser:
    """A client that carries the form token along, as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, address: str) -> str:
        """The page at an address; it has to be there."""
        answer = self.client.get(address, follow_redirects=True)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.get_data(as_text=True)

    def token(self) -> str:
        """A fresh form token."""
        return self.token_of("/avisos")

    def token_of(self, address: str) -> str:
        """The form token of a page."""
        found = TOKEN.search(self.client.get(address, follow_redirects=True).get_data(as_text=True))
        assert found is not None
        return found[1]

    def post(self, address: str, **values: object):  # type: ignore[no-untyped-def]
        """Send a form."""
        return self.client.post(address, data={"csrf_token": self.token(), **values})

    def sign_in(self, who: str) -> Browser:
        """Sign in as one of the demo's people."""
        found = TOKEN.search(self.client.get("/entrar").get_data(as_text=True))
        assert found is not None
        answer = self.client.post(
            "/entrar",
            data={"csrf_token": found[1], "email": f"{who}@demo.siproc.hn", "password": DEMO_PASSWORD},
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return self


@pytest.fixture
def window(working: Store, tmp_path: Path) -> Callable[[], Browser]:
    """Opens windows of the application."""
    settings = replace(
        load({"SIPROC_DATA_DIR": str(tmp_path), "SIPROC_SECURE_COOKIES": "0"}),
        public_url="http://localhost",
        second_factor="none",
    )
    app = create_app(working, settings)
    app.jinja_env.bytecode_cache = COMPILED
    return lambda: Browser(app.test_client())
