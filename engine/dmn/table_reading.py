"""Reads decision tables: columns, cells, hit policies; every cell is compiled once, here."""

from __future__ import annotations

from engine.dmn.compiling import Boxed, BoxedCompiler
from engine.dmn.model import Logic
from engine.dmn.nodes import Node, child, children, nearest_id, text_of
from engine.dmn.tables import AGGREGATIONS, POLICIES, Input, Output, Rule, Table
from engine.feel import Expression, FeelSyntaxError, UnaryTests, compile_expression


def decision_table(compiler: BoxedCompiler, node: Node) -> Logic:
    """One decision table."""
    policy, aggregation = _policy(compiler, node)
    inputs = [_input(compiler, item) for item in children(node, "input")]
    columns = children(node, "output")
    outputs = [_output(compiler, item, len(columns) > 1) for item in columns]
    if not outputs:
        compiler.refuse("table.outputs", "La tabla no tiene salidas.", "The table has no outputs.", node)
    if aggregation not in (None, "COUNT") and len(outputs) > 1:
        compiler.refuse(
            "table.aggregation-outputs",
            f"{aggregation} reúne una sola salida, y la tabla tiene {len(outputs)}.",
            f"{aggregation} collects a single output, and the table has {len(outputs)}.",
            node,
        )
    rules = [rule for row in children(node, "rule") if (rule := _rule(compiler, row, len(inputs), len(outputs)))]
    return Table(nearest_id(node), _name(node), policy, aggregation, inputs, outputs, rules, compiler.types)


def _name(node: Node) -> str:
    """The label of the table's output, else the name of what holds it."""
    here: Node | None = node
    while here is not None:
        name = here.get("outputLabel") or here.get("name")
        if name:
            return str(name)
        here = here.getparent()
    return ""


def _policy(compiler: BoxedCompiler, node: Node) -> tuple[str, str | None]:
    policy, aggregation = node.get("hitPolicy", "UNIQUE"), node.get("aggregation")
    if policy not in POLICIES:
        compiler.refuse(
            "table.hit-policy",
            f"La política «{policy[:40]}» no existe.",
            f"There is no hit policy “{policy[:40]}”.",
            node,
        )
    if aggregation is not None and aggregation not in AGGREGATIONS:
        compiler.refuse(
            "table.aggregation",
            f"La agregación «{aggregation[:40]}» no existe.",
            f"There is no aggregation “{aggregation[:40]}”.",
            node,
        )
        aggregation = None
    return policy, aggregation if policy == "COLLECT" else None


def _input(compiler: BoxedCompiler, node: Node) -> Input:
    expression = child(node, "inputExpression")
    text = text_of(expression)
    if expression is None or not text:
        compiler.refuse("table.input", "A una entrada le falta la expresión.", "An input has no expression.", node)
    type_ = compiler.type_of(expression)
    allowed = child(node, "inputValues")
    own = compiler.tests(text_of(allowed), allowed) if allowed is not None else None
    label = node.get("label") or text
    source = compiler.feel(text, expression if expression is not None else node)
    return Input(label, source, own or compiler.types.allowed(type_))


def _output(compiler: BoxedCompiler, node: Node, several: bool) -> Output:
    name = node.get("name", "").strip()
    if several and not name:
        compiler.refuse("table.output-name", "A una salida le falta el nombre.", "An output has no name.", node)
    type_ = compiler.type_of(node)
    values, default = child(node, "outputValues"), child(node, "defaultOutputEntry")
    allowed = compiler.tests(text_of(values), values) if values is not None else compiler.types.allowed(type_)
    text = text_of(default)
    return Output(
        name,
        type_,
        allowed if values is not None else None,  # those of the type are checked with the type
        _ranked(compiler, allowed),
        compiler.feel(text, default) if default is not None and text else None,
    )


def _ranked(compiler: BoxedCompiler, allowed: UnaryTests | None) -> Expression | None:
    """The allowed values as a list, where they are values."""
    if allowed is None:
        return None
    try:
        return compile_expression(f"[{allowed.text}]", compiler.names)
    except FeelSyntaxError:
        return None


def _rule(compiler: BoxedCompiler, row: Node, inputs: int, outputs: int) -> Rule | None:
    cells = children(row, "inputEntry")
    tests = [compiler.tests(text_of(cell), cell) for cell in cells]
    results = [compiler.feel(text_of(cell), cell) for cell in children(row, "outputEntry")]
    if len(tests) != inputs or len(results) != outputs:
        compiler.refuse(
            "table.cells",
            "El renglón no tiene tantas celdas como columnas la tabla.",
            "The rule has not as many cells as the table has columns.",
            row,
        )
        return None
    notes = [text_of(item) for item in children(row, "annotationEntry")]
    if not notes:
        notes = [(item.text or "").strip() for item in children(row, "description")]
    conditions = tuple(text_of(cell) or "-" for cell in cells)
    return Rule(row.get("id"), tests, results, " · ".join(note for note in notes if note), conditions)


TABLES: dict[str, Boxed] = {"decisionTable": decision_table}
