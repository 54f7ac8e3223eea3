"""Decision tables: hit policies, aggregation, defaults and allowed values (DMN 1.5, chapter 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.dmn.model import MatchedRule, Run, TableTrace
from engine.dmn.types import MISFIT, Types
from engine.feel import Expression, UnaryTests
from engine.feel.compiler import Frame
from engine.feel.operators import equal, less
from engine.feel.values import NUMBERS, as_number

POLICIES = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT"})
AGGREGATIONS = frozenset({"COUNT", "SUM", "MIN", "MAX"})


@dataclass(slots=True)
class Input:
    """A column of tests: the expression, and the values that are allowed."""

    label: str
    expression: Expression
    type: str | None
    allowed: UnaryTests | None


@dataclass(slots=True)
class Output:
    """A column of results. ``ranked`` are the allowed values in order of priority."""

    name: str
    type: str | None
    allowed: UnaryTests | None
    ranked: list[Expression]
    default: Expression | None


@dataclass(slots=True)
class Rule:
    """One row."""

    id: str | None
    tests: list[UnaryTests | None]  # None: any value
    results: list[Expression]
    annotation: str = ""


@dataclass(slots=True)
class Table:
    """A decision table, compiled."""

    name: str
    policy: str
    aggregation: str | None
    inputs: list[Input]
    outputs: list[Output]
    rules: list[Rule] = field(default_factory=list)
    types: Types | None = None

    def __call__(self, run: Run, frame: Frame) -> Any:
        """Decide."""
        values = self._inputs(run, frame)
        if values is None:
            return None
        stop = self.policy == "FIRST"
        matched: list[tuple[int, Rule]] = []
        cells = [frame.inner({"?": value}) for value in values]
        run.account.charge(len(self.rules))
        for index, rule in enumerate(self.rules, 1):
            for test, cell in zip(rule.tests, cells, strict=True):
                if test is not None and test._closure(cell) is not True:
                    break
            else:
                matched.append((index, rule))
                if stop:
                    break
        results = [[result.within(frame) for result in rule.results] for _, rule in matched]
        results = [self._typed(run, frame, row) for row in results]
        run.trace.append(
            TableTrace(
                self.name,
                values,
                [
                    MatchedRule(index, rule.id, self._row(row), rule.annotation)
                    for (index, rule), row in zip(matched, results, strict=True)
                ],
            )
        )
        return self._decide(run, frame, results)

    def _inputs(self, run: Run, frame: Frame) -> list[Any] | None:
        values = []
        for column in self.inputs:
            value = column.expression.within(frame)
            if column.allowed is not None and value is not None and not column.allowed.check(value, frame):
                run.account.warn(
                    f"«{column.label}» tiene un valor que la tabla no admite",
                    f"“{column.label}” has a value that the table does not allow",
                )
                return None
            values.append(value)
        return values

    def _typed(self, run: Run, frame: Frame, row: list[Any]) -> list[Any]:
        fitted = []
        for column, value in zip(self.outputs, row, strict=True):
            part = self.types.fit(value, column.type, frame) if self.types is not None else value
            fitted.append(None if part is MISFIT else part)
        return fitted

    def _row(self, row: list[Any]) -> Any:
        if len(self.outputs) == 1:
            return row[0]
        return {column.name: value for column, value in zip(self.outputs, row, strict=True)}

    def _decide(self, run: Run, frame: Frame, results: list[list[Any]]) -> Any:
        if not results:
            return self._default(frame)
        if self.policy == "UNIQUE":
            if len(results) > 1:
                run.account.warn(
                    f"en «{self.name}» coinciden {len(results)} renglones y solo puede uno",
                    f"in “{self.name}” {len(results)} rules match and only one may",
                )
                return None
            return self._row(results[0])
        if self.policy == "ANY":
            if any(equal(a, b) is not True for row in results[1:] for a, b in zip(results[0], row, strict=True)):
                run.account.warn(
                    f"en «{self.name}» coinciden renglones con resultados distintos",
                    f"in “{self.name}” rules with different results match",
                )
                return None
            return self._row(results[0])
        if self.policy == "FIRST":
            return self._row(results[0])
        if self.policy in ("PRIORITY", "OUTPUT ORDER"):
            ordered = sorted(results, key=self._rank(frame))
            return self._row(ordered[0]) if self.policy == "PRIORITY" else [self._row(row) for row in ordered]
        rows = [self._row(row) for row in results]
        return AGGREGATE[self.aggregation](rows) if self.aggregation else rows

    def _rank(self, frame: Frame) -> Callable[[list[Any]], list[int]]:
        orders = [[value.within(frame) for value in column.ranked] for column in self.outputs]

        def rank(row: list[Any]) -> list[int]:
            return [
                next((i for i, other in enumerate(order) if equal(value, other) is True), len(order))
                for value, order in zip(row, orders, strict=True)
                if order
            ]

        return rank

    def _default(self, frame: Frame) -> Any:
        if any(column.default is not None for column in self.outputs):
            row = [column.default.within(frame) if column.default else None for column in self.outputs]
            value = self._row(row)
            return [value] if self.policy in ("RULE ORDER", "OUTPUT ORDER") or self._lists() else value
        if self._lists():
            return []
        if self.policy == "COLLECT" and self.aggregation == "COUNT":
            return Decimal(0)
        return None

    def _lists(self) -> bool:
        return self.policy == "COLLECT" and self.aggregation is None


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


AGGREGATE: dict[str | None, Callable[[list[Any]], Any]] = {
    "COUNT": lambda rows: Decimal(len(rows)),
    "SUM": _sum,
    "MIN": lambda rows: _extreme(rows, True),
    "MAX": lambda rows: _extreme(rows, False),
}
