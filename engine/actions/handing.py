"""Tasks from hand to hand: taking several at once, and giving them to somebody else with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from engine.access import audit, facts, firewall, staff
from engine.access.actors import Actor
from engine.access.matrix import EVERYWHERE, HEADQUARTERS, Level
from engine.access.policy import able, candidate, givable, require, theirs_to_give
from engine.casework import notifications, timeline, urgency
from engine.errors import Invalid, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import TaskComment, UserTask

MOST = 50  # tasks in one go
LONGEST = 500
UNSAID = Text("Escriba el motivo, de hasta {n} letras.", "Write the reason, of up to {n} letters.", {"n": LONGEST})
NOBODY = Text("Elija a quién.", "Choose to whom.")
NONE = Text("Marque al menos una tarea.", "Mark at least one task.")


@dataclass(frozen=True, slots=True)
class Moved:
    """How many tasks changed hands, and how many did not: somebody was quicker, or they are not theirs to have."""

    done: int
    left: int


def claim(context: Context, task_ids: Sequence[UUID]) -> Moved:
    """Take those of these tasks that are offered to the actor and that nobody has. Raises ``Invalid`` for none."""
    require(context.actor, "task:claim")
    ids = _some(task_ids)
    taken = context.session.execute(
        update(UserTask)
        .where(UserTask.id.in_(ids), UserTask.state == "open", UserTask.assignee_id.is_(None), candidate(context.actor))
        .values(assignee_id=context.actor.id, claimed_at=context.now, version=UserTask.version + 1)
        .returning(UserTask.id, UserTask.case_id)
        .execution_options(synchronize_session=False)
    ).all()
    audit.record_all(context, "task:claim", [(id, case_id) for id, case_id in taken])
    return Moved(len(taken), len(ids) - len(taken))


def receivers(context: Context, task: UserTask) -> Sequence[Actor]:
    """Who could be given a task: those to whom it is offered, by name."""
    of_task = facts.of_task(context, task)
    offices = {task.office_code, *(office for _, office in of_task.candidate_roles)}
    if {role for role, _ in of_task.candidate_roles} & EVERYWHERE:
        offices.add(HEADQUARTERS)
    held = {context.actor.id, task.assignee_id}
    return [person for person in staff.at(context, offices) if person.id not in held and able(person, of_task)]


def hand_over(context: Context, task_ids: Sequence[UUID], to: UUID | None, reason: str) -> Moved:
    """Give those of these tasks that are the actor's to give to somebody who may have them, and tell them.

    The reason stands in each task's discussion. Raises ``Invalid`` with ``para``, ``motivo`` or ``tarea``.
    """
    require(context.actor, "task:claim")
    ids, said = _some(task_ids), reason.strip()
    receiver = staff.one(context, to)
    wrong = {}
    if receiver is None or receiver.id == context.actor.id:
        wrong["para"] = NOBODY
    if not said or len(said) > LONGEST:
        wrong["motivo"] = UNSAID
    if receiver is None or wrong:
        raise Invalid(fields=wrong)
    _keep_out(context, ids, said)
    allowed = select(UserTask.id).where(
        UserTask.id.in_(ids), UserTask.state == "open", theirs_to_give(context.actor), givable(receiver)
    )
    before = context.session.execute(select(UserTask.id, UserTask.assignee_id).where(UserTask.id.in_(allowed))).all()
    holders = {id: holder for id, holder in before if holder != receiver.id}
    moved = context.session.execute(
        update(UserTask)
        .where(UserTask.id.in_(list(holders)), UserTask.state == "open")
        .values(assignee_id=receiver.id, claimed_at=context.now, version=UserTask.version + 1, **urgency.LET_GO)
        .returning(UserTask.id, UserTask.case_id, UserTask.name)
        .execution_options(synchronize_session=False)
    ).all()
    given = [(id, case_id, name) for id, case_id, name in moved]
    _tell(context, receiver, given, said)
    audit.record_all(context, "task:delegate", [(id, case_id) for id, case_id, _ in given], to=str(receiver.id))
    return Moved(len(given), len(ids) - len(given))


def _tell(context: Context, receiver: Actor, given: Sequence[tuple[UUID, UUID | None, str]], reason: str) -> None:
    """Leave the reason with each task, a line with each case, and one notice to whoever has them now."""
    if not given:
        return
    session, actor = context.session, context.actor
    passed = "Pasó la tarea a {name}: {reason}" if receiver.language == "es" else "Passed the task to {name}: {reason}"
    session.add_all(
        TaskComment(
            id=new_id(),
            task_id=id,
            case_id=case_id,
            at=context.now,
            author_id=actor.id,
            author_name=actor.name,
            level=Level.N2,
            text=passed.format(name=receiver.name, reason=reason),
        )
        for id, case_id, _ in given
    )
    timeline.append_all(
        context,
        "task.delegated",
        [
            (
                case_id,
                Text("«{task}» pasó a {who}.", "“{task}” passed to {who}.", {"task": name, "who": receiver.name}),
                {"task_id": str(id)},
            )
            for id, case_id, name in given
            if case_id is not None
        ],
        level="N0",
    )
    [(id, case_id, name), *others] = given
    folio = session.scalar(select(CaseFile.folio).where(CaseFile.id == case_id)) or "—"
    one = Text("{who} le pasó «{task}» ({folio}).", "{who} passed “{task}” to you ({folio}).")
    several = Text("{who} le pasó {n} tareas.", "{who} passed {n} tasks to you.")
    text = several if others else one
    values = {"who": actor.name, "task": name, "folio": folio, "n": len(given)}
    notifications.notify(
        context,
        "task.delegated",
        Text(text.es, text.en, values),
        user_id=receiver.id,
        case_id=None if others else case_id,
        task_id=None if others else id,
    )


def _keep_out(context: Context, ids: Sequence[UUID], reason: str) -> None:
    """Raise ``KeptOut`` where one of the tasks is of a case behind the asylum firewall and the reason says what is not kept."""
    if firewall.meaning_of(reason) is None:
        return
    of_tasks = select(UserTask.case_id).where(UserTask.id.in_(ids))
    for case in context.session.scalars(select(CaseFile).where(CaseFile.id.in_(of_tasks), firewall.guarded()).limit(1)):
        firewall.refuse(case, {"motivo": reason})


def colleagues(context: Context) -> Sequence[Actor]:
    """Who could be given several tasks at once: the officers of the actor's office."""
    require(context.actor, "task:claim")
    found = staff.at(context, {context.actor.office_code})
    return [person for person in found if person.id != context.actor.id and person.roles]


def _some(task_ids: Sequence[UUID]) -> list[UUID]:
    ids = list(dict.fromkeys(task_ids))[:MOST]
    if not ids:
        raise Invalid(fields={"tarea": NONE})
    return ids
