"""Notices, to a person or to a role at an office."""

from __future__ import annotations

from typing import Any

from engine.casework import notifications
from engine.errors import Text
from engine.store import Context, Store

TEXT = Text("Venció: {n}.", "Overdue: {n}.", {"n": "Visita"})


def unread(store: Store, actor: Any) -> list[str]:
    return [row.text_es for row in store.read(lambda context: notifications.unread(context, actor), actor)]


def test_a_notice_reaches_the_person_or_the_role_at_the_office_and_nobody_else(store: Store, cast: Any) -> None:
    def work(context: Context) -> None:
        notifications.notify(context, "k", TEXT, user_id=cast.ana.id)
        notifications.notify(context, "k", Text("Rol", "Role"), role="agente", office_code="MX-TAP")

    store.transact(work, cast.carla)

    assert unread(store, cast.ana) == ["Rol", "Venció: Visita."]
    assert unread(store, cast.beto) == ["Rol"]
    assert unread(store, cast.carla) == unread(store, cast.diego) == unread(store, cast.irma) == []


def test_what_is_read_is_not_counted_again(store: Store, cast: Any) -> None:
    store.transact(lambda context: notifications.notify(context, "k", TEXT, user_id=cast.ana.id), cast.carla)
    assert store.read(lambda context: notifications.count_unread(context, cast.ana), cast.ana) == 1

    store.transact(lambda context: notifications.mark_read(context, cast.ana), cast.ana)

    assert store.read(lambda context: notifications.count_unread(context, cast.ana), cast.ana) == 0
