"""Statements that are compiled once for all whose statements differ in values alone, each with its own values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Integer, bindparam, select

from engine.access.matrix import Level
from engine.access.policy import level_seen, sees, visible_tasks
from engine.casework import cases
from engine.store import Store
from engine.store.prepared import Prepared, table_of
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import UserTask


def of_office(code: str) -> Prepared:
    user = table_of(User).c
    most = bindparam("most", 5, type_=Integer)
    return Prepared(select(user.id).where(user.office_code == code, user.active).limit(most))


def test_what_differs_in_values_alone_is_compiled_once_and_keeps_its_values(store: Store) -> None:
    one, other = (of_office(code).compiled(store.engine.dialect) for code in ("MX-TAP", "US-HOU"))

    assert one.text is other.text
    for compiled, own, strange in ((one, "MX-TAP", "US-HOU"), (other, "US-HOU", "MX-TAP")):
        values = compiled.bound({"most": 3})
        values = list(values.values()) if isinstance(values, dict) else list(values)
        assert own in values
        assert 3 in values
        assert strange not in values


def test_a_statement_of_another_shape_is_another(store: Store) -> None:
    user = table_of(User).c
    narrower = Prepared(select(user.id).where(user.office_code == "MX-TAP"))

    assert narrower.compiled(store.engine.dialect).text != of_office("MX-TAP").compiled(store.engine.dialect).text


def test_each_officer_is_asked_for_by_their_own_rights(store: Store, cast: Any) -> None:
    case_id = store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.ana)

    def seen(actor: Any) -> set[UUID]:
        statement = Prepared(select(table_of(CaseFile).c.id, level_seen(actor)).where(sees(actor, Level.N1)))
        return {row[0] for row in store.read(lambda context: statement.all(context.session, {}), actor)}

    stranger = replace(cast.diego, id=uuid4())
    colleague = replace(cast.ana, id=uuid4())

    assert [seen(actor) for actor in (cast.ana, stranger, colleague, cast.diego)] == [
        {case_id},
        set(),
        {case_id},
        set(),
    ]


def test_the_values_of_a_policy_are_those_that_a_statement_of_its_own_has(store: Store, cast: Any) -> None:
    opened = frozenset([uuid4()])
    for actor in (
        cast.ana,
        cast.diego,
        replace(cast.ana, id=uuid4(), opened=opened),
        replace(cast.diego, opened=opened),
    ):
        query = select(table_of(UserTask).c.id, level_seen(actor)).where(
            visible_tasks(actor), UserTask.case_id == CaseFile.id
        )
        alone = query.compile(dialect=store.engine.dialect)

        shared = Prepared(query).compiled(store.engine.dialect)

        assert shared.text == str(alone)
        assert {name: value for name, _, value in shared.binds} == alone.params
