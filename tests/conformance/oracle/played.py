"""The engine, played in memory: the same choices as the token game offers, and what each of them completes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine.bpmn import advance
from engine.bpmn.builder import build
from engine.bpmn.changes import Changes
from engine.bpmn.findings import Findings
from engine.bpmn.instance import ERROR, Token
from engine.bpmn.model import Called
from engine.bpmn.parser import parse_bpmn
from engine.bpmn.specs import ProcessSpec
from engine.feel import from_json
from tests.conformance.diagram import bpmn
from tests.conformance.oracle.net import Level, notation


class Alone:
    """An environment without a database: nothing to call, ids that count."""

    now = datetime(2026, 3, 2, 15, tzinfo=UTC)
    facts: Mapping[str, Any] = {}
    last: Mapping[str, Any] = {}

    def __init__(self) -> None:
        self.count = 0

    def new_id(self) -> UUID:
        """The next id."""
        self.count += 1
        return UUID(int=self.count)

    def process(self, called: Called, process_id: str, caller: ProcessSpec) -> ProcessSpec:
        """Nothing is called."""
        raise NotImplementedError

    def decide(self, called: Called, decision_id: str, caller: ProcessSpec, variables: Mapping[str, Any]) -> Any:
        """Nothing is decided."""
        raise NotImplementedError


def spec_of(level: Level) -> ProcessSpec:
    """The net as the engine reads it. A refusal is an assertion error."""
    definitions, items = parse_bpmn(bpmn(notation(level)))
    findings = Findings("net", list(items))
    spec = build(definitions.processes[0], findings)
    assert spec is not None, [(item.rule, item.element_id) for item in findings.items]
    return spec


class Played:
    """One instance, from its start on."""

    def __init__(self, spec: ProcessSpec, x: int) -> None:
        self.env = Alone()
        self.completed: list[str] = []
        variables = {"x": from_json(x), "key": "k"}
        self.instance, changes = advance.start(spec, self.env.new_id(), self.env, variables)
        self._note(changes)

    def _note(self, changes: Changes) -> None:
        self.completed += [item.element_id for item in changes.history if item.action == "completed"]

    def _broadcast(self, name: str) -> None:
        """A signal from outside, as the runtime delivers it: to one after the other."""
        waiting = [s.id for s in self.instance.subscriptions.values() if s.kind == "signal" and s.name == name]
        for id in sorted(waiting):
            if id in self.instance.subscriptions:
                self._note(advance.trigger(self.instance, self.env, id, {}))

    def elements(self) -> Counter[str]:
        """How many tokens each element has."""
        return Counter(token.task_spec.element.id for token in self.instance.tasks.values())

    def choices(self) -> list[str]:
        """What the world may do now."""
        found = set()
        for token in self._open():
            found |= {f"complete {token.task_spec.name} {value}" for value in (0, 1, 2)}
            if token.task_spec.element.kind == "serviceTask":
                found |= {f"error {token.task_spec.name} {code}" for code in ("E", "F")}
        for item in self.instance.subscriptions.values():
            found.add(f"signal {item.name}" if item.kind == "signal" else f"fire {item.spec.name}")
        return sorted(found)

    def _open(self) -> list[Token]:
        return [
            token
            for token in self.instance.tasks.values()
            if token.task_spec.element.kind in {"userTask", "serviceTask"}
            and token.role != "body"
            and token.state != ERROR
        ]

    def choose(self, choice: str, pick: int = 0) -> list[str]:
        """Do it to one of those it fits, and return what was completed."""
        before = len(self.completed)
        act, element, *value = choice.split()
        if act == "signal":
            self._broadcast(element)
        elif act == "fire":
            fitting = [id for id, item in self.instance.subscriptions.items() if item.spec.name == element]
            self._note(advance.trigger(self.instance, self.env, fitting[pick % len(fitting)], {}))
        else:
            tokens = [token for token in self._open() if token.task_spec.name == element]
            chosen = tokens[pick % len(tokens)].id
            if act == "complete":
                self._note(advance.complete(self.instance, self.env, chosen, {"x": Decimal(value[0])}))
            else:
                self._note(advance.raise_error(self.instance, self.env, chosen, value[0], "", {}))
        return self.completed[before:]
