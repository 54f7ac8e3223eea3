"""What each person wants of each group of notices: in the page alone, by mail at once, or in the digest of the day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from engine.errors import Invalid, Text
from engine.store import Context
from engine.store.tables.access import NoticeChoice, User

PAGE, MAIL, DIGEST = "page", "mail", "digest"
WAYS: Mapping[str, Text] = {
    PAGE: Text("Solo en la página", "Only in the page"),
    DIGEST: Text("En el resumen del día", "In the digest of the day"),
    MAIL: Text("Correo enseguida", "Mail at once"),
}
TOPICS: Mapping[str, Text] = {
    "assigned": Text("Tareas, casos y suplencias que le pasan", "Tasks, cases and absences passed to you"),
    "due_soon": Text("Tareas por vencer", "Tasks due soon"),
    "overdue": Text("Tareas vencidas", "Overdue tasks"),
    "escalation": Text("Tareas que siguen sin hacerse", "Tasks still not done"),
    "answer": Text("Llegó algo que un caso esperaba", "Something that a case waited for came"),
    "access": Text("Acceso a los casos", "Access to cases"),
    "message": Text("Le escriben sobre una tarea", "Somebody writes to you about a task"),
    "process": Text("Avisos de los procedimientos", "Notices of the procedures"),
}
# Kinds that are not here are of the account: its security is told by mails of their own, which nobody can turn off.
TOPIC_OF: Mapping[str, str] = {
    "task.delegated": "assigned",
    "task.assigned": "assigned",
    "task.undone": "assigned",
    "case.assigned": "assigned",
    "absence": "assigned",
    "task.due_soon": "due_soon",
    "task.overdue": "overdue",
    "task.escalated": "escalation",
    "case.answer": "answer",
    "case.named": "access",
    "case.guarded": "access",
    "case.unsealed": "access",
    "case.reviewed": "access",
    "task.mention": "message",
    "process.notice": "process",
}
# The digest is one mail a day of mere numbers, so what waits for somebody who does not look is in it; what one meets
# at work anyway stays in the page. Nothing is mailed at once unless wanted: that reaches telephones at night, and only
# the few who chose it have to be looked up for each notice.
DEFAULTS: Mapping[str, str] = {
    topic: DIGEST if topic in ("assigned", "overdue", "escalation", "answer", "access") else PAGE for topic in TOPICS
}
UNKNOWN = Text("Elija una de las opciones que se ofrecen.", "Choose one of the options offered.")
HOUR = Text("Elija una hora, de 0 a 23.", "Choose an hour, from 0 to 23.")


def of_users(context: Context, user_ids: Collection[UUID]) -> Mapping[UUID, Mapping[str, str]]:
    """The way of each topic for each of these people, as chosen or by default."""
    ways = {user_id: dict(DEFAULTS) for user_id in user_ids}
    rows = select(NoticeChoice.user_id, NoticeChoice.topic, NoticeChoice.way).where(NoticeChoice.user_id.in_(ways))
    for user_id, topic, way in context.session.execute(rows):
        if topic in TOPICS:
            ways[user_id][topic] = way
    return ways


def of_user(context: Context, user_id: UUID) -> tuple[Mapping[str, str], str]:
    """The same of one person, and the hour of their digest."""
    return of_users(context, [user_id])[user_id], str(context.session.get_one(User, user_id).digest_hour)


def choose(context: Context, user_id: UUID, ways: Mapping[str, str], hour: str, zone: ZoneInfo) -> None:
    """Keep a way for each topic, and the hour of the digest (0 to 23, as the clocks of ``zone`` show it).

    Raises ``Invalid`` with the topics, or ``hour``, that are wrong.
    """
    wrong = {topic: UNKNOWN for topic in TOPICS if ways.get(topic) not in WAYS}
    if hour not in {str(number) for number in range(24)}:
        wrong["hour"] = HOUR
    if wrong:
        raise Invalid(fields=wrong)
    context.session.execute(delete(NoticeChoice).where(NoticeChoice.user_id == user_id))
    context.session.add_all(NoticeChoice(user_id=user_id, topic=topic, way=ways[topic]) for topic in TOPICS)
    user = context.session.get_one(User, user_id)
    user.digest_hour = int(hour)
    user.digest_at = next_digest(context.now, user.digest_hour, zone, user.digest_last)


def next_digest(now: datetime, hour: int, zone: ZoneInfo, last: datetime | None = None) -> datetime:
    """When the next digest is due after ``now``: at ``hour`` of the local day, and not on the day of the ``last`` one.

    An hour that the clocks leave out is the moment in which they jump over it, one that they show twice its first time.
    """
    day = now.astimezone(zone).date()
    if last is not None:
        day = max(day, last.astimezone(zone).date() + timedelta(days=1))
    due = datetime.combine(day, time(hour), zone).astimezone(UTC)
    if due <= now:
        due = datetime.combine(day + timedelta(days=1), time(hour), zone).astimezone(UTC)
    return due


def in_words(counts: Mapping[str, int], language: str) -> str:
    """How many notices there are of each topic, a line each."""
    return "\n".join(f"- {TOPICS[topic].in_language(language)}: {counts[topic]}" for topic in TOPICS if topic in counts)
