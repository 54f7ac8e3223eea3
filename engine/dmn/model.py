"""A decision model, ready to evaluate: decisions, knowledge models, services, and what an evaluation tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.dmn.types import MISFIT, Types
from engine.feel import DEFAULT, FeelFunction, FeelLimitError, Limits
from engine.feel.compiler import Frame
from engine.feel.limits import Account, FeelWarning

Logic = Callable[["Run", Frame], Any]


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """A rule that matched: its place in the table (from 1), its id, outputs and annotation."""

    index: int
    id: str | None
    outputs: Any
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class TableTrace:
    """How one decision table was decided: its inputs' values and the rules that matched."""

    name: str
    inputs: list[Any]
    matched: list[MatchedRule]


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """The value of a decision, the tables that led to it, and why what became null did so."""

    value: Any
    trace: tuple[TableTrace, ...]
    warnings: tuple[FeelWarning, ...]


@dataclass(slots=True)
class InputData:
    """A named input."""

    id: str
    name: str
    type: str | None


@dataclass(slots=True)
class Decision:
    """A decision; ``needs`` are hrefs of what it requires."""

    id: str
    name: str
    type: str | None
    logic: Logic | None
    needs: list[str]
    inputs: list[str] = field(default_factory=list)  # names of the inputs that it needs, directly or not
    table: Any = None


@dataclass(slots=True)
class KnowledgeModel:
    """A business knowledge model: a function."""

    id: str
    name: str
    type: str | None
    parameters: list[tuple[str, str | None]]
    logic: Logic | None
    needs: list[str]


@dataclass(slots=True)
class Service:
    """A decision service: decisions called like a function."""

    id: str
    name: str
    type: str | None
    outputs: list[str]
    encapsulated: list[str]
    input_decisions: list[str]
    input_data: list[str]


Part = InputData | Decision | KnowledgeModel | Service


class DecisionModel:
    """One decision file with what it imports. Immutable after parsing; threads may share it."""

    def __init__(self, namespace: str, name: str, types: Types) -> None:
        self.namespace = namespace
        self.name = name
        self.types = types
        self.parts: dict[str, Part] = {}  # by href: "#id" here, "namespace#id" elsewhere
        self.imports: dict[str, tuple[str, DecisionModel]] = {}  # namespace -> alias, model
        self.decisions: dict[str, Decision] = {}
        self.services: dict[str, Service] = {}

    def find(self, id_or_name: str) -> Part | None:
        """A decision or service by id, else by name."""
        for group in (self.decisions, self.services):
            if id_or_name in group:
                return group[id_or_name]  # type: ignore[index, return-value]
        for part in (*self.decisions.values(), *self.services.values()):
            if part.name == id_or_name:
                return part
        return None

    def evaluate(
        self,
        id_or_name: str,
        context: Mapping[str, Any],
        *,
        now: datetime | None = None,
        limits: Limits = DEFAULT,
    ) -> DecisionResult:
        """Evaluate a decision, or a decision service, with inputs by name. Raises ``KeyError``, ``FeelLimitError``."""
        part = self.find(id_or_name)
        if part is None:
            raise KeyError(id_or_name)
        run = Run(self, context, Account(limits, now))
        try:
            value = run.service_value(self, part) if isinstance(part, Service) else run.value(self, f"#{part.id}")
        except RecursionError:
            raise FeelLimitError("la decisión es demasiado profunda", "the decision is too deep") from None
        return DecisionResult(value, tuple(run.trace), tuple(run.account.warnings))


class Run:
    """One evaluation: values that are known already, and the account."""

    def __init__(self, model: DecisionModel, context: Mapping[str, Any], account: Account) -> None:
        self.model = model
        self.context = context
        self.account = account
        self.trace: list[TableTrace] = []
        self.known: dict[tuple[int, str], Any] = {}
        self.open: set[tuple[int, str]] = set()
        self.base = Frame({}, None, account)

    def value(self, model: DecisionModel, href: str) -> Any:
        """The value of the part ``href`` as seen from ``model``."""
        owner, part = self.locate(model, href)
        if part is None:
            self.account.warn(f"«{href}» no existe en el modelo", f"“{href}” does not exist in the model")
            return None
        key = (id(owner), part.id)
        if key in self.known:
            return self.known[key]
        if key in self.open:
            self.account.warn(f"«{part.name}» depende de sí misma", f"“{part.name}” depends on itself")
            return None
        self.open.add(key)
        try:
            value = self._compute(owner, part)
        finally:
            self.open.discard(key)
        self.known[key] = value
        return value

    def locate(self, model: DecisionModel, href: str) -> tuple[DecisionModel, Part | None]:
        """The model that holds ``href``, and the part."""
        namespace, _, name = href.rpartition("#")
        if namespace and namespace != model.namespace and namespace in model.imports:
            owner = model.imports[namespace][1]
            return owner, owner.parts.get(f"#{name}")
        return model, model.parts.get(f"#{name}")

    def _compute(self, owner: DecisionModel, part: Part) -> Any:
        if isinstance(part, InputData):
            return self._input(owner, part)
        if isinstance(part, Decision):
            frame = self.base.inner(self.requirements(owner, part.needs))
            value = part.logic(self, frame) if part.logic is not None else self.context.get(part.name)
            return self.typed(owner, value, part.type, part.name)
        if isinstance(part, KnowledgeModel):
            return self._function(owner, part)
        return self._service(owner, part)

    def _input(self, owner: DecisionModel, part: InputData) -> Any:
        context: Any = self.context
        if owner is not self.model:
            for alias, imported in self.model.imports.values():
                if imported is owner and isinstance(context.get(alias), dict) and part.name in context[alias]:
                    context = context[alias]
        if part.name not in context:
            self.account.warn(f"falta la entrada «{part.name}»", f"the input “{part.name}” is missing")
            return None
        return self.typed(owner, context[part.name], part.type, part.name)

    def typed(self, owner: DecisionModel, value: Any, type_: str | None, name: str) -> Any:
        """``value`` as its declared type wants it, or null with the reason."""
        fitted = owner.types.fit(value, type_, self.base)
        if fitted is MISFIT:
            self.account.warn(
                f"el valor de «{name}» no es del tipo {type_}", f"the value of “{name}” is not of type {type_}"
            )
            return None
        return fitted

    def requirements(self, owner: DecisionModel, needs: list[str]) -> dict[str, Any]:
        """Names and values of what is required; imported things lie in a context named by their import."""
        names: dict[str, Any] = {}
        for href in needs:
            source, part = self.locate(owner, href)
            if part is None:
                continue
            value = self.value(owner, href)
            if source is owner:
                names[part.name] = value
            else:
                alias = owner.imports[source.namespace][0]
                if alias:
                    names.setdefault(alias, {})[part.name] = value
                else:
                    names[part.name] = value
        return names

    def _function(self, owner: DecisionModel, part: KnowledgeModel) -> Any:
        logic = part.logic
        if logic is None:
            return None

        def call(*arguments: Any) -> Any:
            bound = self.requirements(owner, part.needs)
            for (name, type_), value in zip(part.parameters, arguments, strict=True):
                fitted = owner.types.fit(value, type_, self.base)
                if fitted is MISFIT:
                    self.account.warn(f"el parámetro «{name}» es de otro tipo", f"the parameter “{name}” is of another type")
                    return None
                bound[name] = fitted
            bound[part.name] = function
            self.account.charge(5)
            self.account.calls += 1
            if self.account.calls > self.account.limits.depth:
                raise FeelLimitError("las funciones se llaman sin fin", "functions call one another without end")
            try:
                return self.typed(owner, logic(self, self.base.inner(bound)), part.type, part.name)
            finally:
                self.account.calls -= 1

        function = FeelFunction(call, [name for name, _ in part.parameters])
        return function

    def _service(self, owner: DecisionModel, part: Service) -> Any:
        names = self.service_parameters(owner, part)

        def call(*arguments: Any) -> Any:
            inner = Run(self.model, dict(zip(names, arguments, strict=True)), self.account)
            inner.trace = self.trace
            self.account.calls += 1
            if self.account.calls > self.account.limits.depth:
                raise FeelLimitError("los servicios se llaman sin fin", "services call one another without end")
            try:
                return inner.service_value(owner, part)
            finally:
                self.account.calls -= 1

        return FeelFunction(call, names)

    def service_parameters(self, owner: DecisionModel, part: Service) -> list[str]:
        """Names of a service's parameters: its input decisions, then its input data."""
        found = [self.locate(owner, href)[1] for href in (*part.input_data, *part.input_decisions)]
        return [item.name for item in found if item is not None]

    def service_value(self, owner: DecisionModel, part: Service) -> Any:
        """The value of a service for the inputs in the context: one output's, or a context of several."""
        for href in part.input_decisions:
            source, decision = self.locate(owner, href)
            if isinstance(decision, Decision):
                if decision.name not in self.context:
                    self.account.warn(f"falta «{decision.name}»", f"“{decision.name}” is missing")
                value = self.typed(source, self.context.get(decision.name), decision.type, decision.name)
                self.known[(id(source), decision.id)] = value
        results = {}
        for href in part.outputs:
            _, decision = self.locate(owner, href)
            if decision is not None:
                results[decision.name] = self.value(owner, href)
        value = next(iter(results.values())) if len(results) == 1 else results
        return self.typed(owner, value, part.type, part.name)
