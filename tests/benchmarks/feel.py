"""FEEL and decision tables against the same logic written by hand in Python with ``decimal``."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import prod
from time import perf_counter_ns
from typing import Any
from xml.sax.saxutils import escape

from engine.dmn import parse_dmn
from engine.feel import compile_expression, from_json

Logic = Callable[[Mapping[str, Any]], Any]

SCOPE: dict[str, Any] = {
    **from_json(
        {
            "identificacion": "cierta",
            "a_solas": True,
            "consentimiento": "parcial",
            "edad": 34,
            "visitas": 3,
            "folio": "mx-tap-2026-000123",
            "tope": 5000,
            "tasa": 24.6,
            "case": {"id": "c-1", "compartments": ["SALUD", "VIOLENCIA"], "priority": 2},
            "gastos": [{"concepto": f"gasto {i}", "monto": 100 + i, "cantidad": i % 3 + 1} for i in range(12)],
            "familiares": [{"nombre": f"Persona {i}", "edad": 10 + 4 * i, "acompana": i % 2 == 0} for i in range(12)],
            "resumen": "Vista en el centro de detención",
            "resolucion": "cerrado",
        }
    ),
    "recibido": datetime(2026, 3, 2, 10, 30, tzinfo=UTC),
    "fecha_nac": date(1991, 7, 9),
    "hoy": date(2026, 3, 2),
}
TWO_DAYS = timedelta(hours=48)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Pair:
    """One piece of logic in FEEL and by hand."""

    name: str
    text: str
    by_hand: Logic


def _years(scope: Mapping[str, Any]) -> Any:
    born, today = scope["fecha_nac"], scope["hoy"]
    if born is None:
        return scope["edad"]
    return Decimal(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


def _total(scope: Mapping[str, Any]) -> Any:
    total = Decimal(0)
    for item in scope["gastos"]:
        total += item["monto"] * item["cantidad"]
    return total


PAIRS = (
    Pair(
        "condition",
        'identificacion = "cierta" and a_solas = true and edad >= 18',
        lambda s: s["identificacion"] == "cierta" and s["a_solas"] is True and s["edad"] >= Decimal(18),
    ),
    Pair(
        "in",
        'consentimiento in ("otorgado", "parcial", "interes_vital") and edad in [18..65)',
        lambda s: (
            s["consentimiento"] in ("otorgado", "parcial", "interes_vital") and Decimal(18) <= s["edad"] < Decimal(65)
        ),
    ),
    Pair(
        "if",
        "if visitas = null then 1 else visitas + 1",
        lambda s: Decimal(1) if s["visitas"] is None else s["visitas"] + Decimal(1),
    ),
    Pair("deadline", 'recibido + duration("PT48H")', lambda s: s["recibido"] + TWO_DAYS),
    Pair("age", "if fecha_nac != null then years and months duration(fecha_nac, hoy).years else edad", _years),
    Pair(
        "lists",
        'a_solas = true and not(list contains(case.compartments, "NNA"))'
        ' and not(list contains(case.compartments, "TRATA"))',
        lambda s: (
            s["a_solas"] is True and "NNA" not in s["case"]["compartments"] and "TRATA" not in s["case"]["compartments"]
        ),
    ),
    Pair(
        "filter",
        "count(familiares[edad < 18 and acompana = true]) > 0",
        lambda s: sum(1 for p in s["familiares"] if p["edad"] < Decimal(18) and p["acompana"] is True) > 0,
    ),
    Pair("sum", "sum(for g in gastos return g.monto * g.cantidad)", _total),
    Pair(
        "strings",
        'upper case(substring before(folio, "-")) + "/" + substring(folio, 8, 4)',
        lambda s: s["folio"][: s["folio"].find("-")].upper() + "/" + s["folio"][7:11],
    ),
    Pair(
        "money",
        "if case.priority <= 2 then decimal(tope * 1.15 / tasa, 2) else tope",
        lambda s: (
            (s["tope"] * Decimal("1.15") / s["tasa"]).quantize(CENT)
            if s["case"]["priority"] <= Decimal(2)
            else s["tope"]
        ),
    ),
)

CHANNELS = ("telefono", "correo", "presencial", "rondas", "redes")
RISKS = ("bajo", "medio", "alto", "extremo")


def _rules() -> list[tuple[str, int, int, str, bool, str]]:
    """Forty rules over five inputs, of which each combination of inputs meets one at most."""
    return [
        (channel, low, low + 30, risk, alone, f"plan-{i}-{j}")
        for i, channel in enumerate(CHANNELS)
        for j, (low, risk, alone) in enumerate(
            (low, risk, alone) for low, alone in ((0, True), (30, False)) for risk in RISKS
        )
    ]


def _table_xml() -> bytes:
    names = ("canal", "edad", "riesgo", "a_solas", "visitas")
    types = ("string", "number", "string", "boolean", "number")
    rows = []
    for channel, low, high, risk, alone, plan in _rules():
        cells = (f'"{channel}"', f"[{low}..{high})", f'"{risk}"', str(alone).lower(), "< 100")
        tests = "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in cells)
        rows.append(f'<rule>{tests}<outputEntry><text>"{plan}"</text></outputEntry></rule>')
    data = "".join(
        f'<inputData id="i_{n}" name="{n}"><variable name="{n}" typeRef="{t}"/></inputData>'
        for n, t in zip(names, types, strict=True)
    )
    needs = "".join(f'<informationRequirement><requiredInput href="#i_{n}"/></informationRequirement>' for n in names)
    columns = "".join(f"<input><inputExpression><text>{n}</text></inputExpression></input>" for n in names)
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="urn:bench">'
        f'{data}<decision id="plan" name="plan"><variable name="plan"/>{needs}'
        f'<decisionTable hitPolicy="UNIQUE">{columns}<output name="plan"/>{"".join(rows)}</decisionTable>'
        "</decision></definitions>"
    ).encode()


def _table_by_hand() -> Logic:
    """What a programmer would write: the rules in order, each tested until one fits."""
    rules = [
        (channel, Decimal(low), Decimal(high), risk, alone, plan) for channel, low, high, risk, alone, plan in _rules()
    ]
    hundred = Decimal(100)

    def decide(scope: Mapping[str, Any]) -> Any:
        channel, age, risk = scope["canal"], scope["edad"], scope["riesgo"]
        alone, visits = scope["a_solas"], scope["visitas"]
        for c, low, high, r, a, plan in rules:
            if channel == c and low <= age < high and risk == r and alone is a and visits < hundred:
                return plan
        return None

    return decide


def _table_by_index() -> Logic:
    """What a programmer would write who knows that the texts and the boolean together name one rule."""
    rules = {
        (channel, risk, alone): (Decimal(low), Decimal(high), plan)
        for channel, low, high, risk, alone, plan in _rules()
    }
    hundred = Decimal(100)

    def decide(scope: Mapping[str, Any]) -> Any:
        found = rules.get((scope["canal"], scope["riesgo"], scope["a_solas"]))
        if found is not None and found[0] <= scope["edad"] < found[1] and scope["visitas"] < hundred:
            return found[2]
        return None

    return decide


def _situations() -> list[dict[str, Any]]:
    """One situation for each rule."""
    return [
        {
            "canal": channel,
            "edad": Decimal(low + 7),
            "riesgo": risk,
            "a_solas": alone,
            "visitas": Decimal(3),
        }
        for channel, low, _, risk, alone, _ in _rules()
    ]


def _spent(run: Logic, scopes: list[Any], repeat: int) -> float:
    begun = perf_counter_ns()
    for _ in range(repeat):
        for scope in scopes:
            run(scope)
    return (perf_counter_ns() - begun) / repeat / len(scopes)


def compare(candidate: Logic, floor: Logic, scopes: list[Any], rounds: int) -> tuple[float, float]:
    """Nanoseconds of both, each the best of ``rounds`` rounds that alternate."""
    for scope in scopes:
        got, expected = candidate(scope), floor(scope)
        if got != expected:
            raise AssertionError(f"{got!r} is not {expected!r}")
    repeat = max(1, 4_000 // len(scopes))
    collecting = gc.isenabled()
    gc.disable()
    try:
        pairs = [(_spent(candidate, scopes, repeat), _spent(floor, scopes, repeat)) for _ in range(rounds)]
    finally:
        if collecting:
            gc.enable()
    return min(a for a, _ in pairs), min(b for _, b in pairs)


def measure(options: Any) -> dict[str, Any]:
    """Ratios (geometric mean and highest of the expressions, the table's), then what lies behind them."""
    rounds = 5 if options.quick else 25
    expressions = {}
    for pair in PAIRS:
        feel, floor = compare(compile_expression(pair.text).evaluate, pair.by_hand, [SCOPE], rounds)
        expressions[pair.name] = {"ratio": round(feel / floor, 2), "feel_ns": round(feel), "by_hand_ns": round(floor)}
    model = parse_dmn(_table_xml(), "plan.dmn")

    def decide(scope: Mapping[str, Any]) -> Any:
        return model.evaluate("plan", scope).value

    situations = _situations()
    table, by_hand = compare(decide, _table_by_hand(), situations, rounds)
    again, by_index = compare(decide, _table_by_index(), situations, rounds)
    ratios = [entry["ratio"] for entry in expressions.values()]
    return {
        "ratio_expressions": round(prod(ratios) ** (1 / len(ratios)), 2),
        "ratio_expressions_max": max(ratios),
        "ratio_table": round(table / by_hand, 2),
        "ratio_table_to_index": round(again / by_index, 2),
        "expressions": expressions,
        "table": {"dmn_ns": round(table), "by_hand_ns": round(by_hand), "by_index_ns": round(by_index)},
    }


def describe(result: Mapping[str, Any]) -> str:
    """The same for people."""
    lines = [
        f"expressions: {result['ratio_expressions']}× by hand (highest {result['ratio_expressions_max']}×)",
        f"table of 40 rules and 5 inputs: {result['ratio_table']}× rules tried in order,"
        f" {result['ratio_table_to_index']}× one look-up by hand",
        "",
    ]
    for name, entry in result["expressions"].items():
        lines.append(f"{name:12}{entry['ratio']:6.2f}×  {entry['feel_ns']:6} ns  by hand {entry['by_hand_ns']:6} ns")
    table = result["table"]
    lines.append(
        f"{'table':12}{result['ratio_table']:6.2f}×  {table['dmn_ns']:6} ns  by hand {table['by_hand_ns']:6} ns"
    )
    return "\n".join(lines)
