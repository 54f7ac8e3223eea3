"""Boxed values: literals, contexts, invocations, functions, relations, lists, conditionals (DMN 1.5, 10.2)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from engine.dmn.compiling import Boxed, BoxedCompiler, nothing
from engine.dmn.model import Logic
from engine.dmn.nodes import Node, child, children, text_of
from engine.dmn.run import function_value
from engine.dmn.types import MISFIT
from engine.feel.calling import invoke_named
from engine.feel.frames import Frame

if TYPE_CHECKING:
    from engine.dmn.run import Run

Parameters = list[tuple[str, str | None]]


def literal(compiler: BoxedCompiler, node: Node) -> Logic:
    """A FEEL text."""
    text = text_of(node)
    if not text:
        return nothing
    expression = compiler.feel(text, node)
    return lambda _, frame: expression.within(frame)


def context(compiler: BoxedCompiler, node: Node) -> Logic:
    """Named entries, each seeing those before it; an entry without a name is the result."""
    entries: list[tuple[str | None, str | None, Logic]] = []
    with ExitStack() as stack:
        for entry in children(node, "contextEntry"):
            variable = child(entry, "variable")
            name = variable.get("name", "").strip() if variable is not None else None
            defines = child(entry, "functionDefinition") is not None
            with compiler.scope([name] if name and defines else []):  # a function may call itself
                logic = compiler.inside(entry) or nothing
            entries.append((name, compiler.type_of(variable), logic))
            if name:
                stack.enter_context(compiler.scope([name]))

    def make(run: Run, frame: Frame) -> Any:
        bound: dict[str, Any] = {}
        inner = frame.inner(bound)
        run.account.charge(len(entries))
        for name, type_, logic in entries:
            value = logic(run, inner)
            fitted = compiler.types.fit(value, type_, frame)
            if fitted is MISFIT:
                run.account.warn(f"«{name}» no es del tipo {type_}", f"“{name}” is not of type {type_}")
                fitted = None
            if name is None:
                return fitted
            bound[name] = fitted
        return bound

    return make


def invocation(compiler: BoxedCompiler, node: Node) -> Logic:
    """A call with arguments by name."""
    called = child(node, *compiler.kinds)
    if called is None:
        compiler.refuse("boxed.incomplete", "A la invocación le falta la función.",
                        "The invocation has no function.", node)  # fmt: skip
        return nothing
    function = compiler.compile(called)
    label = text_of(called)
    bindings = []
    for binding in children(node, "binding"):
        parameter = child(binding, "parameter")
        name = parameter.get("name", "").strip() if parameter is not None else ""
        bindings.append((name, compiler.inside(binding) or nothing))

    def call(run: Run, frame: Frame) -> Any:
        arguments = {name: logic(run, frame) for name, logic in bindings}
        return invoke_named(run.account, label, function(run, frame), arguments)

    return call


def signature(compiler: BoxedCompiler, node: Node) -> tuple[Parameters, Logic | None]:
    """Parameters and body of a function definition."""
    parameters = [(item.get("name", "").strip(), compiler.type_of(item)) for item in children(node, "formalParameter")]
    if node.get("kind", "FEEL") not in ("FEEL", ""):
        compiler.refuse(
            "function.external", "Las funciones externas no se ejecutan.", "External functions are not run.", node
        )
        return parameters, nothing
    with compiler.scope(name for name, _ in parameters):
        return parameters, compiler.inside(node)


def function(compiler: BoxedCompiler, node: Node) -> Logic:
    """A function as a value; it sees what is around it."""
    parameters, body = signature(compiler, node)

    def make(run: Run, frame: Frame) -> Any:
        def call(*arguments: Any) -> Any:
            bound = run.arguments(compiler.types, parameters, arguments)
            if bound is None or body is None:
                return None
            run.account.enter()
            try:
                return body(run, frame.inner(bound))
            finally:
                run.account.leave()

        return function_value(call, parameters)

    return make


def relation(compiler: BoxedCompiler, node: Node) -> Logic:
    """A list of contexts, written as rows and columns."""
    columns = [column.get("name", "").strip() for column in children(node, "column")]
    rows = [compiler.boxes(row) for row in children(node, "row")]
    for row, written in zip(rows, children(node, "row"), strict=True):
        if len(row) != len(columns):
            compiler.refuse("relation.cells", "El renglón no tiene tantas celdas como columnas la relación.",
                            "The row has not as many cells as the relation has columns.", written)  # fmt: skip

    def make(run: Run, frame: Frame) -> Any:
        run.account.charge(len(rows))
        return [{name: cell(run, frame) for name, cell in zip(columns, row, strict=False)} for row in rows]

    return make


def items(compiler: BoxedCompiler, node: Node) -> Logic:
    """A list."""
    parts = compiler.boxes(node)
    return lambda run, frame: [part(run, frame) for part in parts]


def conditional(compiler: BoxedCompiler, node: Node) -> Logic:
    """``if``, ``then``, ``else``; a condition that is neither true, false nor null makes the whole null."""
    condition, then, otherwise = (compiler.part(node, name) for name in ("if", "then", "else"))

    def choose(run: Run, frame: Frame) -> Any:
        verdict = condition(run, frame)
        if verdict is True:
            return then(run, frame)
        if verdict is not None and verdict is not False:
            run.account.warn("la condición no dio verdadero ni falso", "the condition gave neither true nor false")
            return None
        return otherwise(run, frame)

    return choose


VALUES: dict[str, Boxed] = {
    "literalExpression": literal,
    "context": context,
    "invocation": invocation,
    "functionDefinition": function,
    "relation": relation,
    "list": items,
    "conditional": conditional,
}
