"""Programs that call the API with keys of the demo's people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.access import tokens
from engine.access.actors import SYSTEM
from engine.store import Context, Store
from engine.store.tables.access import User
from tests.actors import actor_of
from tests.webui.conftest import Browser


class Program:
    """A client without cookies that sends a key."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def send(self, method: str, address: str, json: Any = None, **headers: str) -> TestResponse:
        """One request below /api/v1."""
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.open(f"/api/v1{address}", method=method, json=json, headers=sent)

    def get(self, address: str, **headers: str) -> Any:
        """What is at an address; it has to be there."""
        answer = self.send("GET", address, **headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.json

    def post(self, address: str, json: Any = None, **headers: str) -> TestResponse:
        """A command."""
        return self.send("POST", address, json, **headers)

    def bring(self, address: str, content: bytes, **headers: str) -> TestResponse:
        """A file."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self.headers, "Content-Type": "application/octet-stream", **named}
        return self.client.post(f"/api/v1{address}", data=content, headers=sent)


def make_key(store: Store, who: str, *scopes: str, days: int = 30) -> str:
    """A key of one of the demo's people, for all that they may or for some scopes."""

    def work(context: Context) -> str:
        user = context.session.scalars(select(User).where(User.email == f"{who}@demo.siproc.hn")).one()
        actor = actor_of(context, user)
        return tokens.make(context, actor, "prueba", scopes or tokens.offered(actor), days)[1]

    return store.transact(work, SYSTEM)


Programs = Callable[..., Program]


@pytest.fixture
def program(working: Store, window: Callable[[], Browser]) -> Programs:
    """Makes programs: by whose key, and with which scopes."""
    client = window().client.application.test_client
    return lambda who="", *scopes: Program(client(use_cookies=False), make_key(working, who, *scopes) if who else "")
