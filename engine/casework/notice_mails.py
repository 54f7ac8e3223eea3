"""Notices by mail: at once to who chose so, and once a day how many there are; never what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, update

from engine.access import mail, sessions
from engine.access.actors import Actor
from engine.access.notice_choices import DIGEST, MAIL, TOPIC_OF, next_digest, of_users
from engine.access.policy import one_of
from engine.casework import notifications, offices
from engine.store import Context
from engine.store.tables.access import NoticeChoice, User, UserRole
from engine.store.tables.casework import Notification

BATCH = 20  # notices, or people, in one transaction: an embedded database waits for it meanwhile
READERS = 20  # people in one statement
# A notice counts from when its work began, and is there only when that ended: a digest leaves the last moment to the next.
SETTLED = timedelta(minutes=1)
_SEEN = (Notification.id, Notification.kind, Notification.user_id, Notification.role, Notification.office_code)


def sweep(context: Context) -> int:
    """Mail of new notices to whoever wants them at once and reads them in the page; returns how many were looked at."""
    rows = context.session.execute(
        select(*_SEEN)
        .where(Notification.mail_at <= context.now)
        .order_by(Notification.mail_at, Notification.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    context.session.execute(
        update(Notification)
        .where(Notification.id.in_(ids))
        .values(mail_at=None)
        .execution_options(synchronize_session=False)
    )
    users: Sequence[User] = context.session.scalars(_wanting(rows)).all()
    actors = sessions.actors_of(context, users)
    wanted = of_users(context, [user.id for user in users])
    new = Notification.id.in_(ids)
    asked = [(actor, and_(new, _of_way(wanted[user.id], MAIL))) for user, actor in zip(users, actors, strict=True)]
    _post(context, "notices", asked)
    return len(rows)


def _wanting(rows: Sequence[Any]) -> Select[User]:
    """The accounts that one of these notices may be for and that want some of their topics at once."""
    topics = {TOPIC_OF[row.kind] for row in rows}
    chosen = exists().where(
        NoticeChoice.user_id == User.id, NoticeChoice.way == MAIL, one_of(NoticeChoice.topic, sorted(topics))
    )
    named = User.id.in_({row.user_id for row in rows if row.user_id is not None})
    holding = exists().where(UserRole.user_id == User.id, UserRole.role.in_({row.role for row in rows if row.role}))
    there = User.office_code.in_({row.office_code for row in rows if row.office_code})
    return select(User).where(User.active, or_(named, and_(there, holding)), chosen).order_by(User.id)


def sweep_digests(context: Context) -> int:
    """Mail how many notices came since their last digest to those whose hour it is; returns how many people that were.

    Where nothing came nothing is sent. The next one is set in the same transaction, so that none is sent twice.
    """
    users = context.session.scalars(
        select(User)
        .where(or_(User.digest_at.is_(None), User.digest_at <= context.now))
        .order_by(User.digest_at, User.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    due = [user for user in users if user.active and user.digest_at is not None]
    wanted = of_users(context, [user.id for user in due])
    asked = [
        (actor, and_(_since(user, context.now), _of_way(wanted[user.id], DIGEST)))
        for user, actor in zip(due, sessions.actors_of(context, due) if due else [], strict=True)
    ]
    _post(context, "digest", asked)
    for user in users:
        last = user.digest_last if user.digest_at is None else context.now
        user.digest_at = next_digest(context.now, user.digest_hour, zone_of(user.office_code), last)
        user.digest_last = last or context.now
    return len(users)


def zone_of(office_code: str) -> ZoneInfo:
    """The clock of an office."""
    return ZoneInfo(offices.packaged()[office_code].timezone)


def _since(user: User, now: datetime) -> ColumnElement[bool]:
    last = user.digest_last or now
    return and_(Notification.created_at > last - SETTLED, Notification.created_at <= now - SETTLED)


def _of_way(ways: Mapping[str, str], way: str) -> ColumnElement[bool]:
    return one_of(Notification.kind, [kind for kind, topic in TOPIC_OF.items() if ways[topic] == way])


def _post(context: Context, kind: str, asked: Sequence[tuple[Actor, ColumnElement[bool]]]) -> None:
    for start in range(0, len(asked), READERS):
        part = asked[start : start + READERS]
        for (actor, _), counts in zip(part, notifications.count_by_topic(context, part), strict=True):
            if counts and actor.id is not None:
                mail.post(context, actor.id, kind, counts=dict(counts))
