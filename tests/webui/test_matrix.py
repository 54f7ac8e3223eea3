"""Every address against every role: who may not is refused and leaves a trace, and an address without an entry fails."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from engine.access.accounts import set_place
from engine.access.actors import SYSTEM
from engine.access.matrix import PERMISSIONS, ROLES
from engine.store import Store
from engine.store.tables.access import AuditEntry, User
from tests.webui.conftest import Browser
from tests.webui.walking import address, rules
from webui import permissions

Window = Callable[[], Browser]
PAGES = frozenset({"GET", "POST"})


def known(app: Flask) -> set[str]:
    return {rule.endpoint for rule, _ in rules(app) if not rule.endpoint.startswith(permissions.BY_KEY)}


def test_every_address_has_an_entry_and_every_entry_an_address(window: Window) -> None:
    listed = [*permissions.OPEN, *permissions.OWN, *permissions.ASKED]

    assert len(listed) == len(set(listed))
    assert set(listed) == known(window().client.application)
    assert {permission for asked in permissions.ASKED.values() for permission in asked} <= PERMISSIONS.keys()


def test_whoever_lacks_a_permission_is_refused_with_a_trace(window: Window, working: Store) -> None:
    """What whoever has it gets is looked at by the walk (``test_walk``)."""
    browser = window().sign_in("ana.discua")
    token = browser.token()
    ana = working.read(
        lambda context: context.session.scalars(select(User.id).where(User.email.startswith("ana."))).one(), SYSTEM
    )
    for role in sorted(ROLES.keys() - {"sistema"}):
        working.transact(lambda context, role=role: set_place(context, ana, "MX-TAP", [role]), SYSTEM)  # type: ignore[misc]
        refused = 0
        before = _refusals(working)
        for rule, method in rules(browser.client.application):
            asked = permissions.ASKED.get(rule.endpoint)
            if asked is None or method not in PAGES or any(role in PERMISSIONS[permission] for permission in asked):
                continue
            sent = {"csrf_token": token} if method == "POST" else None
            answer = browser.client.open(address(browser.client.application, rule), method=method, data=sent)
            assert answer.status_code == 403, (role, rule.endpoint, answer.status_code)
            refused += 1
        assert _refusals(working) - before >= refused


def _refusals(store: Store) -> int:
    query = select(func.count()).select_from(AuditEntry).where(AuditEntry.allowed.is_(False))
    return store.read(lambda context: context.session.scalar(query) or 0, SYSTEM)
