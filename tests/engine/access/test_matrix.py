"""The access matrix speaks only of roles that exist, and every permission is somebody's."""

from __future__ import annotations

import re

from engine.access.matrix import ACTS, EVERYWHERE, OFFICERS, PERMISSIONS, ROLES


def test_every_permission_is_named_after_a_resource_and_an_action_and_has_a_role() -> None:
    for permission, roles in PERMISSIONS.items():
        assert re.fullmatch(r"[a-z]+:[a-z]+", permission)
        assert roles
        assert roles <= ROLES.keys()


def test_groups_of_roles_hold_roles_that_exist() -> None:
    assert ROLES.keys() >= OFFICERS
    assert ROLES.keys() >= EVERYWHERE


def test_who_designs_or_administers_sees_no_case_and_who_audits_changes_none() -> None:
    for permission in ("case:read", "case:open", "case:annotate", "task:read", "task:complete"):
        assert not PERMISSIONS[permission] & {"disenador", "administrador", "analista"}
    assert {name for name, roles in PERMISSIONS.items() if "auditor" in roles} == {
        "case:read",
        "access:review",
        "retention:read",
        "retention:hold",
        "audit:read",
        "notification:read",
        "api:use",
    }


def test_every_act_has_a_name_on_the_page_that_shows_the_table() -> None:
    assert list(ACTS) == list(PERMISSIONS)
