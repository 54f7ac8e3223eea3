"""Compiles boxed expressions into functions of a run and a frame (DMN 1.5, 10.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lxml import etree

from engine.dmn.errors import DmnFinding
from engine.dmn.model import Logic, Run
from engine.dmn.tables import AGGREGATIONS, POLICIES, Input, Output, Rule, Table
from engine.dmn.types import MISFIT, Types
from engine.feel import FeelFunction, FeelSyntaxError, Range, compile_expression, compile_unary_tests
from engine.feel.compiler import Frame, _range_items, invoke_named
from engine.feel.operators import both, either

if TYPE_CHECKING:
    from engine.feel import Expression, UnaryTests

EXPRESSIONS = frozenset(
    {
        "literalExpression", "decisionTable", "context", "invocation", "functionDefinition", "relation", "list",
        "conditional", "filter", "for", "some", "every",
    }
)  # fmt: skip


def tag(node: etree._Element) -> str:
    """Tag without namespace."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def child(node: etree._Element, *names: str) -> etree._Element | None:
    """The first child with one of these tags."""
    return next((item for item in node if tag(item) in names), None)


def children(node: etree._Element, *names: str) -> list[etree._Element]:
    """All children with one of these tags."""
    return [item for item in node if tag(item) in names]


def text_of(node: etree._Element | None) -> str:
    """The text of a ``text`` child."""
    inner = child(node, "text") if node is not None else None
    return (inner.text or "").strip() if inner is not None else ""


class BoxedCompiler:
    """Compiles the expressions of one file; ``names`` are all names of several words in it."""

    def __init__(self, names: Iterable[str], types: Types, findings: list[DmnFinding]) -> None:
        self.names = frozenset(names)
        self.types = types
        self.findings = findings

    # -- FEEL --------------------------------------------------------------------------------------------------------

    def feel(self, text: str, node: etree._Element, extra: Iterable[str] = ()) -> Expression:
        """Compile a FEEL text; a syntax error becomes a finding."""
        try:
            return compile_expression(text or "null", self.names | set(extra))
        except FeelSyntaxError as error:
            self._bad(error, text, node)
            return compile_expression("null")

    def tests(self, text: str, node: etree._Element) -> UnaryTests | None:
        """Compile unary tests; None for those that take any value."""
        if text.strip() in ("", "-"):
            return None
        try:
            return compile_unary_tests(text, self.names)
        except FeelSyntaxError as error:
            self._bad(error, text, node)
            return None

    def _bad(self, error: FeelSyntaxError, text: str, node: etree._Element) -> None:
        self.findings.append(
            DmnFinding(
                "expression.syntax",
                f"La expresión «{text[:80]}» no se entiende: {error.es}",
                f"The expression “{text[:80]}” cannot be read: {error.en}",
                _id(node),
                node.sourceline,
            )
        )

    def refuse(self, rule: str, es: str, en: str, node: etree._Element) -> None:
        """Note a reason to refuse the file."""
        self.findings.append(DmnFinding(rule, es, en, _id(node), node.sourceline))

    # -- boxed expressions -------------------------------------------------------------------------------------------

    def inside(self, node: etree._Element) -> Logic | None:
        """The boxed expression that ``node`` holds; None where it holds none."""
        found = child(node, *EXPRESSIONS)
        return self.compile(found) if found is not None else None

    def compile(self, node: etree._Element) -> Logic:
        """One boxed expression, with its type check."""
        kind = tag(node)
        logic: Logic = getattr(self, f"_{kind}")(node)
        type_ = node.get("typeRef")
        if type_ is None or kind == "functionDefinition":
            return logic

        def checked(run: Run, frame: Frame) -> Any:
            value = self.types.fit(logic(run, frame), type_, frame)
            if value is MISFIT:
                run.account.warn(f"el valor no es del tipo {type_}", f"the value is not of type {type_}")
                return None
            return value

        return checked

    def _literalExpression(self, node: etree._Element) -> Logic:  # noqa: N802
        language = node.get("expressionLanguage", "")
        if language and "FEEL" not in language.upper():
            self.refuse("expression.language", "Solo se evalúa FEEL.", "Only FEEL is evaluated.", node)
        text = text_of(node)
        if not text:
            return lambda run, frame: None
        expression = self.feel(text, node)
        return lambda run, frame: expression.within(frame)

    def _context(self, node: etree._Element) -> Logic:
        entries: list[tuple[str | None, str | None, Logic]] = []
        for entry in children(node, "contextEntry"):
            variable = child(entry, "variable")
            logic = self.inside(entry) or (lambda run, frame: None)
            entries.append(
                (variable.get("name") if variable is not None else None,
                 variable.get("typeRef") if variable is not None else None, logic)
            )  # fmt: skip

        def make(run: Run, frame: Frame) -> Any:
            bound: dict[str, Any] = {}
            inner = frame.inner(bound)
            for name, type_, logic in entries:
                value = logic(run, inner)
                fitted = self.types.fit(value, type_, frame)
                value = None if fitted is MISFIT else fitted
                if name is None:
                    return value
                bound[name] = value
            return bound

        return make

    def _invocation(self, node: etree._Element) -> Logic:
        called = child(node, *EXPRESSIONS)
        function = self.compile(called) if called is not None else None
        bindings = []
        for binding in children(node, "binding"):
            parameter = child(binding, "parameter")
            logic = self.inside(binding) or (lambda run, frame: None)
            bindings.append((parameter.get("name", "") if parameter is not None else "", logic))
        label = text_of(called) if called is not None else ""

        def call(run: Run, frame: Frame) -> Any:
            if function is None:
                return None
            arguments = {name: logic(run, frame) for name, logic in bindings}
            return invoke_named(run.account, label, function(run, frame), arguments)

        return call

    def function(self, node: etree._Element) -> tuple[list[tuple[str, str | None]], Logic | None]:
        """Parameters and body of a function definition."""
        if node.get("kind", "FEEL") not in ("FEEL", ""):
            self.refuse(
                "function.external", "Las funciones externas no se ejecutan.", "External functions are not run.", node
            )
        parameters = [(item.get("name", ""), item.get("typeRef")) for item in children(node, "formalParameter")]
        return parameters, self.inside(node)

    def _functionDefinition(self, node: etree._Element) -> Logic:  # noqa: N802
        parameters, body = self.function(node)
        names = [name for name, _ in parameters]

        def make(run: Run, frame: Frame) -> Any:
            def call(*arguments: Any) -> Any:
                bound = {}
                for (name, type_), value in zip(parameters, arguments, strict=True):
                    fitted = self.types.fit(value, type_, frame)
                    if fitted is MISFIT:
                        return None
                    bound[name] = fitted
                return body(run, frame.inner(bound)) if body is not None else None

            return FeelFunction(call, names)

        return make

    def _relation(self, node: etree._Element) -> Logic:
        columns = [column.get("name", "") for column in children(node, "column")]
        rows = [[self.compile(cell) for cell in children(row, *EXPRESSIONS)] for row in children(node, "row")]

        def make(run: Run, frame: Frame) -> Any:
            return [
                {name: cell(run, frame) for name, cell in zip(columns, row, strict=False)} for row in rows
            ]

        return make

    def _list(self, node: etree._Element) -> Logic:
        items = [self.compile(item) for item in children(node, *EXPRESSIONS)]
        return lambda run, frame: [item(run, frame) for item in items]

    def _part(self, node: etree._Element, name: str) -> Logic:
        part = child(node, name)
        logic = self.inside(part) if part is not None else None
        if logic is None:
            self.refuse("boxed.incomplete", f"Falta «{name}».", f"“{name}” is missing.", node)
            return lambda run, frame: None
        return logic

    def _conditional(self, node: etree._Element) -> Logic:
        condition, then, otherwise = (self._part(node, name) for name in ("if", "then", "else"))

        def choose(run: Run, frame: Frame) -> Any:
            return then(run, frame) if condition(run, frame) is True else otherwise(run, frame)

        return choose

    def _filter(self, node: etree._Element) -> Logic:
        source, match = self._part(node, "in"), self._part(node, "match")

        def keep(run: Run, frame: Frame) -> Any:
            items = source(run, frame)
            if items is None:
                return None
            kept = []
            for item in items if isinstance(items, list) else [items]:
                run.account.charge(1)
                bound = {**item, "item": item} if isinstance(item, dict) else {"item": item}
                verdict = match(run, frame.inner(bound))
                if verdict is True:
                    kept.append(item)
                elif verdict is not False:
                    run.account.warn("la condición del filtro no dio verdadero ni falso",
                                     "the filter's condition gave neither true nor false")  # fmt: skip
                    return None
            return kept

        return keep

    def _iterated(self, node: etree._Element, body: str) -> tuple[str, Logic, Logic]:
        return node.get("iteratorVariable", ""), self._part(node, "in"), self._part(node, body)

    def _for(self, node: etree._Element) -> Logic:
        name, source, body = self._iterated(node, "return")

        def loop(run: Run, frame: Frame) -> Any:
            items = _items(run, source(run, frame))
            if items is None:
                return None
            collected: list[Any] = []
            for item in items:
                run.account.charge(1)
                collected.append(body(run, frame.inner({name: item, "partial": collected})))
            return collected

        return loop

    def _quantified(self, node: etree._Element, join: Any, start: bool) -> Logic:
        name, source, body = self._iterated(node, "satisfies")

        def decide(run: Run, frame: Frame) -> Any:
            items = _items(run, source(run, frame))
            if items is None:
                return None
            result: bool | None = start
            for item in items:
                run.account.charge(1)
                result = join(result, body(run, frame.inner({name: item})))
            return result

        return decide

    def _some(self, node: etree._Element) -> Logic:
        return self._quantified(node, either, False)

    def _every(self, node: etree._Element) -> Logic:
        return self._quantified(node, both, True)

    # -- decision tables ---------------------------------------------------------------------------------------------

    def _decisionTable(self, node: etree._Element) -> Logic:  # noqa: N802
        policy = node.get("hitPolicy", "UNIQUE")
        aggregation = node.get("aggregation")
        if policy not in POLICIES:
            self.refuse("table.hit-policy", f"La política «{policy}» no existe.", f"There is no hit policy “{policy}”.", node)
        if aggregation is not None and aggregation not in AGGREGATIONS:
            self.refuse("table.aggregation", f"La agregación «{aggregation}» no existe.",
                        f"There is no aggregation “{aggregation}”.", node)  # fmt: skip
        parent = node.getparent()
        name = node.get("outputLabel") or (parent.get("name", "") if parent is not None else "")
        table = Table(
            name,
            policy,
            aggregation if policy == "COLLECT" else None,
            [self._table_input(item) for item in children(node, "input")],
            [self._table_output(item, len(children(node, "output")) > 1, node) for item in children(node, "output")],
            types=self.types,
        )
        if not table.outputs:
            self.refuse("table.outputs", "La tabla no tiene salidas.", "The table has no outputs.", node)
        for row in children(node, "rule"):
            self._table_rule(row, table)
        return table

    def _table_input(self, node: etree._Element) -> Input:
        expression = child(node, "inputExpression")
        text = text_of(expression)
        if not text:
            self.refuse("table.input", "A una entrada le falta la expresión.", "An input has no expression.", node)
        allowed = child(node, "inputValues")
        type_ = expression.get("typeRef") if expression is not None else None
        return Input(
            node.get("label") or text,
            self.feel(text, node),
            type_,
            self.tests(text_of(allowed), node) if allowed is not None else self._allowed_of(type_),
        )

    def _allowed_of(self, type_: str | None) -> UnaryTests | None:
        item = self.types.items.get(type_ or "")
        return item.allowed if item is not None and not item.is_collection else None

    def _table_output(self, node: etree._Element, several: bool, table: etree._Element) -> Output:
        values = child(node, "outputValues")
        default = child(node, "defaultOutputEntry")
        text = text_of(values)
        if several and not node.get("name"):
            self.refuse("table.output-name", "A una salida le falta el nombre.", "An output has no name.", node)
        ranked = []
        for piece in _split(text):
            try:
                ranked.append(compile_expression(piece, self.names))
            except FeelSyntaxError:
                ranked = []
                break
        default_text = text_of(default)
        return Output(
            node.get("name", ""),
            node.get("typeRef"),
            self.tests(text, node) if text else None,
            ranked,
            self.feel(default_text, node) if default_text else None,
        )

    def _table_rule(self, row: etree._Element, table: Table) -> None:
        tests = [self.tests(text_of(cell), cell) for cell in children(row, "inputEntry")]
        results = [self.feel(text_of(cell), cell) for cell in children(row, "outputEntry")]
        if len(tests) != len(table.inputs) or len(results) != len(table.outputs):
            self.refuse("table.cells", "El renglón no tiene tantas celdas como columnas la tabla.",
                        "The rule has not as many cells as the table has columns.", row)  # fmt: skip
            return
        annotation = child(row, "annotationEntry", "description")
        note = text_of(annotation) or ((annotation.text or "").strip() if annotation is not None else "")
        table.rules.append(Rule(row.get("id"), tests, results, note))


def _items(run: Run, value: Any) -> list[Any] | None:
    if isinstance(value, Range):
        return _range_items(run.account, value)
    if value is None:
        return None
    return value if isinstance(value, list) else [value]


def _split(text: str) -> list[str]:
    """The pieces between commas that stand outside quotes and brackets."""
    pieces, depth, quoted, start = [], 0, False, 0
    for position, char in enumerate(text):
        if char == '"' and text[position - 1 : position] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (char in "([{") - (char in ")]}")
            if char == "," and depth == 0:
                pieces.append(text[start:position].strip())
                start = position + 1
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]


def _id(node: etree._Element) -> str | None:
    """The nearest id at or around a node."""
    here: etree._Element | None = node
    while here is not None:
        if here.get("id"):
            return str(here.get("id"))
        here = here.getparent()
    return None
