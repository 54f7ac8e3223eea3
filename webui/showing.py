"""How values are shown: times in the office's zone, what is late in words, names for codes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers
import re2
from flask import Flask, g, request, url_for
from flask_babel import format_date, format_datetime, format_decimal, get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup, escape

from engine.access.matrix import ROLES
from engine.access.policy import may
from engine.casework import attachments, notifications, offices
from engine.casework.cases import DOMAINS, STATUSES
from webui.doing import look, store

HOME = "America/Tegucigalpa"


def install(app: Flask) -> None:
    """Give templates their filters and the page's frame."""
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["due"] = due
    app.jinja_env.filters["telephone"] = telephone
    app.jinja_env.filters["document"] = document
    app.jinja_env.filters["day"] = lambda day: format_date(day, "long", rebase=False) if day else "—"
    app.jinja_env.filters["age"] = age
    app.jinja_env.filters["answer"] = answer
    app.jinja_env.filters["instructions"] = instructions
    app.jinja_env.filters["status_name"] = lambda code: STATUSES.get(code, code or "")
    app.jinja_env.filters["domain_name"] = lambda code: DOMAINS.get(code, _("Not classified yet"))
    app.jinja_env.filters["device_name"] = device_name
    app.jinja_env.filters["role_name"] = lambda code: ROLES.get(code, code)
    app.jinja_env.globals["may"] = lambda permission: g.actor is not None and may(g.actor, permission)
    app.jinja_env.globals["with_query"] = with_query
    app.jinja_env.globals["referred"] = attachments.referred
    app.jinja_env.globals["domains"] = DOMAINS
    app.context_processor(_frame)


def _frame() -> dict[str, object]:
    actor = getattr(g, "actor", None)
    locale = get_locale()
    unread = 0
    if actor is not None and request.endpoint != "static":
        unread = look(lambda context: notifications.count_unread(context, actor))
    return {"actor": actor, "lang": locale.language if locale is not None else "es", "unread": unread, "now": now()}


def instructions(text: str) -> str:
    """An element's documentation for who does the task, without its sources."""
    return re2.sub(r"\s*Fuente: \[[^\]]*\]\.?\s*$", "", text)


def device_name(agent: str) -> str:
    """A browser and a system by what the browser calls itself, as people call them."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac"}
    found = [next((name for sign, name in signs.items() if sign in agent), "") for signs in (browsers, systems)]
    found[1] = found[1] or ("Linux" if "Linux" in agent else "")
    return " · ".join(part for part in found if part) or _("Unknown device")


def now() -> datetime:
    """The instant by the store's clock."""
    return store().clock.now()


def zone(office_code: str | None) -> ZoneInfo:
    """The zone of an office; Tegucigalpa's where there is none."""
    facts = offices.packaged().get(office_code or "")
    return ZoneInfo(facts.timezone if facts is not None else HOME)


def _local(instant: datetime, office_code: str | None) -> datetime:
    actor = getattr(g, "actor", None)
    return instant.astimezone(zone(office_code or (actor.office_code if actor is not None else None)))


def moment(instant: datetime | None, office_code: str | None = None) -> Markup | str:
    """A moment in the office's time, as a ``time`` element."""
    if instant is None:
        return "—"
    local = _local(instant, office_code)
    same_year = local.year == _local(now(), office_code).year
    text = format_datetime(local, "d MMM, HH:mm" if same_year else "d MMM y, HH:mm", rebase=False)
    return Markup('<time datetime="{}">{}</time>').format(instant.isoformat(timespec="minutes"), text)


def document(digits: str | None) -> str:
    """The number of an identity document in its three parts, as the card has it."""
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}" if digits else "—"


def answer(value: object, office_code: str | None = None) -> Markup | str:
    """A value that somebody answered a question with, in words."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return moment(value if value.tzinfo else value.replace(tzinfo=zone(office_code)), office_code)
    if isinstance(value, date):
        return format_date(value, "long", rebase=False)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, list):
        return ", ".join(str(answer(item, office_code)) for item in value)
    return format_decimal(value) if isinstance(value, Decimal) else str(value)


def telephone(digits: str | None) -> str:
    """A telephone number, kept as digits with the country's code, in the groups that its country writes."""
    if not digits:
        return "—"
    try:
        return str(
            phonenumbers.format_number(
                phonenumbers.parse(f"+{digits.lstrip('+')}"), phonenumbers.PhoneNumberFormat.INTERNATIONAL
            )
        )
    except phonenumbers.NumberParseException:
        return digits


def age(instant: datetime | None) -> str:
    """How long ago, in days or hours."""
    if instant is None:
        return "—"
    return span(now() - instant)


def span(delta: timedelta) -> str:
    """A duration in its largest unit."""
    minutes = max(0, int(delta.total_seconds() // 60))
    if minutes >= 2 * 24 * 60:
        days = minutes // (24 * 60)
        return ngettext("%(num)d day", "%(num)d days", days)
    if minutes >= 120:
        hours = minutes // 60
        return ngettext("%(num)d hour", "%(num)d hours", hours)
    return ngettext("%(num)d minute", "%(num)d minutes", minutes)


def due(instant: datetime | None, office_code: str | None = None) -> Markup:
    """A due date as a pill: how late, or when."""
    if instant is None:
        return Markup('<span class="pill">{}</span>').format(_("No due date"))
    left = instant - now()
    if left < timedelta(0):
        return Markup('<span class="pill late">{}</span>').format(_("Overdue by %(span)s", span=span(-left)))
    kind = "soon" if left < timedelta(hours=24) else "fine"
    text = _("Due in %(span)s", span=span(left)) if left < timedelta(days=2) else None
    return Markup('<span class="pill {}">{}</span>').format(
        kind, text or escape(_("Due")) + " " + moment(instant, office_code)
    )


def with_query(**changes: object) -> str:
    """The present address with some of its query changed."""
    query = {**request.args.to_dict(), **{key: value for key, value in changes.items() if value not in (None, "")}}
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
    return url_for(request.endpoint or "officer.inbox", **{**(request.view_args or {}), **query})
