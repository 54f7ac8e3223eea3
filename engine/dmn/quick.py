"""The short road for the table that most decisions are: inputs by name, constant cells, constant results.

Where a decision's table has only such columns, where every value given is of its column's kind, and where one rule
decides, the answer is a handful of look-ups. In any other case the short road says nothing and the long one is taken,
which gives the same answer with its warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from engine.dmn.columns import Find
from engine.dmn.model import Decision, DecisionModel, DecisionResult, MatchedRule, TableTrace
from engine.dmn.tables import Table
from engine.dmn.types import MISFIT, Types
from engine.feel import DEFAULT
from engine.feel.frames import Frame
from engine.feel.limits import Account

# A tuple's own maker takes half the time of the class's, which looks at names.
as_trace: Callable[[tuple[Any, ...]], TableTrace] = partial(tuple.__new__, TableTrace)
as_result: Callable[[tuple[Any, ...]], DecisionResult] = partial(tuple.__new__, DecisionResult)
SINGLE = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY"})


class QuickTable:
    """The look-ups of one decision."""

    __slots__ = ("columns", "first", "rows", "several", "table")

    def __init__(self, table: Table, columns: list[tuple[str, type, Find, int]], rows: list[MatchedRule]) -> None:
        self.table = table
        self.columns = columns
        self.rows = rows
        self.first = table.policy == "FIRST"
        self.several = len(table.outputs) > 1

    def __call__(self, context: Mapping[str, Any]) -> DecisionResult | None:
        """The result; None where the long road has to be taken."""
        table = self.table
        possible = table.every
        values = []
        for name, kind, find, otherwise in self.columns:
            value = context.get(name)
            if type(value) is not kind:
                if kind is not Decimal or type(value) is not int:
                    return None
                value = Decimal(value)
            values.append(value)
            possible &= find(value, otherwise)
        if not possible or (possible & (possible - 1) and not self.first):
            return None
        row = self.rows[(possible & -possible).bit_length() - 1]
        value = row.outputs
        if self.several:
            row, value = row._replace(outputs=dict(value)), dict(value)
        trace = as_trace((table.element_id, table.name, table.policy, table.labels, values, [row]))
        return as_result((value, (trace,), ()))


def quick_table(decision: Decision, model: DecisionModel) -> QuickTable | None:
    """The short road of a decision, where it has one."""
    table = decision.logic
    if not isinstance(table, Table) or decision.others or table.policy not in SINGLE or not table.rules:
        return None
    kinds = {item.name: (item.type, item.plain) for item in decision.direct}
    hidden = ("", None)
    columns: list[tuple[str, type, Find, int]] = []
    for source, column in zip(table.inputs, table.columns, strict=True):
        name = source.expression.text
        type_, plain = kinds.get(name, hidden if name in model.declared else (None, None))
        if source.expression.tree != ("name", name) or source.allowed is not None or column.slow:
            return None
        if column.find is None or column.kind is None or (type_ is not None and plain is not column.kind):
            return None
        columns.append((name, column.kind, column.find, column.otherwise))
    rows = _rows(table, decision, model.types)
    return QuickTable(table, columns, rows) if rows is not None else None


def _rows(table: Table, decision: Decision, types: Types) -> list[MatchedRule] | None:
    """What each rule gives, if constants of the declared types."""
    frame = Frame({}, None, Account(DEFAULT, None))
    rows = []
    for index, rule in enumerate(table.rules, 1):
        if any(result.tree[0] != "constant" for result in rule.results):
            return None
        row = []
        for column, result in zip(table.outputs, rule.results, strict=True):
            value = types.fit(result.within(frame), column.type, frame)
            if value is MISFIT or (column.allowed is not None and not column.allowed.check(value, frame)):
                return None
            row.append(value)
        outputs = table.row(row)
        if types.fit(outputs, decision.type, frame) != outputs:
            return None
        rows.append(MatchedRule(index, rule.id, outputs, rule.annotation, rule.conditions))
    return rows
