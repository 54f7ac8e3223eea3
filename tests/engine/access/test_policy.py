"""One rule: may they, and what may they see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from engine.access import facts, policy
from engine.access.actors import SYSTEM, Actor
from engine.access.matrix import COMPARTMENTS, PERMISSIONS, ROLES, Level
from engine.casework import cases, offices
from engine.errors import Forbidden, NotFound
from engine.store import Context, Store
from engine.store.tables.access import User
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, CaseGuardian, CaseMember
from engine.store.tables.definitions import Deployment, ProcessDefinition, Resource
from engine.store.tables.runtime import ProcessInstance, UserTask, UserTaskCandidate
from engine.store.throwaway import throwaway_schema

OFFICES = ("HN-TGU", "MX-TAP", "US-HOU")
PEOPLE = tuple(UUID(int=number) for number in range(1, 5))
ROLE_IDS = tuple(sorted(set(ROLES) - {"sistema"}))
ACTORS = st.builds(
    lambda id, office, roles, cleared, away: Actor(
        id, "X", office, frozenset(roles), clearances=frozenset(cleared), standing_in=frozenset(away - {id})
    ),
    st.sampled_from(PEOPLE),
    st.sampled_from(OFFICES),
    st.lists(st.sampled_from(ROLE_IDS), max_size=3),
    st.sets(st.sampled_from(sorted(COMPARTMENTS)), max_size=3) | st.just(set(COMPARTMENTS)),
    st.sets(st.sampled_from(PEOPLE), max_size=2),
)
RESERVED = ([], ["NNA"], ["FORENSE"], ["QUEJA"], ["ASILO", "TRATA"], [])


def test_nobody_has_a_permission_that_does_not_exist_and_no_role_means_nothing(cast: Any) -> None:
    nobody = Actor(new_id(), "Nadie", "MX-TAP", frozenset())

    assert not any(policy.may(actor, "case:destroy") for actor in (cast.sofia, SYSTEM))
    assert not any(policy.may(nobody, permission) for permission in PERMISSIONS)


def test_a_refusal_says_what_was_refused_and_on_what(cast: Any) -> None:
    with pytest.raises(Forbidden) as refused:
        policy.require(cast.ana, "definition:deploy", object_id=UUID(int=1), case_id=UUID(int=2))

    refusal = refused.value
    assert (refusal.permission, refusal.object_id, refusal.case_id) == ("definition:deploy", UUID(int=1), UUID(int=2))


def test_a_case_is_seen_by_its_office_and_by_headquarters(store: Store, cast: Any) -> None:
    case_id = store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.ana)

    def sees(actor: Actor) -> bool:
        try:
            return store.read(lambda context: policy.require_case(context, case_id).id, actor) == case_id
        except NotFound:
            return False

    seeing = {name for name in ("ana", "beto", "carla", "sofia", "diego", "irma", "dani") if sees(getattr(cast, name))}
    assert seeing == {"ana", "beto", "carla", "sofia", "irma"}


def test_a_case_that_may_not_be_seen_looks_like_none(store: Store, cast: Any) -> None:
    case_id = store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.ana)

    refusals = []
    for wanted in (case_id, new_id()):
        with pytest.raises(NotFound) as refused:
            store.read(lambda context, wanted=wanted: policy.require_case(context, wanted), cast.diego)
        refusals.append(str(refused.value))

    assert refusals[0] == refusals[1]


def test_supervisors_at_headquarters_are_offered_their_tasks_of_every_office_and_other_roles_not(cast: Any) -> None:
    offered = facts.TaskFacts("MX-TAP", candidate_roles=frozenset({("supervisor", "MX-TAP"), ("agente", "MX-TAP")}))
    agente_at_headquarters = Actor(new_id(), "X", "HN-TGU", frozenset({"agente"}))

    assert policy.may(cast.sofia, "task:claim", offered)
    assert policy.may(cast.ana, "task:claim", offered)
    assert not policy.may(agente_at_headquarters, "task:claim", offered)
    assert not policy.may(cast.diego, "task:claim", offered)


def test_only_who_has_a_task_in_hand_completes_it(cast: Any) -> None:
    held = facts.TaskFacts(
        "MX-TAP", frozenset({cast.ana.id}), candidate_roles=frozenset({("agente", "MX-TAP"), ("consul", "MX-TAP")})
    )

    assert policy.may(cast.ana, "task:complete", held)
    assert not any(policy.may(actor, "task:complete", held) for actor in (cast.beto, cast.carla, cast.sofia))
    assert policy.may(cast.carla, "task:assign", held)
    assert policy.may(cast.sofia, "task:assign", held)
    assert not policy.may(cast.ana, "task:assign", held)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Cases and tasks of every kind that matters to the policy."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('world') / 'world.sqlite'}"
        else:
            url = stack.enter_context(throwaway_schema(request.getfixturevalue("postgresql")))
        opened = Store(url)
        stack.callback(opened.close)
        opened.migrate()
        opened.transact(_populate, SYSTEM)
        yield opened


@given(ACTORS, st.sets(st.integers(0, 17), max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_they_may_see_is_what_they_may_read(world: Store, actor: Actor, opened: set[int]) -> None:
    def work(context: Context, actor: Actor = actor) -> None:
        session = context.session
        cases = session.scalars(select(CaseFile).order_by(CaseFile.id)).all()
        actor = replace(actor, opened=frozenset(cases[number].id for number in opened if number < len(cases)))
        known = {case.id: facts.of_case(context, case) for case in cases}
        seen = set(session.scalars(select(CaseFile.id).where(policy.visible_cases(actor))))
        assert seen == {id for id, of_it in known.items() if policy.may(actor, "case:read", of_it)}
        reads = policy.may(actor, "case:read")
        levels = {id: policy.level(actor, of_it) if reads else None for id, of_it in known.items()}
        for wanted in Level:
            listed = set(session.scalars(select(CaseFile.id).where(policy.sees(actor, wanted))))
            assert listed == {id for id, level in levels.items() if level is not None and level.reaches(wanted)}
        ranks = {id: rank for id, rank in session.execute(select(CaseFile.id, policy.level_seen(actor)))}  # noqa: C416
        assert ranks == {id: -1 if level is None else level.rank for id, level in levels.items()}
        for id, of_it in known.items():
            assert policy.case_fits(context, actor, id) == policy.fits(actor, of_it)
        may: set[UUID] = set()
        seen = set(session.scalars(select(UserTask.id).where(UserTask.state == "open", policy.visible_tasks(actor))))
        offered = set(session.scalars(select(UserTask.id).where(UserTask.state == "open", policy.candidate(actor))))
        may_claim: set[UUID] = set()
        for task in session.scalars(select(UserTask).where(UserTask.state == "open")):
            of_task = facts.of_task(context, task)
            if policy.may(actor, "task:read", of_task):
                may.add(task.id)
            if policy.is_candidate(actor, of_task):
                may_claim.add(task.id)
        assert seen == may
        assert offered == may_claim
        able: set[UUID] = set()
        gives: set[UUID] = set()
        stands_in: set[UUID] = set()
        for task in session.scalars(select(UserTask).where(UserTask.state == "open")):
            of_task = facts.of_task(context, task)
            if policy.able(actor, of_task):
                able.add(task.id)
            if policy.may(actor, "task:claim") and (
                actor.id in of_task.holders
                or policy.stands_in(actor, of_task)
                or policy.may(actor, "task:assign", of_task)
            ):
                gives.add(task.id)
            if policy.stands_in(actor, of_task):
                stands_in.add(task.id)
        for condition, wanted in (
            (policy.within_reach(actor), may),
            (policy.offered(actor), may_claim),
            (policy.givable(actor), able),
            (policy.theirs_to_give(actor), gives),
            (policy.substituted(actor), stands_in),
        ):
            listed = session.scalars(select(UserTask.id).where(UserTask.state == "open", condition)).all()
            assert sorted(listed) == sorted(wanted)

    world.read(work, actor)


def _populate(context: Context) -> None:
    session = context.session
    offices.load(context)
    session.add_all(
        User(
            id=id, email=f"{id}@siproc.test", name="X", office_code="MX-TAP", language="es", password_hash="!",
            active=True, created_at=context.now,
        )
        for id in PEOPLE
    )  # fmt: skip
    session.flush()
    resource, deployment = (
        Resource(id=new_id(), digest="d", name="n", content=b""),
        Deployment(id=new_id(), at=context.now),
    )
    session.add_all([resource, deployment])
    session.flush()
    definition = ProcessDefinition(
        id=new_id(), process_id="p", version=1, name="p", resource_id=resource.id, deployment_id=deployment.id
    )
    session.add(definition)
    session.flush()
    offers: list[dict[str, Any]] = []
    for number, (office, owner) in enumerate(
        (office, owner) for office in OFFICES for owner in (None, *PEOPLE[:2]) * 2
    ):
        case = cases.open_case(context, office)
        case.owner_id = owner
        case.compartments = RESERVED[number % len(RESERVED)]
        case.domain = ("DES", "MIG", None)[number % 3]
        case.status = ("en_triaje", "en_atencion")[number % 2]
        case.opened_by = (*PEOPLE, None)[number % 5]  # nobody: the worker opened it
        session.flush()
        if number % 4 == 0:
            session.add(CaseMember(case_id=case.id, user_id=PEOPLE[3], named_at=context.now))
        if number % 5 == 0:
            session.add(CaseGuardian(case_id=case.id, office_code=OFFICES[number % 3 - 1], given_at=context.now))
        instance = ProcessInstance(
            id=new_id(),
            definition_id=definition.id,
            process_id="p",
            case_id=case.id,
            office_code=office,
            state="active",
            version=1,
            stamp=new_id(),
            started_at=context.now,
        )
        session.add(instance)
        session.flush()
        for index, assignee in enumerate((None, PEOPLE[2], PEOPLE[3])):
            for state in ("open", "completed"):
                task_office = OFFICES[(number + index) % 3] if index else office
                task = {
                    "id": new_id(),
                    "instance_id": instance.id,
                    "case_id": case.id,
                    "office_code": task_office,
                    "process_id": "p",
                    "definition_id": definition.id,
                    "element_id": "ut",
                    "name": "t",
                    "assignee_id": assignee if number % 2 or state == "completed" else None,
                    "priority": 50,
                    "created_at": context.now,
                    "state": state,
                }
                session.execute(insert(UserTask), [task])
                roles = [ROLE_IDS[(number * 3 + index) % len(ROLE_IDS)], "supervisor" if index else "agente"]
                values = [("group", role) for role in set(roles)] + [("user", str(PEOPLE[number % 4]))] * (index == 2)
                offers += [
                    {"task_id": task["id"], "kind": kind, "value": value, "office_code": task_office}
                    for kind, value in values
                ]
    session.execute(insert(UserTaskCandidate), offers)
