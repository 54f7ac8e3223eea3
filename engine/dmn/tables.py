"""Decision tables: hit policies, aggregation, defaults and allowed values (DMN 1.5, chapter 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.dmn.columns import Column
from engine.dmn.model import MatchedRule, TableTrace
from engine.dmn.types import MISFIT, Types
from engine.feel import Expression, UnaryTests
from engine.feel.frames import Frame
from engine.feel.operators import equal, less
from engine.feel.values import NUMBERS, as_number

if TYPE_CHECKING:
    from engine.dmn.run import Run

POLICIES = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT"})
AGGREGATIONS = frozenset({"COUNT", "SUM", "MIN", "MAX"})


@dataclass(slots=True)
class Input:
    """A column of tests: the expression, and the values that are allowed."""

    label: str
    expression: Expression
    allowed: UnaryTests | None


@dataclass(slots=True)
class Output:
    """A column of results. ``ranked`` gives the allowed values in order of priority."""

    name: str
    type: str | None
    allowed: UnaryTests | None
    ranked: Expression | None
    default: Expression | None


@dataclass(slots=True)
class Rule:
    """One row; a test of None takes any value."""

    id: str | None
    tests: list[UnaryTests | None]
    results: list[Expression]
    annotation: str = ""
    conditions: tuple[str, ...] = ()


@dataclass(slots=True)
class Table:
    """A decision table, compiled."""

    element_id: str | None
    name: str
    policy: str
    aggregation: str | None
    inputs: list[Input]
    outputs: list[Output]
    rules: list[Rule]
    types: Types
    columns: list[Column] = field(init=False)
    labels: tuple[str, ...] = field(init=False)
    every: int = field(init=False)

    def __post_init__(self) -> None:
        """Arrange the cells by column."""
        self.columns = [Column([rule.tests[i] for rule in self.rules]) for i in range(len(self.inputs))]
        self.labels = tuple(column.label for column in self.inputs)
        self.every = (1 << len(self.rules)) - 1

    def __call__(self, run: Run, frame: Frame) -> Any:
        """Decide."""
        run.account.charge(len(self.rules) + 1)
        values: list[Any] = []
        possible = self.every
        for source, column in zip(self.inputs, self.columns, strict=True):
            value = source.expression.within(frame)
            values.append(value)
            if source.allowed is not None and value is not None and not source.allowed.check(value, frame):
                run.account.warn(
                    f"«{source.label}» tiene un valor que la tabla no admite",
                    f"“{source.label}” has a value that the table does not allow",
                )
                return None
            if possible:
                possible = column.matching(value, possible, frame)
        if self.policy == "FIRST":
            possible &= -possible
        matched: list[tuple[Rule, list[Any]]] = []
        trace: list[MatchedRule] = []
        while possible:
            index = (possible & -possible).bit_length()
            possible &= possible - 1
            rule = self.rules[index - 1]
            row = self._results(run, rule, frame)
            matched.append((rule, row))
            trace.append(MatchedRule(index, rule.id, self.row(row), rule.annotation, rule.conditions))
        run.trace.append(TableTrace(self.element_id, self.name, self.policy, self.labels, values, trace))
        return self._decide(run, frame, [row for _, row in matched])

    def _results(self, run: Run, rule: Rule, frame: Frame) -> list[Any]:
        row = []
        for column, result in zip(self.outputs, rule.results, strict=True):
            value = result.within(frame)
            if column.type is not None:
                value = self.types.fit(value, column.type, frame)
            if value is MISFIT or (
                column.allowed is not None and value is not None and not column.allowed.check(value, frame)
            ):
                run.account.warn(
                    f"en «{self.name}» un resultado no es de los que la salida admite",
                    f"in “{self.name}” a result is none that the output allows",
                )
                value = None
            row.append(value)
        return row

    def row(self, row: list[Any]) -> Any:
        """The results of one rule as one value: itself, or a context of several outputs."""
        if len(self.outputs) == 1:
            return row[0]
        return {column.name: value for column, value in zip(self.outputs, row, strict=True)}

    def _decide(self, run: Run, frame: Frame, results: list[list[Any]]) -> Any:
        if not results:
            return self._default(frame)
        if self.policy == "UNIQUE" and len(results) > 1:
            run.account.warn(
                f"en «{self.name}» coinciden {len(results)} renglones y solo puede uno",
                f"in “{self.name}” {len(results)} rules match and only one may",
            )
            return None
        if self.policy == "ANY" and not self._agree(results):
            run.account.warn(
                f"en «{self.name}» coinciden renglones con resultados distintos",
                f"in “{self.name}” rules with different results match",
            )
            return None
        if self.policy in ("UNIQUE", "ANY", "FIRST"):
            return self.row(results[0])
        if self.policy in ("PRIORITY", "OUTPUT ORDER"):
            ordered = sorted(results, key=self._rank(frame))
            return self.row(ordered[0]) if self.policy == "PRIORITY" else [self.row(row) for row in ordered]
        rows = [self.row(row) for row in results]
        return self._aggregated(run, rows) if self.aggregation else rows

    @staticmethod
    def _agree(results: list[list[Any]]) -> bool:
        return all(equal(a, b) is True for row in results[1:] for a, b in zip(results[0], row, strict=True))

    def _aggregated(self, run: Run, rows: list[Any]) -> Any:
        value = AGGREGATE[self.aggregation or ""](rows)
        if value is None:
            run.account.warn(
                f"los resultados de «{self.name}» no se pueden reunir con {self.aggregation}",
                f"the results of “{self.name}” cannot be collected by {self.aggregation}",
            )
        return value

    def _rank(self, frame: Frame) -> Callable[[list[Any]], list[int]]:
        orders = [column.ranked.within(frame) if column.ranked is not None else None for column in self.outputs]

        def rank(row: list[Any]) -> list[int]:
            return [
                next((i for i, other in enumerate(order) if equal(value, other) is True), len(order))
                for value, order in zip(row, orders, strict=True)
                if order
            ]

        return rank

    def _default(self, frame: Frame) -> Any:
        lists = self.policy in ("RULE ORDER", "OUTPUT ORDER") or (self.policy == "COLLECT" and not self.aggregation)
        if any(column.default is not None for column in self.outputs):
            value = self.row([column.default.within(frame) if column.default else None for column in self.outputs])
            return [value] if lists and not isinstance(value, list) else value
        if self.policy == "COLLECT" and not self.aggregation:
            return []
        return Decimal(0) if self.aggregation == "COUNT" else None


def _sum(rows: list[Any]) -> Any:
    total = Decimal(0)
    for row in rows:
        number = as_number(row)
        if number is None:
            return None
        total = NUMBERS.add(total, number)
    return total


def _extreme(rows: list[Any], smallest: bool) -> Any:
    best = rows[0]
    for row in rows[1:]:
        lower = less(row, best) if smallest else less(best, row)
        if lower is None:
            return None
        best = row if lower else best
    return best


AGGREGATE: dict[str, Callable[[list[Any]], Any]] = {
    "COUNT": lambda rows: Decimal(len(rows)),
    "SUM": _sum,
    "MIN": lambda rows: _extreme(rows, True),
    "MAX": lambda rows: _extreme(rows, False),
}
