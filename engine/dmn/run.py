"""One evaluation of a decision model: follows requirements, keeps what is known, calls functions and services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from engine.dmn.model import (
    Decision,
    DecisionModel,
    DecisionResult,
    InputData,
    KnowledgeModel,
    Part,
    Service,
    TableTrace,
)
from engine.dmn.types import MISFIT, Types
from engine.feel import FeelFunction, FeelLimitError, Limits
from engine.feel.frames import Frame
from engine.feel.limits import Account

Parameters = Sequence[tuple[str, str | None]]


class Place(NamedTuple):
    """A model and how it was reached: the same file imported twice has inputs of its own in each place."""

    model: DecisionModel
    path: tuple[str, ...]  # names of the imports on the way


def evaluate(
    model: DecisionModel, part: Part, context: Mapping[str, Any], now: datetime | None, limits: Limits
) -> DecisionResult:
    """The value of ``part``, with the trace and the warnings."""
    place = Place(model, ())
    run = Run(place, context, Account(limits, now))
    try:
        if isinstance(part, Service):
            value = run.service_value(place, part)
        elif isinstance(part, KnowledgeModel):
            arguments = [context.get(name) for name, _ in part.parameters]
            value = run.function(place, part).call(*arguments) if part.logic is not None else None
        else:
            value = run.value(place, part)
    except RecursionError:
        raise FeelLimitError("la decisión es demasiado profunda", "the decision is too deep") from None
    return DecisionResult(value, tuple(run.trace), tuple(run.account.warnings))


class Run:
    """Values that are known already, the account, and the tables that were decided."""

    def __init__(self, root: Place, context: Mapping[str, Any], account: Account) -> None:
        self.root = root
        self.context = context
        self.account = account
        self.trace: list[TableTrace] = []
        self.known: dict[tuple[tuple[str, ...], str], Any] = {}
        self.open: set[tuple[tuple[str, ...], str]] = set()
        # What the file does not declare comes from whoever asks, as from the variables of a process.
        outside = {name: value for name, value in context.items() if name not in root.model.declared}
        self.base = Frame(outside, None, account)
        account.types = self.conforms

    def conforms(self, name: str, value: Any) -> bool | None:
        """Whether a value is of a type of this model, or of one that it imports; None where none has such a type."""
        todo, seen = [self.root.model], set()
        while todo:
            model = todo.pop()
            found = model.types.conforms(name, value)
            if found is not None:
                return found
            seen.add(id(model))
            todo.extend(other for _, other in model.imports.values() if id(other) not in seen)
        return None

    def value(self, place: Place, part: Part) -> Any:
        """The value of a part of the model at ``place``."""
        key = (place.path, part.id)
        if key in self.known:
            return self.known[key]
        if key in self.open:
            self.account.warn(f"«{part.name}» depende de sí misma", f"“{part.name}” depends on itself")
            return None
        self.open.add(key)
        try:
            value = self._compute(place, part)
        finally:
            self.open.discard(key)
        self.known[key] = value
        return value

    def locate(self, place: Place, href: str) -> tuple[Place, Part | None]:
        """What ``href`` points to as seen from ``place``."""
        namespace, _, id = href.rpartition("#")
        if namespace and namespace != place.model.namespace and namespace in place.model.imports:
            alias, model = place.model.imports[namespace]
            return Place(model, (*place.path, alias)), model.parts.get(id)
        return place, place.model.parts.get(id)

    def _compute(self, place: Place, part: Part) -> Any:
        if isinstance(part, InputData):
            return self._input(place, part)
        if isinstance(part, Decision):
            if part.logic is None:
                value = self.context.get(part.name)
            else:
                names = self.requirements(place, part.others)
                for item in part.direct:
                    given = self.context.get(item.name)
                    quick = not place.path and given is not None and (item.type is None or type(given) is item.plain)
                    names[item.name] = given if quick else self.value(place, item)
                value = part.logic(self, self.base.inner(names))
            return value if part.type is None else self.typed(place, value, part.type, part.name)
        return self.function(place, part)

    def _input(self, place: Place, part: InputData) -> Any:
        found = self._given(place, part)
        if found is MISFIT:
            self.account.warn(f"falta la entrada «{part.name}»", f"the input “{part.name}” is missing")
            return None
        return found if part.type is None else self.typed(place, found, part.type, part.name)

    def _given(self, place: Place, part: InputData) -> Any:
        """What the context holds for an input; ``MISFIT`` where it holds nothing."""
        if place.path:
            inside: Any = self.context
            for alias in place.path:
                inside = inside.get(alias) if alias and isinstance(inside, Mapping) else inside
            if inside is not self.context and isinstance(inside, Mapping) and part.name in inside:
                return inside[part.name]
            full = f"{place.model.namespace}#{part.name}"
            if full in self.context:
                return self.context[full]
        for name in (part.name, part.title):
            if name in self.context:
                return self.context[name]
        return MISFIT

    def typed(self, place: Place, value: Any, type_: str | None, name: str) -> Any:
        """``value`` as its declared type wants it, or null with the reason."""
        fitted = place.model.types.fit(value, type_, self.base)
        if fitted is MISFIT:
            self.account.warn(
                f"el valor de «{name}» no es del tipo {type_}", f"the value of “{name}” is not of type {type_}"
            )
            return None
        return fitted

    def requirements(self, place: Place, needs: Sequence[str]) -> dict[str, Any]:
        """Names and values of what is required; imported things lie in a context named by their import."""
        names: dict[str, Any] = {}
        for href in needs:
            source, part = self.locate(place, href)
            if part is None:
                continue
            if source is place:
                names[part.name] = self.value(place, part)
                continue
            alias = source.path[-1]
            target = names.setdefault(alias, {}) if alias else names
            target[part.name] = self.value(source, part)
        return names

    # -- functions ---------------------------------------------------------------------------------------------------

    def function(self, place: Place, part: KnowledgeModel | Service) -> Any:
        """A knowledge model or service as a function value."""
        return self._service(place, part) if isinstance(part, Service) else self._knowledge(place, part)

    def arguments(self, types: Types, parameters: Parameters, arguments: Sequence[Any]) -> dict[str, Any] | None:
        """Arguments by name as their types want them; None, with the reason, where one does not fit."""
        bound: dict[str, Any] = {}
        for (name, type_), value in zip(parameters, arguments, strict=True):
            fitted = types.fit(value, type_, self.base)
            if fitted is MISFIT:
                self.account.warn(
                    f"el parámetro «{name}» no es del tipo {type_}", f"the parameter “{name}” is not of type {type_}"
                )
                return None
            bound[name] = fitted
        return bound

    def _knowledge(self, place: Place, part: KnowledgeModel) -> Any:
        logic = part.logic
        if logic is None:
            return None
        result = place.model.types.result_of(part.type)

        def call(*arguments: Any) -> Any:
            bound = self.arguments(place.model.types, part.parameters, arguments)
            if bound is None:
                return None
            around = self.base.inner({**self.requirements(place, part.needs), part.name: function})
            self.account.enter()
            try:
                return self.typed(place, logic(self, around.inner(bound)), result, part.name)
            finally:
                self.account.leave()

        function = function_value(call, part.parameters, result)
        return function

    def _service(self, place: Place, part: Service) -> Any:
        parameters = self.service_parameters(place, part)

        def call(*arguments: Any) -> Any:
            bound = self.arguments(place.model.types, parameters, arguments)
            if bound is None:
                return None
            inner = Run(place, bound, self.account)
            inner.trace = self.trace
            self.account.enter()
            try:
                return inner.service_value(place, part)
            finally:
                self.account.leave()

        return function_value(call, parameters, place.model.types.result_of(part.type))

    def service_parameters(self, place: Place, part: Service) -> list[tuple[str, str | None]]:
        """Names and types of a service's parameters: its input data, then its input decisions."""
        found = [self.locate(place, href)[1] for href in (*part.input_data, *part.input_decisions)]
        return [(item.name, item.type) for item in found if item is not None]

    def service_value(self, place: Place, part: Service) -> Any:
        """The value of a service for the inputs in the context: one output's, or a context of several."""
        for href in part.input_decisions:
            source, decision = self.locate(place, href)
            if isinstance(decision, Decision):
                if decision.name not in self.context:
                    self.account.warn(f"falta «{decision.name}»", f"“{decision.name}” is missing")
                value = self.typed(source, self.context.get(decision.name), decision.type, decision.name)
                self.known[(source.path, decision.id)] = value
        results = {}
        for href in part.outputs:
            source, decision = self.locate(place, href)
            if decision is not None:
                results[decision.name] = self.value(source, decision)
        value = next(iter(results.values())) if len(results) == 1 else results
        return self.typed(place, value, place.model.types.result_of(part.type), part.name)


def function_value(call: Callable[..., Any], parameters: Parameters, result: str | None = None) -> FeelFunction:
    """A function value that knows the names and types of its parameters."""
    return FeelFunction(
        call,
        [name for name, _ in parameters],
        types=[Types.in_feel(type_) for _, type_ in parameters],
        result=Types.in_feel(result),
    )
