"""A decision model, ready to evaluate: decisions, knowledge models, services, and what an evaluation tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.dmn.errors import DmnFinding
from engine.dmn.types import Types
from engine.feel import DEFAULT, Limits
from engine.feel.builtins import BUILTINS
from engine.feel.frames import Frame
from engine.feel.limits import FeelWarning

if TYPE_CHECKING:
    from engine.dmn.run import Run

Class = type
Logic = Callable[["Run", Frame], Any]


class MatchedRule(NamedTuple):
    """A rule that matched: its place in the table (from 1), its id, outputs, annotation and cells as written."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs of a rule
    id: str | None
    outputs: Any
    annotation: str = ""
    conditions: tuple[str, ...] = ()


class TableTrace(NamedTuple):
    """How one decision table was decided: whose it is, its inputs with their values, and the rules that matched."""

    element_id: str | None
    name: str
    policy: str
    labels: tuple[str, ...]
    inputs: list[Any]
    matched: list[MatchedRule]


class DecisionResult(NamedTuple):
    """The value of a decision, the tables that led to it, and why what became null did so."""

    value: Any
    trace: tuple[TableTrace, ...]
    warnings: tuple[FeelWarning, ...]


Quick = Callable[[Mapping[str, Any]], DecisionResult | None]


@dataclass(slots=True)
class InputData:
    """A named input."""

    id: str
    name: str
    type: str | None
    title: str = ""  # the element's own name, where its variable has another
    plain: Class | None = None  # values of this Python class need no look at their type


@dataclass(slots=True)
class Decision:
    """A decision; ``needs`` are hrefs of what it requires, ``inputs`` names of the input data behind it."""

    id: str
    name: str
    type: str | None
    logic: Logic | None
    needs: list[str]  # hrefs
    title: str = ""
    direct: list[InputData] = field(default_factory=list)  # the inputs of this file among them, as far as read
    others: list[str] = field(default_factory=list)  # the rest of them
    inputs: list[str] = field(default_factory=list)
    reads: frozenset[str] = frozenset()  # free names of its expressions
    line: int | None = None


@dataclass(slots=True)
class KnowledgeModel:
    """A business knowledge model: a function."""

    id: str
    name: str
    type: str | None
    parameters: list[tuple[str, str | None]]
    logic: Logic | None
    needs: list[str]
    title: str = ""


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
    title: str = ""


Part = InputData | Decision | KnowledgeModel | Service


class DecisionModel:
    """One decision file with what it imports. Immutable after parsing; threads may share it."""

    def __init__(self, namespace: str, name: str, types: Types) -> None:
        self.namespace = namespace
        self.name = name
        self.types = types
        self.parts: dict[str, Part] = {}  # by id
        self.imports: dict[str, tuple[str, DecisionModel]] = {}  # namespace -> alias, model
        self.decisions: dict[str, Decision] = {}
        self.services: dict[str, Service] = {}
        self.declared: frozenset[str] = frozenset()  # names that only a requirement makes visible
        self.findings: list[DmnFinding] = []  # of a file that was read tolerantly
        self.names: dict[str, Decision | Service | KnowledgeModel] = {}
        self.quick: dict[str, Quick] = {}  # short roads of decisions, by id and by name

    def find(self, id_or_name: str) -> Decision | Service | KnowledgeModel | None:
        """A decision, service or knowledge model by id, else by name."""
        part = self.parts.get(id_or_name)
        if part is not None and not isinstance(part, InputData):
            return part
        return self.names.get(id_or_name)

    def complete(self) -> None:
        """Make what look-ups need, once all parts are there."""
        found = [part for part in self.parts.values() if not isinstance(part, InputData)]
        for part in sorted(found, key=lambda part: not isinstance(part, Decision)):
            self.names.setdefault(part.name, part)
        for part in found:
            self.names.setdefault(part.title, part)
        for decision in self.decisions.values():
            for href in decision.needs:
                target = self.parts.get(href.rpartition("#")[2])
                if not isinstance(target, InputData) or href.rpartition("#")[0] in self.imports:
                    decision.others.append(href)
                elif target.name in decision.reads or target.name in BUILTINS:  # a function's name is never free
                    decision.direct.append(target)

    def evaluate(
        self,
        id_or_name: str,
        context: Mapping[str, Any],
        *,
        now: datetime | None = None,
        limits: Limits = DEFAULT,
    ) -> DecisionResult:
        """Evaluate a decision, a decision service or a knowledge model with inputs by name.

        Inputs of imported models lie in contexts named by their imports, or under ``namespace#name``. Raises
        ``KeyError`` where there is no such decision, and ``FeelLimitError``.
        """
        quick = self.quick.get(id_or_name)
        if quick is not None and limits is DEFAULT:
            result = quick(context)
            if result is not None:
                return result
        part = self.find(id_or_name)
        from engine.dmn.run import evaluate

        if part is None:
            raise KeyError(id_or_name)
        return evaluate(self, part, context, now, limits)
