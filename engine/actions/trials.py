"""What a designer tries before publishing: an expression or a published decision on sample data. Nothing is written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from engine.access.policy import require
from engine.bpmn.expressions import FUNCTION_NAMES
from engine.definitions import registry
from engine.dmn.tables import Table
from engine.errors import Invalid, Text
from engine.feel import (
    FeelError,
    FeelSyntaxError,
    compile_expression,
    compile_unary_tests,
    from_json,
)
from engine.feel.textual import text_of
from engine.feel.values import type_name
from engine.store import Context
from engine.store.tables.definitions import DecisionDefinition

LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Tried:
    """What came out: the value as FEEL shows it, its type, and why what became null did so."""

    value: str
    type: str
    reasons: Sequence[Text] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A test of a rule on the sample: ``holds`` is None where the cell asks nothing."""

    text: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule of a table on the sample."""

    number: int
    cells: Sequence[Cell]
    outputs: Sequence[str]
    annotation: str
    matched: bool


@dataclass(frozen=True, slots=True)
class TableView:
    """A decision table on the sample, every cell looked at."""

    name: str
    policy: str
    inputs: Sequence[tuple[str, str]]  # label, value
    outputs: Sequence[str]
    rules: Sequence[RuleLine]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision's answer: its value, the tables that were asked, and why what became null did so."""

    value: str
    tables: Sequence[TableView] = ()
    reasons: Sequence[Text] = ()


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """The published decisions, and the inputs of the one that is chosen."""

    known: Sequence[tuple[str, str]]
    chosen: str | None = None
    inputs: Sequence[str] = field(default_factory=tuple)


def allowed(context: Context) -> None:
    """Raise ``Forbidden`` for who may not try things."""
    require(context.actor, "definition:read")


def try_expression(context: Context, text: str, sample: str, unary_input: str | None = None) -> Tried:
    """Evaluate an expression, or unary tests on an input, with sample data in JSON. Raises ``Invalid`` by field."""
    require(context.actor, "definition:read")
    scope = _sample(sample)
    _not_too_long("expression", text)
    names = FUNCTION_NAMES | frozenset(scope)
    try:
        if unary_input is not None and unary_input.strip():
            value = _literal(unary_input)
            holds = compile_unary_tests(text, names).evaluate(value, scope, now=context.now)
            return Tried(text_of(holds), type_name(holds))
        found = compile_expression(text.strip().removeprefix("="), names).explain(scope, now=context.now)
    except FeelError as error:
        raise Invalid(fields={"expression": _said(error)}) from error
    return Tried(text_of(found.value), type_name(found.value), [Text(item.es, item.en) for item in found.warnings])


def decisions(context: Context, chosen: str | None) -> DecisionPage:
    """The published decisions; with ``chosen``, its inputs. Raises ``NotFound``."""
    require(context.actor, "definition:read")
    rows = context.session.execute(
        select(DecisionDefinition.decision_id, DecisionDefinition.name)
        .where(DecisionDefinition.latest)
        .order_by(DecisionDefinition.name)
    ).all()
    known = [(row.decision_id, row.name or row.decision_id) for row in rows]
    if chosen is None:
        return DecisionPage(known)
    _, model = registry.decision(context, chosen)
    return DecisionPage(known, chosen, tuple(model.decisions[chosen].inputs))


def try_decision(context: Context, decision_id: str, values: Mapping[str, str]) -> Decided:
    """Decide on sample values: each a FEEL literal, or plain text. Raises ``NotFound``, ``Invalid``."""
    require(context.actor, "definition:read")
    _, model = registry.decision(context, decision_id)
    sample = {name: _literal(text) for name, text in values.items() if text.strip()}
    try:
        result = model.evaluate(decision_id, sample, now=context.now)
    except FeelError as error:
        raise Invalid(_said(error)) from error
    tables = {part.logic.element_id: part.logic for part in model.decisions.values() if isinstance(part.logic, Table)}
    views = [
        _table(tables[trace.element_id], trace, sample, context) for trace in result.trace if trace.element_id in tables
    ]
    return Decided(text_of(result.value), views, [Text(item.es, item.en) for item in result.warnings])


def _table(table: Table, trace: Any, sample: Mapping[str, Any], context: Context) -> TableView:
    matched = {item.index for item in trace.matched}
    lines = []
    for number, rule in enumerate(table.rules, 1):
        cells = [
            Cell(text, None if test is None else _holds(test, value, sample, context))
            for text, test, value in zip(rule.conditions, rule.tests, trace.inputs, strict=True)
        ]
        outputs = [item.text for item in rule.results]
        lines.append(RuleLine(number, cells, outputs, rule.annotation, number in matched))
    values = [
        (label, "" if value is None else text_of(value))
        for label, value in zip(trace.labels, trace.inputs, strict=True)
    ]
    return TableView(trace.name, trace.policy, values, [item.name for item in table.outputs], lines)


def _holds(test: Any, value: Any, sample: Mapping[str, Any], context: Context) -> bool:
    try:
        return bool(test.evaluate(value, sample, now=context.now))
    except FeelError:
        return False


def _sample(text: str) -> dict[str, Any]:
    _not_too_long("sample", text)
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise Invalid(
            fields={
                "sample": Text(
                    "Los datos no son JSON: revise el renglón {n}.", "The data are no JSON: see line {n}.", {"n": line}
                )
            }
        ) from error
    if not isinstance(found, dict):
        raise Invalid(
            fields={
                "sample": Text(
                    'Escriba los datos entre llaves, por nombre: {{"edad": 12}}.',
                    'Write the data in braces, by name: {{"edad": 12}}.',
                    {"": ""},
                )
            }
        )
    return from_json(found)  # type: ignore[no-any-return]


def _not_too_long(name: str, text: str) -> None:
    if len(text) > LONGEST:
        raise Invalid(
            fields={
                name: Text(
                    "Es demasiado largo (hasta {n} letras).", "It is too long (up to {n} characters).", {"n": LONGEST}
                )
            }
        )


def _literal(text: str) -> Any:
    """A FEEL value that reads nothing; any other text is itself."""
    text = text.strip()[:LONGEST]
    try:
        compiled = compile_expression(text)
        if not compiled.variables:
            return compiled.evaluate({})
    except FeelError:
        pass
    return text


def _said(error: FeelError) -> Text:
    """What is wrong, with the place under it."""
    caret = f"\n{error.caret}" if isinstance(error, FeelSyntaxError) else ""
    return Text("{es}", "{en}", {"es": error.es + caret, "en": error.en + caret})
