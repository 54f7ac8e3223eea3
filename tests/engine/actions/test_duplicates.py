"""Who is registered already is told while a person is described, as far as whoever asks may see it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from engine.access.actors import Actor
from engine.actions import duplicates
from engine.actions.duplicates import Registered
from engine.casework import cases, people
from engine.definitions import deploy
from engine.errors import Forbidden, NotFound
from engine.runtime import instances
from engine.store import Context, Store
from engine.store.tables.runtime import UserTask
from tests.conformance.diagram import bpmn

FIELDS = (("nombres", "textfield"), ("apellido1", "textfield"), ("apellido2", "textfield"), ("dni", "textfield"))
FORM: dict[str, Any] = {
    "type": "default",
    "id": "quien",
    "schemaVersion": 18,
    "components": [{"type": kind, "id": f"c_{key}", "key": key, "label": key} for key, kind in FIELDS],
}
LUZ = {"nombres": "Luz Marina", "apellido1": "Zelaya", "dni": "0801199012345", "fecha_nac": date(1990, 1, 2)}
TYPED = {"nombres": "Lus", "apellido1": "Selaya", "apellido2": ""}


@pytest.fixture
def task(store: Store, cast: Any) -> UUID:
    """Ana's task to describe somebody."""

    def work(context: Context) -> UUID:
        source = bpmn("start s\nuser a ; candidateGroups agente ; formId quien\ns -> a", process="p")
        deploy.deploy(
            context,
            {"p.bpmn": source, "quien.form": json.dumps(FORM).encode()},
        )
        case = cases.open_case(context, "MX-TAP")
        started = instances.start(context, "p", case_id=case.id, office_code="MX-TAP", variables={})
        return started.opened[0].token.id

    return store.transact(work, cast.ana)


def plant(store: Store, actor: Actor, office: str, compartments: tuple[str, ...] = (), **values: Any) -> str:
    """A person with a case; gives its folio."""

    def work(context: Context) -> str:
        case = cases.open_case(context, office)
        person_id = people.register(context, LUZ | values)
        cases.set_person(context, case.id, person_id, people.get(context, person_id).name)
        case.compartments = list(compartments)
        return case.folio

    return store.transact(work, actor)


def asked(store: Store, actor: Actor, task_id: UUID, **typed: str) -> list[Registered]:
    return list(store.read(lambda context: duplicates.registered(context, task_id, TYPED | typed), actor))


def test_who_may_be_seen_is_told_with_year_and_end_of_document(store: Store, cast: Any, task: UUID) -> None:
    folio = plant(store, cast.ana, "MX-TAP")

    [found] = asked(store, cast.ana, task)

    assert (found.folio, found.name, found.born, found.document) == (folio, "Luz Marina Zelaya", 1990, "2345")


def test_of_somebody_at_another_office_only_whom_to_ask_is_told(store: Store, cast: Any, task: UUID) -> None:
    plant(store, cast.diego, "US-HOU")

    [found] = asked(store, cast.ana, task)

    assert found == Registered(found.office)
    assert "Houston" in found.office


def test_nobody_learns_so_of_a_reserved_case(store: Store, cast: Any, task: UUID) -> None:
    plant(store, cast.diego, "US-HOU", ("TRATA",))

    assert asked(store, cast.ana, task) == []


@pytest.mark.parametrize("typed", [{"apellido1": ""}, {"nombres": "", "apellido1": ""}, {"apellido1": "Pineda"}])
def test_too_little_or_somebody_else_finds_nobody(store: Store, cast: Any, task: UUID, typed: dict[str, str]) -> None:
    plant(store, cast.ana, "MX-TAP")

    assert asked(store, cast.ana, task, **typed) == []


def test_a_document_is_enough(store: Store, cast: Any, task: UUID) -> None:
    plant(store, cast.ana, "MX-TAP")

    assert len(asked(store, cast.ana, task, nombres="", apellido1="", dni="0801-1990-12345")) == 1


def test_only_whoever_fills_in_such_a_form_may_ask(store: Store, cast: Any, task: UUID) -> None:
    with pytest.raises(NotFound):
        asked(store, cast.diego, task)

    def hide(context: Context) -> None:
        row = context.session.get(UserTask, task)
        assert row is not None
        row.assignee_id = cast.beto.id

    store.transact(hide, cast.ana)
    with pytest.raises((Forbidden, NotFound)):
        asked(store, cast.ana, task)
