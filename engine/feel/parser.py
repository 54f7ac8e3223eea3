"""Reads FEEL into a tree by operator precedence, keeping a table of the names in scope.

A generated LALR parser cannot know where a name with spaces ends: that depends on what is in scope at that point (DMN
1.5, 10.3.1.4). This parser knows, it never goes back, and it can say what it expected. Trees are tuples: a kind, then
its parts. Chains of one operator are one node, so that a long sum is no deep tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, DecimalException

from engine.feel.errors import FeelSyntaxError
from engine.feel.iso import parse_literal
from engine.feel.names import Names
from engine.feel.reader import Node, Reader
from engine.feel.typenames import read_type
from engine.feel.values import NUMBERS

COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
ANY, CONJUNCTION, COMPARISON, ADDITIVE, PRODUCT, POWER = 1, 2, 3, 4, 5, 6
LEVELS = {
    "or": ANY, "and": CONJUNCTION, "between": COMPARISON, "in": COMPARISON, "+": ADDITIVE, "-": ADDITIVE,
    "*": PRODUCT, "/": PRODUCT, "**": POWER, **dict.fromkeys(COMPARISONS, COMPARISON),
}  # fmt: skip
PATHS = Names(("time offset", "start included", "end included"))
CONSTANTS = {"true": True, "false": False, "null": None}
STATEMENTS = frozenset({"if", "for", "some", "every", "function"})
SIGNS = COMPARISONS | {"+", "-", "*", "/", "**"}
MAX_CHAIN = 64


class Parser(Reader):
    """One pass over one text."""

    def __init__(self, text: str, names: Iterable[str], builtins: Names) -> None:
        super().__init__(text)
        self.names = Names(names)
        self.builtins = builtins
        self.uses_input = False
        self.ends_range = False
        self.readers: dict[str, Callable[[], Node]] = {
            "(": self.parenthesis, "[": self.bracket, "]": self.open_range, "{": self.context, "@": self.at_literal,
            "?": self.input_value,
        }  # fmt: skip

    def whole_expression(self) -> Node:
        """An expression and nothing after it."""
        tree = self.expression()
        self.end()
        return tree

    def whole_tests(self) -> Node:
        """Unary tests and nothing after them."""
        tree = self.unary_tests()
        self.end()
        return tree

    # -- expressions -------------------------------------------------------------------------------------------------

    def expression(self) -> Node:
        """Any expression."""
        self.deeper()
        outer, self.ends_range = self.ends_range, False
        token = self.token
        if token.kind == "keyword" and token.text in STATEMENTS:
            tree = self.statement(token.text)
        else:
            tree = self.operation(ANY)
        self.nesting -= 1
        self.ends_range = outer
        return tree

    def statement(self, keyword: str) -> Node:
        """What starts with a keyword; what follows its last part belongs to that part."""
        self.position += 1
        if keyword == "if":
            return self.conditional()
        if keyword == "function":
            return self.function_definition()
        iterators = self.iterators()
        if keyword == "for":
            self.expect("return")
            return self.node("for", iterators, self.expression())
        self.expect("satisfies")
        return self.node(keyword, iterators, self.expression())

    def conditional(self) -> Node:
        """``… then … else …``."""
        condition = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return self.node("if", condition, then, self.expression())

    def iterators(self) -> list[tuple[str, Node]]:
        """``x in list, y in 1..3``."""
        found = []
        while True:
            name = self.declared_name("in")
            self.expect("in")
            source = self.expression()
            if self.take(".."):
                source = self.node("span", source, self.expression())
            self.names.add(name)
            found.append((name, source))
            if not self.take(","):
                return found

    def function_definition(self) -> Node:
        """``(a, b: number) body``."""
        self.expect("(")
        parameters = []
        while not self.at(")"):
            name = self.declared_name(",", ")", ":")
            kind = read_type(self, self.names) if self.take(":") else None
            self.names.add(name)
            parameters.append((name, kind))
            if not self.take(","):
                break
        self.expect(")")
        result = read_type(self, self.names) if self.take(":") else None
        if self.at("external"):
            raise FeelSyntaxError(
                "las funciones externas no se ejecutan", "external functions are not run", self.text, self.token.start
            )
        return self.node("function", parameters, self.expression(), result)

    def operation(self, least: int) -> Node:
        """Operators that bind at least as tightly as ``least``, from left to right."""
        left = self.unary()
        chain = 0
        while True:
            token = self.token
            level = LEVELS.get(token.text, 0) if token.kind in ("op", "keyword") else 0
            if level < least or level == 0:
                return left
            self.position += 1
            if level == COMPARISON:
                chain += 1
                if chain > MAX_CHAIN:
                    raise self.wrong("menos comparaciones", "fewer comparisons")
                left = self.comparison(token.text, left)
                continue
            right = self.operation(level + 1)
            self.node()
            if level <= CONJUNCTION:
                left = (token.text, [*(left[1] if left[0] == token.text else [left]), right])
            elif left[0] == "arithmetic":
                left[2].append((token.text, right))
            else:
                left = ("arithmetic", left, [(token.text, right)])

    def comparison(self, operator: str, left: Node) -> Node:
        """What follows a comparison's operator."""
        if operator == "between":
            low = self.operation(ADDITIVE)
            self.expect("and")
            return self.node("between", left, low, self.operation(ADDITIVE))
        if operator == "in":
            return self.node("in", left, self.in_tests())
        return self.node("compare", operator, left, self.operation(ADDITIVE))

    def in_tests(self) -> list[Node]:
        """What stands after ``in``: one test, or several in parentheses."""
        if not self.at("("):
            return [self.positive_test(ADDITIVE)]
        self.position += 1
        tests = [self.positive_test()]
        if tests[0][0] != "test" and self.take(".."):
            return [self.node("matches", self.range_end(tests[0][1], included=False))]
        while self.take(","):
            tests.append(self.positive_test())
        self.expect(")")
        return tests

    def unary(self) -> Node:
        """``-a``, or ``a instance of type``."""
        count = 0
        while self.take("-"):
            count += 1
            if count > MAX_CHAIN:
                raise self.wrong("un valor", "a value")
        value = self.postfix()
        while self.take("instance"):
            self.expect("of")
            value = self.node("instance", value, read_type(self, self.names))
        for _ in range(count):
            if value[0] == "constant" and isinstance(value[1], Decimal):
                value = ("constant", NUMBERS.minus(value[1]))
            else:
                value = self.node("negate", value)
        return value

    def postfix(self) -> Node:
        """Paths, filters and calls after a value."""
        value = self.primary()
        chain = 0
        while self.at(".", "[", "("):
            chain += 1
            if chain > MAX_CHAIN:
                raise self.wrong("menos pasos", "fewer steps")
            if self.take("."):
                value = self.node("path", value, self.path_name())
            elif self.at("("):
                value = self.call(value)
            elif self.ends_range and not self.filter_ahead():
                break
            else:
                self.position += 1
                condition = self.expression()
                self.expect("]")
                value = self.node("filter", value, condition)
        return value

    def filter_ahead(self) -> bool:
        """Whether the ``[`` at the end of a range filters that end, or closes the range."""
        depth, position = 0, self.position
        while (text := self.tokens[position].text) or self.tokens[position].kind != "end":
            depth += (text in "([{") - (text in ")]}") if self.tokens[position].kind == "op" else 0
            if depth <= 0:
                after = self.tokens[position + 1].text
                return text == "]" and position > self.position + 1 and after in ("]", ")", "[", ".", *"+-*/", "**")
            position += 1
        return False

    def path_name(self) -> str:
        """The name after a dot: a known one of several words, or all the words that follow one another."""
        found = self.names.match(self.tokens, self.position) or PATHS.match(self.tokens, self.position)
        if found is not None:
            self.position += found[1]
            return found[0]
        start = self.position
        if self.token.kind not in ("name", "keyword", "quoted"):
            raise self.wrong("el nombre de una propiedad", "the name of a property")
        self.position += 1
        while self.token.kind == "name":
            self.position += 1
        return self.joined(start)

    def call(self, function: Node) -> Node:
        """``f(a, b)`` or ``f(name: a)``."""
        self.expect("(")
        if self.take(")"):
            return self.node("call", function, [], None)
        name = self.argument_name()
        if name is None:
            arguments = [self.expression()]
            while self.take(","):
                arguments.append(self.expression())
            self.expect(")")
            return self.node("call", function, arguments, None)
        named = [(name, self.expression())]
        while self.take(","):
            name = self.argument_name()
            if name is None:
                raise self.wrong("el nombre de un parámetro", "the name of a parameter")
            named.append((name, self.expression()))
        self.expect(")")
        return self.node("call", function, None, named)

    def argument_name(self) -> str | None:
        """``name:`` before an argument; None (and nothing read) where there is none."""
        end = self.position
        while self.tokens[end].kind in ("name", "keyword", "quoted") or (
            end > self.position and (self.tokens[end].kind == "number" or self.tokens[end].text in tuple("+-*/.'"))
        ):
            end += 1
        if end == self.position or self.tokens[end].text != ":" or self.tokens[end].kind != "op":
            return None
        start, self.position = self.position, end
        name = self.joined(start)
        self.position += 1
        return name

    # -- values ------------------------------------------------------------------------------------------------------

    def primary(self) -> Node:
        """Literals, names, lists, contexts, ranges and parentheses."""
        token = self.token
        if token.kind in ("name", "keyword"):
            return self.word()
        if token.kind == "op":
            reader = self.readers.get(token.text)
            if reader is not None:
                return reader()
            if token.text in COMPARISONS:
                return self.endless(token.text)
        if token.kind in ("op", "end"):
            raise self.wrong("un valor", "a value")
        self.position += 1
        if token.kind == "number":
            return self.number(token.text)
        return self.node("constant" if token.kind == "string" else "name", token.text)

    def endless(self, operator: str) -> Node:
        """``< 5`` as a value: a range with one end. After an operator it would be a slip, as in ``a == 5``."""
        before = self.tokens[self.position - 1] if self.position else None
        if before is not None and before.kind == "op" and before.text in SIGNS:
            raise self.wrong("un valor", "a value")
        self.deeper()
        self.position += 1
        tree = self.node("endless", operator, self.operation(ADDITIVE))
        self.nesting -= 1
        return tree

    def number(self, text: str) -> Node:
        """A number of 34 digits."""
        try:
            return self.node("constant", NUMBERS.create_decimal(text))
        except DecimalException:
            self.position -= 1
            raise self.wrong("un número menos grande", "a smaller number") from None

    def word(self) -> Node:
        """A keyword that is a value, or a name."""
        found = self.names.match(self.tokens, self.position) or self.builtin_name()
        if found is not None:
            self.position += found[1]
            return self.node("name", found[0])
        token = self.token
        if token.kind == "name":
            self.position += 1
            return self.node("name", token.text)
        if token.text in STATEMENTS:
            return self.expression()
        if token.text not in CONSTANTS:
            raise self.wrong("un valor", "a value")
        self.position += 1
        return self.node("constant", CONSTANTS[token.text])

    def builtin_name(self) -> tuple[str, int] | None:
        """A built-in function of several words; one with a keyword in it only before its parenthesis."""
        found = self.builtins.match(self.tokens, self.position)
        if found is None:
            return None
        called = self.tokens[self.position + found[1]].text == "("
        return found if called or not {"and", "of", "or", "in"} & set(found[0].split()) else None

    def input_value(self) -> Node:
        """``?``."""
        self.position += 1
        self.uses_input = True
        return self.node("name", "?")

    def at_literal(self) -> Node:
        """``@"2026-03-02"``."""
        self.expect("@")
        if self.token.kind != "string":
            raise self.wrong("un texto entre comillas", "a string in quotes")
        self.position += 1
        return self.node("constant", parse_literal(self.tokens[self.position - 1].text))

    def parenthesis(self) -> Node:
        """``(a)`` or ``(a..b]``."""
        self.expect("(")
        first = self.expression()
        if self.take(".."):
            return self.range_end(first, included=False)
        self.expect(")")
        return first

    def bracket(self) -> Node:
        """``[a, b]`` or ``[a..b]``."""
        self.expect("[")
        if self.take("]"):
            return self.node("list", [])
        items = [self.expression()]
        if self.take(".."):
            return self.range_end(items[0], included=True)
        while self.take(","):
            items.append(self.expression())
        self.expect("]")
        return self.node("list", items)

    def open_range(self) -> Node:
        """``]a..b[``."""
        self.expect("]")
        first = self.expression()
        self.expect("..")
        return self.range_end(first, included=False)

    def range_end(self, start: Node, *, included: bool) -> Node:
        """The end of a range and its closing bracket."""
        outer, self.ends_range = self.ends_range, True
        end = self.operation(ADDITIVE)
        self.ends_range = outer
        closing = self.expect("]", ")", "[")
        return self.node("range", start, end, included, closing == "]")

    def context(self) -> Node:
        """``{a: 1, "b c": 2}``."""
        self.expect("{")
        entries: dict[str, Node] = {}
        repeated = False
        while not self.at("}"):
            if self.token.kind == "string":
                key = self.token.text
                self.position += 1
            else:
                key = self.declared_name(":")
            self.expect(":")
            repeated = repeated or key in entries
            entries[key] = self.expression()
            self.names.add(key)
            if not self.take(","):
                break
        self.expect("}")
        return self.node("context", list(entries.items()), repeated)

    # -- unary tests -------------------------------------------------------------------------------------------------

    def unary_tests(self) -> Node:
        """``-``, ``not(…)``, or tests with commas."""
        if self.at("-") and self.following.kind == "end":
            self.position += 1
            return self.node("any")
        if self.token.text == "not" and self.following.text == "(" and self.closes_at_end():
            self.position += 2
            tests = self.test_list()
            self.expect(")")
            return self.node("not-tests", tests)
        return self.node("tests", self.test_list())

    def closes_at_end(self) -> bool:
        """Whether the parenthesis after ``not`` ends where the text ends."""
        depth = 0
        for index in range(self.position + 1, len(self.tokens) - 1):
            token = self.tokens[index]
            if token.kind == "op" and token.text in "()":
                depth += 1 if token.text == "(" else -1
                # Reversed brackets of ranges may hide a parenthesis: (1..5] opens and never closes by ")".
                if depth == 0:
                    return index == len(self.tokens) - 2
        return self.tokens[-2].text == ")"

    def test_list(self) -> list[Node]:
        """Tests with commas between them."""
        tests = [self.positive_test()]
        while self.take(","):
            tests.append(self.positive_test())
        return tests

    def positive_test(self, least: int = ANY) -> Node:
        """``< 5``, a range, or a value."""
        if self.token.kind == "op" and self.token.text in COMPARISONS:
            operator = self.expect(*COMPARISONS)
            return self.node("test", operator, self.operation(ADDITIVE))
        outer, self.uses_input = self.uses_input, False
        value = self.operation(least) if least != ANY else self.expression()
        used, self.uses_input = self.uses_input, outer or self.uses_input
        return self.node("condition" if used else "matches", value)
