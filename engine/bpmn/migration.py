"""Brings a running instance to another version of its process: checks first that every token has its place there.

Elements and flows keep their ids unless ``mapping`` says otherwise. Tasks stay open with who has them and until when,
timers keep their due time; messages, signals and conditions are waited for as the new version says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.bpmn import events, waiting
from engine.bpmn.changes import Changes
from engine.bpmn.elements.events import EventSpec
from engine.bpmn.elements.tasks import UserTaskSpec, new_job
from engine.bpmn.environment import Environment
from engine.bpmn.execution import Execution
from engine.bpmn.expressions import ExpressionError
from engine.bpmn.incidents import ElementIncident
from engine.bpmn.instance import Instance, Scope, Subscription, Token
from engine.bpmn.specs import ElementSpec, ProcessSpec
from engine.errors import EngineError, Text


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a token or scope cannot go over: the element of the old version where it stands, and the reason."""

    element_id: str
    text: Text


@dataclass(slots=True)
class Plan:
    """What a migration would do: (old element, new element) for every token; possible if there are no problems."""

    moves: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class CannotMigrate(EngineError):
    """The instance has no place in the other version; ``problems`` lists every reason. Nothing was done."""

    code = "cannot_migrate"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            Text(
                "El proceso no puede pasar a esa versión: {es}",
                "The process cannot go over to that version: {en}",
                {
                    language: "; ".join(_line(problem, language) for problem in problems[:5])
                    for language in ("es", "en")
                },
            )
        )
        self.problems = problems


def _line(problem: Problem, language: str) -> str:
    return f"{problem.element_id}: {problem.text.in_language(language)}"


class _Map:
    """Where ids of the old version lead in the new one."""

    def __init__(self, target: ProcessSpec, ids: Mapping[str, str]) -> None:
        self.target = target
        self.ids = ids

    def id(self, old: str) -> str:
        """The new id of an element or flow."""
        return self.ids.get(old, old)

    def spec(self, old: str) -> ElementSpec | None:
        """The new element; None where there is none."""
        return self.target.spec(self.id(old))

    def flow(self, old: str | None, spec: ElementSpec) -> str | None:
        """The new flow into ``spec``; None where it does not lead there."""
        found = self.target.model.flows.get(self.id(old)) if old is not None else None
        return found.id if found is not None and found.target == spec.element.id else None


def plan(instance: Instance, target: ProcessSpec, mapping: Mapping[str, str]) -> Plan:
    """What it would take to bring ``instance`` to ``target``. Changes nothing."""
    found, map_ = Plan(), _Map(target, mapping)
    assert instance.root is not None
    if target.id != instance.root.process.id:
        found.problems.append(
            Problem(
                target.id,
                Text("no es una versión del mismo proceso.", "is no version of the same process."),
            )
        )
        return found
    for scope in _members(instance):
        for token in scope.tokens.values():
            spec = map_.spec(token.task_spec.element.id)
            found.moves.append((token.task_spec.element.id, map_.id(token.task_spec.element.id)))
            problem = _misfit(token, spec, map_)
            if problem is not None:
                found.problems.append(Problem(token.task_spec.element.id, problem))
        found.problems.extend(_unknown_handlers(scope, map_))
    return found


def _members(instance: Instance) -> Iterator[Scope]:
    """The scopes of the instance's own process, called ones left out."""
    for scope in list(instance.scopes.values()):
        frame: Scope | None = scope
        while frame is not None and not frame.closed:
            frame = frame.parent
        if frame is instance.root:
            yield scope


def _misfit(token: Token, spec: ElementSpec | None, map_: _Map) -> Text | None:
    """Why ``token`` cannot stand at ``spec``; None where it can."""
    old = token.task_spec
    if spec is None:
        return Text(
            "«{id}» no está en la versión nueva; diga a qué elemento pasa.",
            "“{id}” is not in the new version; say to which element it goes.",
            {"id": map_.id(old.element.id)},
        )
    if (spec.element.kind, spec.element.event_kind) != (old.element.kind, old.element.event_kind):
        return Text(
            "«{name}» es de otra clase en la versión nueva.",
            "“{name}” is of another kind in the new version.",
            {"name": spec.element.name or spec.name},
        )
    old_loop, new_loop = getattr(old, "loop", None), getattr(spec, "loop", None)
    if (old_loop and old_loop.loop.kind) != (new_loop and new_loop.loop.kind):
        return Text(
            "«{name}» se repite de otro modo en la versión nueva.",
            "“{name}” is repeated in another way in the new version.",
            {"name": spec.element.name or spec.name},
        )
    parent = old.element.parent
    if (map_.id(parent) if parent in old.process.model.elements else None) != (
        spec.element.parent if spec.element.parent in spec.process.model.elements else None
    ):
        return Text(
            "«{name}» está dentro de otro subproceso en la versión nueva.",
            "“{name}” lies in another subprocess in the new version.",
            {"name": spec.element.name or spec.name},
        )
    if token.internal_data.get("gathered") and token.flow is not None and map_.flow(token.flow, spec) is None:
        return Text(
            "El flujo «{id}», por el que ya llegó, no entra a «{name}» en la versión nueva.",
            "The flow “{id}” by which it has come does not enter “{name}” in the new version.",
            {"id": token.flow, "name": spec.element.name or spec.name},
        )
    for entry in _entries(token.internal_data.get("handlers", [])):
        if map_.spec(entry["handler"]) is None:
            return _no_handler(entry["handler"])
    return None


def _unknown_handlers(scope: Scope, map_: _Map) -> Iterator[Problem]:
    for entry in _entries(scope.compensations):
        for key in ("activity", "handler"):
            if key in entry and map_.spec(entry[key]) is None:
                yield Problem(entry["activity"], _no_handler(entry[key]))


def _entries(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in items:
        yield entry
        yield from _entries([*entry.get("inside", ()), *entry.get("left", ())])


def _no_handler(id: str) -> Text:
    return Text(
        "«{id}», que puede tener que deshacerse, no está en la versión nueva.",
        "“{id}”, which may have to be undone, is not in the new version.",
        {"id": id},
    )


# -- doing it ----------------------------------------------------------------------------------------------------------


def migrate(instance: Instance, env: Environment, target: ProcessSpec, mapping: Mapping[str, str]) -> Changes:
    """Bring ``instance`` to ``target``. Raises ``CannotMigrate``; then nothing was done."""
    planned = plan(instance, target, mapping)
    if planned.problems:
        raise CannotMigrate(planned.problems)
    map_, root = _Map(target, mapping), instance.root
    assert root is not None
    x = Execution(instance, env, "migrate")
    x.changes.whole = True
    scopes = list(_members(instance))
    # What could be waited for before: a one-time event that has come already is not waited for again.
    before_at = {token.id: _ids(waiting.awaited(token), map_) for scope in scopes for token in scope.tokens.values()}
    before_in = {scope.id: _ids(waiting.awaited_inside(scope), map_) for scope in scopes}
    for scope in scopes:
        scope.process = target
        _rename(scope, map_)
        x.changes.touched_scopes[scope.id] = scope
        for token in scope.tokens.values():
            _move(x, token, map_)
    for key in [key for key in instance.gathered if any(key[0] == scope.id for scope in scopes)]:
        instance.gathered[(key[0], map_.id(key[1]))] = instance.gathered.pop(key)
    instance.spec = target
    for scope in scopes:
        for token in scope.tokens.values():
            _listen_again(x, token, before_at[token.id], map_)
            _describe_again(x, token)
        _listen_inside(x, scope, before_in[scope.id], map_)
    x.variables_changed = True
    return x.run()


def _ids(specs: Iterator[ElementSpec], map_: _Map) -> set[str]:
    return {map_.id(spec.element.id) for spec in specs}


def _rename(scope: Scope, map_: _Map) -> None:
    """Ids that a scope remembers."""
    scope.compensations = [_renamed(entry, map_) for entry in scope.compensations]
    if "next" in scope.data:
        scope.data["next"] = [map_.id(name) for name in scope.data["next"] if map_.spec(name) is not None]
    if "fired_gateways" in scope.data:
        scope.data["fired_gateways"] = {
            map_.id(name): [map_.id(flow) for flow in flows] for name, flows in scope.data["fired_gateways"].items()
        }


def _renamed(entry: dict[str, Any], map_: _Map) -> dict[str, Any]:
    renamed = dict(entry)
    for key in ("activity", "handler"):
        if key in entry:
            renamed[key] = map_.id(entry[key])
    for key in ("inside", "left"):
        if key in entry:
            renamed[key] = [_renamed(inner, map_) for inner in entry[key]]
    return renamed


def _move(x: Execution, token: Token, map_: _Map) -> None:
    spec = map_.spec(token.task_spec.element.id)
    assert spec is not None
    token.task_spec = spec
    token.flow = map_.flow(token.flow, spec)
    if "handlers" in token.internal_data:
        token.internal_data["handlers"] = [_renamed(entry, map_) for entry in token.internal_data["handlers"]]
    x.touch(token)
    x.changes.migrated.append(token)


def _listen_again(x: Execution, token: Token, before: set[str], map_: _Map) -> None:
    """What ``token`` waits for, as the new version says: its own event, those behind it, those at its border."""
    if waiting.at_rest(token):
        _take_over(x, list(token.subscriptions.values()), waiting.awaited(token), before, map_, token.inner, token)


def _describe_again(x: Execution, token: Token) -> None:
    """The open task or job of ``token``, as the new version has it."""
    spec = token.task_spec
    if not waiting.at_rest(token) or token.role == "body":
        return
    try:
        if isinstance(spec, UserTaskSpec):
            x.changes.changed_tasks.append(spec.task(x, token))
        elif getattr(spec, "job_type", None) is not None:
            x.changes.changed_jobs.append(new_job(x, spec, token))
    except (ElementIncident, ExpressionError) as error:
        raise CannotMigrate([Problem(spec.element.id, error.text)]) from error


def _listen_inside(x: Execution, scope: Scope, before: set[str], map_: _Map) -> None:
    """The event subprocesses of a scope; where an interrupting one runs, nothing else is waited for."""
    if waiting.interrupted(scope):
        return
    old = [item for item in x.instance.subscriptions.values() if item.scope is scope and item.token is None]
    _take_over(x, old, waiting.awaited_inside(scope), before, map_, scope, None)


def _goes_on(item: Subscription, spec: ElementSpec) -> bool:
    """Whether a timer or condition that is waited for stays as it is; one of several definitions begins anew."""
    several = item.spec.element.further_events or spec.element.further_events
    return item.kind in ("timer", "conditional") and spec.element.event_kind == item.kind and not several


def _take_over(
    x: Execution,
    old: list[Subscription],
    wanted: Iterator[ElementSpec],
    before: set[str],
    map_: _Map,
    scope: Scope,
    token: Token | None,
) -> None:
    """Timers and conditions that both versions have go on as they are; all else is subscribed anew."""
    new = {spec.element.id: spec for spec in wanted}
    present, kept = set(), set()
    for item in old:
        id = map_.id(item.spec.element.id)
        spec = new.get(id)
        present.add(id)
        if spec is not None and _goes_on(item, spec):
            item.spec = spec
            x.changes.touched_subscriptions[item.id] = item
            kept.add(id)
        else:
            x.unsubscribe(item)
    for id, spec in new.items():
        if id in kept or (id in before and id not in present):
            continue
        assert isinstance(spec, EventSpec)
        try:
            events.wait_for(x, spec, scope, token)
        except (ElementIncident, ExpressionError) as error:
            raise CannotMigrate([Problem(id, error.text)]) from error
