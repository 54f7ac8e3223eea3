"""Writes what happened as event logs for process mining: XES (IEEE 1849) and OCEL 2.0 in JSON.

Activities, times, offices and roles only: no names of people, no variables. Whoever did it is an id. Cases behind the
asylum firewall are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID

from lxml import etree
from sqlalchemy import not_, or_, select

from engine.access import firewall
from engine.definitions import registry
from engine.store import Context
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import ActivityHistory, ProcessInstance

BATCH = 1_000
EXTENSIONS = {
    "Concept": ("concept", "http://www.xes-standard.org/concept.xesext"),
    "Time": ("time", "http://www.xes-standard.org/time.xesext"),
    "Lifecycle": ("lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    "Organizational": ("org", "http://www.xes-standard.org/org.xesext"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which instances: of a process, a domain, started in a span of time; all where nothing is said."""

    process_id: str | None = None
    domain: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One element that was over."""

    instance_id: UUID
    sequence: int
    process_id: str
    version: int
    case_id: UUID | None
    folio: str | None
    domain: str | None
    office: str | None
    element_id: str
    name: str
    kind: str
    action: str
    entered_at: datetime
    at: datetime
    actor_id: UUID | None


def events(context: Context, wanted: Wanted) -> Iterator[Event]:
    """The events of the instances that are wanted, one instance after the other, in order."""
    query = (
        select(ActivityHistory, ProcessInstance, CaseFile.folio, CaseFile.domain)
        .join(ProcessInstance, ProcessInstance.id == ActivityHistory.instance_id)
        .outerjoin(CaseFile, CaseFile.id == ProcessInstance.case_id)
        .where(or_(CaseFile.id.is_(None), not_(firewall.guarded())))  # no figures of asylum are made (01, g)
        .order_by(ProcessInstance.id, ActivityHistory.sequence)
        .execution_options(yield_per=BATCH)
    )
    if wanted.process_id is not None:
        query = query.where(ProcessInstance.process_id == wanted.process_id)
    if wanted.domain is not None:
        query = query.where(CaseFile.domain == wanted.domain)
    if wanted.since is not None:
        query = query.where(ProcessInstance.started_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(ProcessInstance.started_at < wanted.until)
    for row, instance, folio, domain in context.session.execute(query):
        spec = registry.spec(context, row.definition_id)
        element = spec.model.elements.get(row.element_id)
        yield Event(
            instance.id, row.sequence, instance.process_id, spec.version, instance.case_id, folio, domain,
            instance.office_code, row.element_id, (element.name if element is not None else "") or row.element_id,
            row.kind, row.action, row.entered_at, row.at, row.actor_id,
        )  # fmt: skip


def write_xes(context: Context, wanted: Wanted, stream: IO[bytes]) -> int:
    """One trace an instance; returns how many events were written."""
    count = 0
    with etree.xmlfile(stream, encoding="utf-8") as file:
        file.write_declaration()
        with file.element("log", {"xes.version": "1849.2016", "xes.features": ""}, nsmap={None: "http://www.xes-standard.org/"}):  # fmt: skip
            for name, (prefix, uri) in EXTENSIONS.items():
                file.write(etree.Element("extension", name=name, prefix=prefix, uri=uri))
            file.write(etree.Element("classifier", name="Activity", keys="concept:name"))
            for trace in _traces(events(context, wanted)):
                file.write(_trace(trace))
                count += len(trace)
    return count


def _traces(found: Iterator[Event]) -> Iterator[list[Event]]:
    trace: list[Event] = []
    for event in found:
        if trace and trace[0].instance_id != event.instance_id:
            yield trace
            trace = []
        trace.append(event)
    if trace:
        yield trace


def _trace(found: list[Event]) -> etree._Element:
    trace, first = etree.Element("trace"), found[0]
    _add(trace, "string", "concept:name", str(first.instance_id))
    for key, value in (
        ("siproc:process", first.process_id), ("siproc:folio", first.folio), ("siproc:domain", first.domain),
        ("org:group", first.office),
    ):  # fmt: skip
        if value:
            _add(trace, "string", key, value)
    for item in found:
        event = etree.SubElement(trace, "event")
        _add(event, "string", "concept:name", item.name)
        _add(event, "string", "siproc:element", item.element_id)
        _add(event, "string", "siproc:kind", item.kind)
        _add(event, "string", "lifecycle:transition", "complete" if item.action == "completed" else "ate_abort")
        _add(event, "date", "time:timestamp", item.at.isoformat(timespec="milliseconds"))
        _add(event, "date", "siproc:entered", item.entered_at.isoformat(timespec="milliseconds"))
        if item.actor_id is not None:
            _add(event, "string", "org:resource", str(item.actor_id))
    return trace


def _add(parent: etree._Element, tag: str, key: str, value: str) -> None:
    etree.SubElement(parent, tag, key=key, value=value)


OBJECT_TYPES = {"case": ["folio", "domain"], "process": ["process", "version"], "office": [], "person": []}
EVENT_ATTRIBUTES = ["element", "kind", "action", "entered"]


def write_ocel(context: Context, wanted: Wanted, stream: IO[str]) -> int:
    """Events with the case, process instance, office and person that they belong to; returns how many there are."""
    objects: dict[str, dict[str, object]] = {}
    types: dict[str, None] = {}
    count = 0
    stream.write('{"events":[')
    for event in events(context, wanted):
        types.setdefault(event.name)
        stream.write(("," if count else "") + "\n" + _json(_ocel_event(event, objects)))
        count += 1
    known = [
        {"name": name, "attributes": [{"name": item, "type": "string"} for item in EVENT_ATTRIBUTES]} for name in types
    ]
    stream.write('],\n"objects":' + _json(list(objects.values())))
    stream.write(',\n"eventTypes":' + _json(known))
    found = [
        {"name": name, "attributes": [{"name": item, "type": "string"} for item in attributes]}
        for name, attributes in OBJECT_TYPES.items()
    ]
    stream.write(',\n"objectTypes":' + _json(found) + "}\n")
    return count


def _ocel_event(event: Event, objects: dict[str, dict[str, object]]) -> dict[str, object]:
    related: list[dict[str, str]] = []

    def relate(kind: str, id: str | None, qualifier: str, **attributes: object) -> None:
        if id is None:
            return
        if id not in objects:
            objects[id] = {
                "id": id,
                "type": kind,
                "attributes": [
                    {"name": name, "time": event.entered_at.isoformat(), "value": str(value)}
                    for name, value in attributes.items()
                    if value is not None
                ],
            }
        related.append({"objectId": id, "qualifier": qualifier})

    relate("process", f"process:{event.instance_id}", "of", process=event.process_id, version=event.version)
    relate("case", f"case:{event.case_id}" if event.case_id else None, "for", folio=event.folio, domain=event.domain)
    relate("office", f"office:{event.office}" if event.office else None, "at")
    relate("person", f"person:{event.actor_id}" if event.actor_id else None, "by")
    values = (event.element_id, event.kind, event.action, event.entered_at.isoformat())
    return {
        "id": f"{event.instance_id}:{event.sequence}",
        "type": event.name,
        "time": event.at.isoformat(),
        "attributes": [{"name": name, "value": value} for name, value in zip(EVENT_ATTRIBUTES, values, strict=True)],
        "relationships": related,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
