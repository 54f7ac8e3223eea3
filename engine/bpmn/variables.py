"""Variables during a step: what expressions read, where a write lands, what mappings do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.bpmn.changes import Changes
from engine.bpmn.environment import Environment
from engine.bpmn.expressions import Reading, Value
from engine.bpmn.incidents import ElementIncident
from engine.bpmn.instance import Scope, Token
from engine.bpmn.specs import MappingSpec
from engine.errors import Text


class Variables(ABC):
    """The variables of one instance during one step; ``Execution`` adds the tokens."""

    env: Environment
    now: datetime
    changes: Changes
    variables_changed: bool

    @abstractmethod
    def own(self, token: Token) -> Scope:
        """The local scope of ``token``, made where it has none."""

    def reading(self, scope: Scope) -> Reading:
        """What expressions in ``scope`` see."""
        return Reading(scope, self.env.facts, self.env.last)

    def evaluate(self, value: Value, scope: Scope) -> Any:
        """Evaluate ``value`` in ``scope``."""
        return value.evaluate(self.reading(scope), self.now)

    def holds(self, condition: Value, scope: Scope) -> bool:
        """Whether a condition is true. Raises ``ElementIncident`` where it gives neither true nor false."""
        result = self.evaluate(condition, scope)
        if result is True or result is False:
            return bool(result)
        raise ElementIncident(
            "condition_not_boolean",
            Text(
                "La condición «{text}» no dio verdadero ni falso, sino {result}. {why}",
                "The condition “{text}” gave neither true nor false but {result}. {why}",
                {
                    "text": condition.text[:200],
                    "result": "null" if result is None else repr(result)[:80],
                    "why": condition.why_null(self.reading(scope), self.now),
                },
            ),
        )

    def write(self, scope: Scope, name: str, value: Any) -> None:
        """Write a variable where the dialect says: the nearest scope that has it, else the outermost."""
        self.write_local(scope.holder(name), name, value)

    def write_local(self, scope: Scope, name: str, value: Any) -> None:
        """Write a variable into exactly this scope."""
        scope.variables[name] = value
        self.changes.touched_scopes[scope.id] = scope
        self.changes.written[(scope.id, name)] = value
        self.variables_changed = True

    def write_item(self, scope: Scope, name: str, index: int, value: Any) -> None:
        """Write one item of the list ``name`` of exactly this scope; the history then keeps only the item."""
        items = scope.variables[name] = list(scope.variables[name])
        items[index] = value
        self.changes.touched_scopes[scope.id] = scope
        if (scope.id, name) in self.changes.written:
            self.changes.written[(scope.id, name)] = items
        else:
            self.changes.written_items[(scope.id, name, index)] = value
        self.variables_changed = True

    def write_result(self, token: Token, variables: Mapping[str, Any]) -> None:
        """Take over what a task, job or message gave: locally where output mappings follow, else outwards."""
        if not variables:
            return
        if token.task_spec.outputs_mapped:
            local = self.own(token)
            for name, value in variables.items():
                self.write_local(local, name, value)
        else:
            for name, value in variables.items():
                self.write(token.inner, name, value)

    def map_inputs(self, token: Token) -> None:
        """Apply the input mappings of ``token``'s element."""
        for mapping in token.task_spec.inputs_mapped:
            value = self.evaluate(mapping.source, token.inner)
            self.write_path(self.own(token), mapping, value, local=True)

    def map_outputs(self, token: Token, scope: Scope | None = None) -> None:
        """Apply the output mappings of ``token``'s element, read in ``scope`` (default: its inner one)."""
        for mapping in token.task_spec.outputs_mapped:
            value = self.evaluate(mapping.source, scope or token.inner)
            if token.role == "iteration" and mapping.path[0] == token.task_spec.loop.output_variable:
                self.write_path(self.own(token), mapping, value, local=True)  # what the loop collects is each one's own
            else:
                self.write_path(token.scope, mapping, value, local=False)

    def write_path(self, scope: Scope, mapping: MappingSpec, value: Any, *, local: bool) -> None:
        """Write to ``a.b.c``: the contexts on the way are made or copied, never shared."""
        name, *rest = mapping.path
        holder = scope if local else scope.holder(name)
        if rest:
            outer = dict(current) if isinstance(current := holder.variables.get(name), dict) else {}
            place = outer
            for key in rest[:-1]:
                inner = place.get(key)
                place[key] = dict(inner) if isinstance(inner, dict) else {}
                place = place[key]
            place[rest[-1]] = value
            value = outer
        self.write_local(holder, name, value)
