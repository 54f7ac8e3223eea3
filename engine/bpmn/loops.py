"""Loops of an activity: multi-instance, parallel and sequential, and the standard loop."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import re2

from engine.bpmn import model
from engine.bpmn.expressions import Value
from engine.bpmn.incidents import ElementIncident
from engine.bpmn.instance import Scope, Token
from engine.errors import Text

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution
    from engine.bpmn.specs import ElementSpec

MAX_ITERATIONS = 5_000
PLAIN_NAME = re2.compile(r"=\s*([\pL_][\pL\pN_]*)(?:\.[\pL\pN_.]+)?\s*")


@dataclass(frozen=True, slots=True)
class LoopSpec:
    """Loop characteristics with their expressions compiled."""

    loop: model.Loop
    collection: Value | None
    cardinality: Value | None
    completion: Value | None
    condition: Value | None
    output: Value | None
    complex: tuple[tuple[Value, model.Event], ...]
    output_variable: str | None

    @property
    def sequential(self) -> bool:
        """Whether one iteration follows the other."""
        return self.loop.kind != "parallel"


def compile_loop(spec: ElementSpec) -> LoopSpec | None:
    """The loop of an activity; None where it has none. Raises ``CompileError``."""
    loop = spec.element.loop
    if loop is None:
        return None
    cardinality = loop.cardinality
    name = PLAIN_NAME.fullmatch(loop.output_element or "")
    return LoopSpec(
        loop,
        spec.value(loop.collection, "inputCollection"),
        spec.value(cardinality, "loopCardinality"),
        spec.value(loop.completion_condition, "completionCondition"),
        spec.value(loop.condition, "loopCondition"),
        spec.value(loop.output_element, "outputElement"),
        tuple((_required(spec.value(text, "condition")), event) for text, event in loop.complex_behaviors),
        name.group(1) if name else None,
    )


def _required(value: Value | None) -> Value:
    assert value is not None
    return value


def begin(x: Execution, token: Token, loop: LoopSpec) -> bool:
    """Start the iterations. True where there are none."""
    items = _items(x, token, loop)
    token.role = "body"
    x.touch(token)
    body = token.content = x.open_scope("body", token.inner, token.task_spec.process, token)
    body.data = {"size": len(items) if items is not None else None, "started": 0, "done": 0}
    if loop.loop.output_collection and items is not None:
        x.write_local(body, loop.loop.output_collection, [None] * len(items))
    if items is None:
        if loop.loop.test_before and not _again(x, body, loop):
            return True
        _spawn(x, token, body, loop, None)
    elif not items:
        return True
    elif loop.sequential:
        body.data["items"] = items
        _spawn(x, token, body, loop, items[0])
    else:
        for item in items:
            _spawn(x, token, body, loop, item)
    _count(x, body)
    return False


def _items(x: Execution, token: Token, loop: LoopSpec) -> list[Any] | None:
    """The items of a multi-instance; None for a standard loop. Raises ``ElementIncident``."""
    if loop.collection is not None:
        items = x.evaluate(loop.collection, token.inner)
        if not isinstance(items, list):
            raise ElementIncident(
                "loop_collection",
                Text(
                    "La colección «{text}» no dio una lista.",
                    "The collection “{text}” gave no list.",
                    {"text": loop.collection.text},
                ),
            )
    elif loop.cardinality is not None:
        count = x.evaluate(loop.cardinality, token.inner)
        try:
            number = Decimal(count)
            if number != number.to_integral_value() or number < 0 or number > MAX_ITERATIONS:
                raise ValueError
        except (ValueError, TypeError, ArithmeticError) as error:
            raise ElementIncident(
                "loop_cardinality",
                Text(
                    "La cantidad «{text}» no dio un número entero de 0 a {n}.",
                    "The cardinality “{text}” gave no whole number from 0 to {n}.",
                    {"text": loop.cardinality.text, "n": MAX_ITERATIONS},
                ),
            ) from error
        items = [None] * int(number)
    else:
        return None
    if len(items) > MAX_ITERATIONS:
        raise ElementIncident(
            "loop_size",
            Text(
                "La colección tiene {size} elementos; se admiten {n}.",
                "The collection has {size} items; {n} are allowed.",
                {"size": len(items), "n": MAX_ITERATIONS},
            ),
        )
    return items


def _spawn(x: Execution, token: Token, body: Scope, loop: LoopSpec, item: Any) -> None:
    index = body.data["started"]
    body.data["started"] = index + 1
    x.changes.touched_scopes[body.id] = body
    iteration = x.place(token.task_spec, body)
    iteration.role = "iteration"
    iteration.internal_data["index"] = index
    local = x.own(iteration)
    x.write_local(local, "loopCounter", Decimal(index + 1))
    if loop.loop.item:
        x.write_local(local, loop.loop.item, item)
    if loop.output_variable is not None and loop.output_variable not in local.variables:
        x.write_local(local, loop.output_variable, None)


def _count(x: Execution, body: Scope) -> None:
    started, done, size = body.data["started"], body.data["done"], body.data["size"]
    terminated = body.data.get("terminated", 0)
    counts = {
        "numberOfInstances": size if size is not None else started,
        "numberOfActiveInstances": started - done - terminated,
        "numberOfCompletedInstances": done,
        "numberOfTerminatedInstances": terminated,
    }
    for name, count in counts.items():
        if body.variables.get(name) != count:
            x.write_local(body, name, Decimal(count))


def _again(x: Execution, body: Scope, loop: LoopSpec) -> bool:
    """Whether a standard loop goes round once more."""
    if loop.loop.maximum is not None and body.data["started"] >= loop.loop.maximum:
        return False
    return loop.condition is None or x.holds(loop.condition, body)


def collect(x: Execution, token: Token, loop: LoopSpec) -> bool:
    """Take the output of an iteration that completes; returns whether the loop's completion condition now holds."""
    body = token.scope
    body.data["done"] += 1
    _count(x, body)
    x.changes.touched_scopes[body.id] = body
    name = loop.loop.output_collection
    if name and loop.output is not None:
        x.write_item(body, name, token.internal_data["index"], x.evaluate(loop.output, token.inner))
    return loop.completion is not None and x.holds(loop.completion, token.inner)


def iteration_done(x: Execution, token: Token, loop: LoopSpec, enough: bool) -> None:
    """An iteration is over: start the next, or complete the activity."""
    body, owner = token.scope, token.scope.owner
    assert owner is not None
    x.retire(token, check=False)
    _throw_behavior(x, owner, body, loop)
    if owner.id not in x.instance.tasks:
        return  # the behaviour's event interrupted the activity
    _go_on(x, owner, body, loop, enough=enough)


def iteration_cancelled(x: Execution, token: Token, loop: LoopSpec) -> None:
    """An iteration was ended by hand, and is gone: the loop goes on without its outcome."""
    body, owner = token.scope, token.scope.owner
    assert owner is not None
    body.data["terminated"] = body.data.get("terminated", 0) + 1
    x.changes.touched_scopes[body.id] = body
    _count(x, body)
    _go_on(x, owner, body, loop, enough=False)


def _go_on(x: Execution, owner: Token, body: Scope, loop: LoopSpec, *, enough: bool) -> None:
    if enough:
        x.terminate_inside(body)
    elif loop.loop.kind == "standard":
        x.guarded(owner, "completing", lambda: _next_round(x, owner, body, loop))
        return
    elif loop.sequential and body.data["started"] < body.data["size"]:
        _spawn(x, owner, body, loop, body.data["items"][body.data["started"]])
        return
    if not body.tokens:
        x.guarded(owner, "completing", owner.complete)


def _next_round(x: Execution, owner: Token, body: Scope, loop: LoopSpec) -> None:
    if _again(x, body, loop):
        _spawn(x, owner, body, loop, None)
    else:
        owner.complete()


def _throw_behavior(x: Execution, owner: Token, body: Scope, loop: LoopSpec) -> None:
    from engine.bpmn import events

    thrown: list[model.Event] = []
    behavior, event = loop.loop.behavior, loop.loop.behavior_event
    if event is not None and (behavior == "None" or (behavior == "One" and body.data["done"] == 1)):
        thrown.append(event)
    for condition, event in loop.complex:
        if x.evaluate(condition, body) is True:
            thrown.append(event)
    for event in thrown:
        events.throw_to_boundary(x, owner, event.kind, event.name or event.code)


def hand_over(x: Execution, token: Token, loop: LoopSpec) -> None:
    """Give the collected outputs to the scope outside."""
    name = loop.loop.output_collection
    if name and token.content is not None:
        x.write(token.inner, name, token.content.variables.get(name))
