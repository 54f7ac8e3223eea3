"""Which cases are due, by a table that anybody can read; what is held, runs, or can still be reopened is not."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from engine.access.actors import SYSTEM
from engine.casework import cases, offices
from engine.casework.cases import DOMAINS, REOPEN_DAYS
from engine.clock import MovableClock
from engine.definitions import deploy
from engine.errors import Invalid
from engine.runtime import instances, retention
from engine.runtime.retention import Kind
from engine.store import Context, Store
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, LegalHold
from tests.engine.runtime.conftest import Engine
from tests.scenarios.diagrams import ROOT

TEXT = "start s\nuser a\nend e\ns -> a -> e"
TABLE = ROOT / "processes" / "general" / "conservacion.dmn"


@pytest.fixture
def ruled(store: Store) -> Store:
    """A store with offices and the published terms."""

    def work(context: Context) -> None:
        offices.load(context)
        deploy.deploy(context, {TABLE.name: TABLE.read_bytes()})

    store.transact(work, SYSTEM)
    return store


def closed(store: Store, **values: object) -> UUID:
    """A case that is closed now."""

    def work(context: Context) -> UUID:
        case = cases.open_case(context, "MX-TAP")
        given = {"status": "cerrado", "closed_at": context.now, **values}
        context.session.execute(update(CaseFile).where(CaseFile.id == case.id).values(**given))
        return case.id

    return store.transact(work, SYSTEM)


def due(store: Store) -> list[UUID]:
    return list(store.transact(lambda context: retention.due(context, context.now, 100), SYSTEM))


def hold(store: Store, case_id: UUID) -> None:
    row = {"id": new_id(), "case_id": case_id, "reason": "Lo pidió un juzgado."}
    store.transact(lambda context: context.session.add(LegalHold(held_at=context.now, **row)), SYSTEM)


def test_a_case_is_due_after_the_term_of_its_domain_level_and_result(ruled: Store, clock: MovableClock) -> None:
    year, reserved = timedelta(days=366), ["TRATA"]
    advice = closed(ruled, resolution="orientacion_concluida")
    clinical = closed(ruled, domain="SAL", resolution="resuelto_favorable")
    sensitive = closed(ruled, domain="DHU", compartments=reserved, resolution="resuelto_parcial")
    plain = closed(ruled, domain="DHU", resolution="resuelto_parcial")
    found = closed(ruled, domain="DES", resolution="localizado_vivo")
    dead = closed(ruled, domain="DES", resolution="localizado_fallecido")
    gone: list[UUID] = []
    for expected in ([advice], [clinical, found], [sensitive], [], [plain], []):
        clock.advance(year)
        now = [case_id for case_id in due(ruled) if case_id not in gone]
        assert set(now) == set(expected)
        gone += now

    assert dead not in gone
    groups = {group.kind: group for group in ruled.read(retention.groups, SYSTEM)}
    kept = groups[Kind("DES", False, "localizado_fallecido")]
    assert (kept.due, kept.kept, kept.term.text, kept.term.row) == (0, 1, "siempre", 3)
    assert "registros de identidad" in kept.term.why
    assert groups[Kind("DHU", True, "resuelto_parcial")].due == 1


def test_what_is_held_runs_or_is_open_is_never_due_and_the_dry_run_says_so(
    engine: Engine, ruled: Store, clock: MovableClock
) -> None:
    engine.publish(TEXT)
    held, running, plain = (closed(ruled, domain="SAL") for _ in range(3))
    closed(ruled, domain="SAL", status="reabierto", closed_at=None)
    hold(ruled, held)
    ruled.transact(lambda context: instances.start(context, "p", case_id=running), SYSTEM)
    clock.advance(timedelta(days=4_000))

    assert due(ruled) == [plain]
    (group,) = ruled.read(retention.groups, SYSTEM)
    assert (group.due, group.held, group.running, group.kept) == (1, 1, 1, 0)
    lines = ruled.read(lambda context: list(retention.all_lines(context, 1)), SYSTEM)
    assert [(line.case.id, line.held, line.running) for line in lines] == [
        (held, True, False), (running, False, True), (plain, False, False),
    ]  # fmt: skip

    engine.complete("a")
    ruled.transact(lambda context: context.session.execute(update(LegalHold).values(lifted_at=context.now)), SYSTEM)
    assert set(due(ruled)) == {held, running, plain}


def test_nothing_is_due_while_it_can_be_reopened_whatever_the_table_says(ruled: Store, clock: MovableClock) -> None:
    hasty = TABLE.read_bytes().replace(b'"P5Y"', b'"P1D"')
    ruled.transact(lambda context: deploy.deploy(context, {TABLE.name: hasty}), SYSTEM)
    case_id = closed(ruled, domain="MIG")
    clock.advance(timedelta(days=REOPEN_DAYS))
    assert due(ruled) == []
    clock.advance(timedelta(days=2))
    assert due(ruled) == [case_id]


@pytest.mark.parametrize("value", ["pronto", "PT0S", "-P1Y"])
def test_a_table_that_gives_no_term_erases_nothing_and_is_named(ruled: Store, clock: MovableClock, value: str) -> None:
    wrong = TABLE.read_bytes().replace(b'"P5Y"', f'"{value}"'.encode())
    ruled.transact(lambda context: deploy.deploy(context, {TABLE.name: wrong}), SYSTEM)
    closed(ruled, domain="MIG")
    clock.advance(timedelta(days=4_000))
    with pytest.raises(Invalid, match="row 10"):
        due(ruled)


def test_without_a_table_nothing_is_due(store: Store, clock: MovableClock) -> None:
    store.transact(lambda context: offices.load(context) and None, SYSTEM)
    assert due(store) == []
    closed(store, domain="MIG")
    clock.advance(timedelta(days=4_000))
    with pytest.raises(Invalid, match="conservacion"):
        due(store)


KINDS = st.tuples(
    st.sampled_from([None, *DOMAINS]),
    st.booleans(),
    st.sampled_from([None, "duplicado", "desistimiento", "localizado_vivo", "fallecido", "condenado_trasladado"]),
    st.integers(0, 4_200),
    st.booleans(),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(KINDS, min_size=1, max_size=6))
def test_what_the_query_finds_is_what_the_terms_say_of_each_case(ruled: Store, clock: MovableClock, drawn) -> None:  # type: ignore[no-untyped-def]
    made = {}
    for domain, reserved, resolution, days, held in drawn:
        names = ["NNA"] if reserved else []
        at = clock.now() - timedelta(days=days)
        case_id = closed(ruled, domain=domain, compartments=names, resolution=resolution, closed_at=at)
        if held:
            hold(ruled, case_id)
        made[case_id] = (Kind(domain, reserved, resolution), at, held)

    def expected(context: Context) -> set[UUID]:
        found = set()
        for case_id, (kind, at, held) in made.items():
            before = retention.term(context, kind).before(context.now)
            if before is not None and at < before and not held:
                found.add(case_id)
        return found

    assert set(due(ruled)) & made.keys() == ruled.read(expected, SYSTEM)
