"""Advice about paths: what cannot be reached, has no end, stops without one, or turns without waiting.

A level is a process or the inside of a subprocess. Its graph has the flows, the jumps of links, and a step from an
activity to the events at its border.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.bpmn.advice.remarks import Remarks
from engine.bpmn.model import Element, Process

WAITING = frozenset({"userTask", "receiveTask", "callActivity", "eventBasedGateway"})


@dataclass(slots=True)
class Level:
    """The elements of one level, and where a token goes from each."""

    owner: Element | None
    elements: list[Element]
    after: dict[str, list[str]] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Graph:
    """All levels of a process."""

    process: Process
    levels: list[Level]


def graph(process: Process) -> Graph:
    """The levels of ``process``, in time linear in its size."""
    by_parent: dict[str | None, list[Element]] = {}
    for element in process.elements.values():
        by_parent.setdefault(element.parent if element.parent in process.elements else None, []).append(element)
    levels = []
    for parent, elements in by_parent.items():
        level = Level(process.elements.get(parent) if parent else None, elements)
        _connect(process, level)
        levels.append(level)
    return Graph(process, levels)


def _connect(process: Process, level: Level) -> None:
    catches = {
        element.event.name: element.id
        for element in level.elements
        if element.event is not None and element.event_kind == "link" and element.kind == "intermediateCatchEvent"
    }
    has_start = any(element.kind == "startEvent" for element in level.elements)
    for element in level.elements:
        targets = [process.flows[flow].target for flow in element.outgoing if flow in process.flows]
        if element.event is not None and element.event_kind == "link" and element.kind == "intermediateThrowEvent":
            targets += [catches[name] for name in [element.event.name] if name in catches]
        level.after.setdefault(element.id, []).extend(targets)
        if element.attached_to:
            level.after.setdefault(element.attached_to, []).append(element.id)
        ad_hoc = level.owner is not None and level.owner.kind == "adHocSubProcess"
        begins = element.kind == "startEvent" or element.triggered_by_event or element.for_compensation
        link = element.event_kind == "link" and element.kind == "intermediateCatchEvent"
        loose = not element.incoming and not element.attached_to and not link and (ad_hoc or not has_start)
        if begins or loose or (element.instantiate and not element.incoming):
            level.starts.append(element.id)


def look(found: Graph, remarks: Remarks) -> None:
    """Look at each level."""
    for level in found.levels:
        _reached(level, remarks)
        _endless(found.process, level, remarks)
        ad_hoc = level.owner is not None and level.owner.kind == "adHocSubProcess"
        for element in level.elements:
            if not level.after[element.id] and not element.outgoing and _should_go_on(element) and not ad_hoc:
                remarks.say("flow.ends-here", element)


def _should_go_on(element: Element) -> bool:
    if element.kind == "boundaryEvent":
        return element.event_kind != "compensation"
    return element.kind != "endEvent" and not element.triggered_by_event and not element.for_compensation


def _reached(level: Level, remarks: Remarks) -> None:
    before: dict[str, list[str]] = {element.id: [] for element in level.elements}
    for id, targets in level.after.items():
        for target in targets:
            before.setdefault(target, []).append(id)
    forward = _closure(level.starts, level.after)
    ends = [element.id for element in level.elements if not level.after[element.id] or element.triggered_by_event]
    backward = _closure(ends, before)
    for element in level.elements:
        if element.id not in forward:
            remarks.say("flow.unreachable", element)
        elif element.id not in backward:
            remarks.say("flow.no-end", element)


def _closure(starts: list[str], after: dict[str, list[str]]) -> set[str]:
    seen, todo = set(starts), list(starts)
    while todo:
        for target in after.get(todo.pop(), ()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def _endless(process: Process, level: Level, remarks: Remarks) -> None:
    """Cycles of elements that do not wait: what is left after taking away, again and again, what has no successor."""
    quick = {element.id for element in level.elements if not _waits(process, element)}
    after = {id: {target for target in level.after[id] if target in quick} for id in quick}
    before: dict[str, set[str]] = {id: set() for id in quick}
    for id, targets in after.items():
        for target in targets:
            before[target].add(id)
    for forth, back in ((after, before), (before, after)):
        todo = [id for id, targets in forth.items() if not targets]
        while todo:
            gone = todo.pop()
            for other in back.pop(gone, ()):
                forth[other].discard(gone)
                if not forth[other]:
                    todo.append(other)
            forth.pop(gone, None)
    first = next((element for element in level.elements if element.id in after and element.id in before), None)
    if first is not None:
        remarks.say("flow.endless", first)


def _waits(process: Process, element: Element) -> bool:
    if element.kind in WAITING or element.job_type is not None:
        return True
    if element.kind == "intermediateCatchEvent":
        return element.event_kind != "link"
    return element.is_container
