"""Dates and times: local ones are read in the office's zone, partial ones settle in the middle of what is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

import re2

from engine.forms import messages
from engine.forms.kinds.base import Kind, one
from engine.forms.messages import Problem
from engine.forms.model import Field
from engine.forms.situation import Situation

FIRST_YEAR = 1900
LAST_YEAR = 2199

_date = re2.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_latin_date = re2.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")
_month = re2.compile(r"^(\d{4})-(\d{1,2})$")
_latin_month = re2.compile(r"^(\d{1,2})/(\d{4})$")
_year = re2.compile(r"^\d{4}$")
_time = re2.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?$")
_datetime = re2.compile(
    r"^(\S+?)(?:[T ]|,\s*)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:?\d{2})?(?:\[[\w/+-]+\])?$"
)


def _typed(raw: Any) -> str | None:
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise Problem(messages.WRONG_TYPE)
    return raw.strip() or None


def _day(text: str, *, partial: bool = False) -> date:
    wrong = Problem(messages.PARTIAL_DATE if partial else messages.DATE)
    if len(text) > 40 or not text.isascii():
        raise wrong
    if found := _date.search(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _latin_date.search(text):
        day, month, year = (int(part) for part in found.groups())
    elif partial and _year.search(text):
        # Only the year is known: its middle is the day that is least wrong.
        year, month, day = int(text), 7, 1
    elif partial and (found := _month.search(text)):
        year, month, day = int(found.group(1)), int(found.group(2)), 15
    elif partial and (found := _latin_month.search(text)):
        year, month, day = int(found.group(2)), int(found.group(1)), 15
    else:
        raise wrong
    try:
        result = date(year, month, day)
    except ValueError as error:
        raise wrong from error
    if not FIRST_YEAR <= result.year <= LAST_YEAR:
        raise Problem(messages.years(FIRST_YEAR, LAST_YEAR))
    return result


def _hour(text: str) -> time:
    found = _time.search(text) if len(text) < 20 and text.isascii() else None
    if found is None:
        raise Problem(messages.TIME)
    try:
        return time(int(found.group(1)), int(found.group(2)), int(found.group(3) or 0))
    except ValueError as error:
        raise Problem(messages.TIME) from error


def _read_date(field: Field, raw: Any, situation: Situation) -> date | None:
    raw = one(raw)
    if isinstance(raw, date) and not isinstance(raw, datetime):
        day = raw
    else:
        text = _typed(raw)
        if text is None:
            return None
        day = _day(text, partial=field.partial)
    today = situation.now.astimezone(situation.zone).date()
    if field.not_future and day > today and not (field.partial and day.year == today.year):
        raise Problem(messages.NOT_FUTURE)
    if field.not_past and day < today:
        raise Problem(messages.NOT_PAST)
    return day


def _read_time(_: Field, raw: Any, __: Situation) -> time | None:
    raw = one(raw)
    if isinstance(raw, time):
        return raw
    text = _typed(raw)
    return None if text is None else _hour(text)


def _read_datetime(field: Field, raw: Any, situation: Situation) -> datetime | None:
    raw = one(raw)
    if isinstance(raw, datetime) and raw.tzinfo is not None:
        moment = _shifted(raw, situation)
    else:
        text = _typed(raw)
        if text is None:
            return None
        moment = _moment(text, situation)
    if field.not_future and moment > situation.now:
        raise Problem(messages.NOT_FUTURE)
    if field.not_past and moment < situation.now:
        raise Problem(messages.NOT_PAST)
    return moment


def _moment(text: str, situation: Situation) -> datetime:
    found = _datetime.search(text) if len(text) <= 64 and text.isascii() else None
    if found is None:
        raise Problem(messages.DATE_AND_TIME)
    day, hour, offset = _day(found.group(1)), _hour(found.group(2)), found.group(3)
    if offset:
        return _shifted(datetime.combine(day, hour, _offset(offset)), situation)
    local = datetime.combine(day, hour, situation.zone)
    if local.astimezone(UTC).astimezone(situation.zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Problem(messages.NO_SUCH_TIME)
    return local


def _offset(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise Problem(messages.DATE_AND_TIME)
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if text[0] == "-" else shift)


def _shifted(moment: datetime, situation: Situation) -> datetime:
    try:
        local = moment.astimezone(situation.zone)
    except (OverflowError, ValueError) as error:
        raise Problem(messages.DATE_AND_TIME) from error
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise Problem(messages.years(FIRST_YEAR, LAST_YEAR))
    return local


def _write_date(_: Field, value: Any, situation: Situation) -> str:
    if isinstance(value, datetime):
        return value.astimezone(situation.zone).date().isoformat() if value.tzinfo else value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else ""


def _write_time(_: Field, value: Any, __: Situation) -> str:
    return value.strftime("%H:%M") if isinstance(value, time) else ""


def _write_datetime(_: Field, value: Any, situation: Situation) -> str:
    if not isinstance(value, datetime):
        return ""
    local = value.astimezone(situation.zone) if value.tzinfo else value
    return local.strftime("%Y-%m-%dT%H:%M")


DATE = Kind(_read_date, _write_date)
TIME = Kind(_read_time, _write_time)
DATE_AND_TIME = Kind(_read_datetime, _write_datetime)
