"""Reads FEEL into a tree by recursive descent, keeping a table of the names in scope.

A generated LALR parser cannot know where a name with spaces ends: that depends on what is in scope at that point (DMN
1.5, 10.3.1.4). This parser knows, and it can say what it expected. Trees are tuples: a kind, then its parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token, tokenize
from engine.feel.limits import MAX_NESTING, MAX_NODES
from engine.feel.temporal import parse_literal
from engine.feel.values import NUMBERS

Node = tuple[Any, ...]
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
PROPERTIES = ("time offset", "start included", "end included")
TYPE_NAMES = ("date and time", "days and time duration", "years and months duration", "day-time duration", "year-month duration")  # fmt: skip


class Names:
    """Known names of several words, found by their first word; the longest wins."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Know one more name; those of one plain word need no knowing."""
        pieces = tuple(token.text for token in tokenize(name)[:-1])
        if len(pieces) > 1:
            known = self._by_first.setdefault(pieces[0], [])
            if (pieces, name) not in known:
                known.append((pieces, name))
                known.sort(key=lambda item: -len(item[0]))

    def match(self, tokens: list[Token], position: int) -> tuple[str, int] | None:
        """The longest known name at ``position`` and how many tokens it takes."""
        for pieces, name in self._by_first.get(tokens[position].text, ()):
            end = position + len(pieces)
            if end <= len(tokens) - 1 and all(
                token.text == piece for token, piece in zip(tokens[position:end], pieces, strict=True)
            ):
                return name, len(pieces)
        return None


class Parser:
    """One pass over one text."""

    def __init__(self, text: str, names: Iterable[str], builtins: Names) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0
        self.names = Names(names)
        self.builtins = builtins
        self.nesting = 0
        self.nodes = 0
        self.uses_input = False
        self.no_filter = False

    # -- tokens ------------------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        """The token at which we are."""
        return self.tokens[self.position]

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these operators or keywords."""
        token = self.token
        return token.kind in ("op", "keyword") and token.text in texts

    def take(self, *texts: str) -> bool:
        """Pass over one of these, if it is next."""
        if self.at(*texts):
            self.position += 1
            return True
        return False

    def expect(self, *texts: str) -> str:
        """Pass over one of these. Raises ``FeelSyntaxError``."""
        if self.at(*texts):
            self.position += 1
            return self.tokens[self.position - 1].text
        raise self.wrong(" o ".join(f"«{text}»" for text in texts), " or ".join(f"“{text}”" for text in texts))

    def wrong(self, es: str, en: str) -> FeelSyntaxError:
        """What was expected, and what is here."""
        token = self.token
        found_es = "el final" if token.kind == "end" else f"«{token.text[:40]}»"
        found_en = "the end" if token.kind == "end" else f"“{token.text[:40]}”"
        return FeelSyntaxError(
            f"se esperaba {es} y se encontró {found_es}", f"{en} was expected and {found_en} was found", self.text, token.start
        )

    def node(self, *parts: Any) -> Node:
        """A node of the tree, counted."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise FeelSyntaxError("la expresión es demasiado grande", "the expression is too large", self.text, self.token.start)
        return parts

    # -- entry points ------------------------------------------------------------------------------------------------

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

    def end(self) -> None:
        """Raise unless everything was read."""
        if self.token.kind != "end":
            raise self.wrong("el final o un operador", "the end or an operator")

    # -- expressions -------------------------------------------------------------------------------------------------

    def expression(self) -> Node:
        """Any expression."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise FeelSyntaxError(
                "hay demasiadas expresiones una dentro de otra",
                "too many expressions lie inside one another",
                self.text,
                self.token.start,
            )
        outer, self.no_filter = self.no_filter, False
        try:
            if self.at("for"):
                return self.for_expression()
            if self.at("if"):
                return self.if_expression()
            if self.at("some", "every") and self.quantified_ahead():
                return self.quantified()
            if self.at("function"):
                return self.function_definition()
            return self.disjunction()
        finally:
            self.nesting -= 1
            self.no_filter = outer

    def quantified_ahead(self) -> bool:
        """``some`` and ``every`` begin a quantified expression."""
        return self.tokens[self.position + 1].kind in ("name", "keyword")

    def if_expression(self) -> Node:
        """``if … then … else …``."""
        self.expect("if")
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

    def for_expression(self) -> Node:
        """``for … return …``."""
        self.expect("for")
        iterators = self.iterators()
        self.expect("return")
        return self.node("for", iterators, self.expression())

    def quantified(self) -> Node:
        """``some … satisfies …`` and ``every … satisfies …``."""
        kind = self.expect("some", "every")
        iterators = self.iterators()
        self.expect("satisfies")
        return self.node(kind, iterators, self.expression())

    def function_definition(self) -> Node:
        """``function(a, b: number) body``."""
        self.expect("function")
        self.expect("(")
        parameters: list[tuple[str, Any]] = []
        while not self.at(")"):
            name = self.declared_name(",", ")", ":")
            kind = self.type_expression() if self.take(":") else None
            self.names.add(name)
            parameters.append((name, kind))
            if not self.take(","):
                break
        self.expect(")")
        if self.take(":"):
            self.type_expression()
        if self.at("external"):
            raise FeelSyntaxError(
                "las funciones externas no se ejecutan", "external functions are not run", self.text, self.token.start
            )
        return self.node("function", parameters, self.expression())

    def disjunction(self) -> Node:
        """``a or b``."""
        left = self.conjunction()
        while self.take("or"):
            left = self.node("or", left, self.conjunction())
        return left

    def conjunction(self) -> Node:
        """``a and b``."""
        left = self.comparison()
        while self.take("and"):
            left = self.node("and", left, self.comparison())
        return left

    def comparison(self) -> Node:
        """Comparisons, ``between`` and ``in``."""
        left = self.additive()
        while True:
            if self.token.kind == "op" and self.token.text in COMPARISONS:
                operator = self.expect(*COMPARISONS)
                left = self.node("compare", operator, left, self.additive())
            elif self.take("between"):
                low = self.additive()
                self.expect("and")
                left = self.node("between", left, low, self.additive())
            elif self.take("in"):
                left = self.node("in", left, self.in_tests())
            else:
                return left

    def in_tests(self) -> list[Node]:
        """What stands after ``in``: one test, or several in parentheses."""
        if self.at("("):
            start, nodes = self.position, self.nodes
            self.position += 1
            tests = [self.positive_test()]
            if not self.at(".."):
                while self.take(","):
                    tests.append(self.positive_test())
                self.expect(")")
                return tests
            self.position, self.nodes = start, nodes
        return [self.positive_test(additive=True)]

    def additive(self) -> Node:
        """``a + b - c``."""
        left = self.multiplicative()
        while self.at("+", "-"):
            operator = self.expect("+", "-")
            left = self.node("arithmetic", operator, left, self.multiplicative())
        return left

    def multiplicative(self) -> Node:
        """``a * b / c``."""
        left = self.power()
        while self.at("*", "/"):
            operator = self.expect("*", "/")
            left = self.node("arithmetic", operator, left, self.power())
        return left

    def power(self) -> Node:
        """``a ** b``, from left to right."""
        left = self.negation()
        while self.take("**"):
            left = self.node("arithmetic", "**", left, self.negation())
        return left

    def negation(self) -> Node:
        """``-a``."""
        count = 0
        while self.take("-"):
            count += 1
            if count > MAX_NESTING:
                raise self.wrong("un valor", "a value")
        operand = self.instance_of()
        for _ in range(count):
            operand = self.node("negate", operand)
        return operand

    def instance_of(self) -> Node:
        """``a instance of type``."""
        left = self.postfix()
        while self.take("instance"):
            self.expect("of")
            left = self.node("instance", left, self.type_expression())
        return left

    def postfix(self) -> Node:
        """Paths, filters and calls after a value."""
        value = self.primary()
        while True:
            if self.take("."):
                value = self.node("path", value, self.path_name())
            elif self.at("[") and not self.no_filter:
                self.position += 1
                condition = self.expression()
                self.expect("]")
                value = self.node("filter", value, condition)
            elif self.at("("):
                value = self.call(value)
            else:
                return value

    def path_name(self) -> str:
        """The name after a dot."""
        found = self.names.match(self.tokens, self.position) or PATHS.match(self.tokens, self.position)
        if found is not None:
            self.position += found[1]
            return found[0]
        token = self.token
        if token.kind not in ("name", "keyword"):
            raise self.wrong("el nombre de una propiedad", "the name of a property")
        self.position += 1
        return token.text

    def call(self, function: Node) -> Node:
        """``f(a, b)`` or ``f(name: a)``."""
        self.expect("(")
        if self.take(")"):
            return self.node("call", function, [], None)
        names = self.argument_name()
        if names is not None:
            named: list[tuple[str, Node]] = []
            name: str | None = names
            while name is not None:
                named.append((name, self.expression()))
                if not self.take(","):
                    break
                name = self.argument_name()
                if name is None:
                    raise self.wrong("el nombre de un parámetro", "the name of a parameter")
            self.expect(")")
            return self.node("call", function, None, named)
        arguments = [self.expression()]
        while self.take(","):
            arguments.append(self.expression())
        self.expect(")")
        return self.node("call", function, arguments, None)

    def argument_name(self) -> str | None:
        """``name:`` before an argument; None (and nothing read) where there is none."""
        end = self.position
        while self.tokens[end].kind in ("name", "keyword"):
            end += 1
        if end == self.position or self.tokens[end].text != ":" or self.tokens[end].kind != "op":
            return None
        name = " ".join(token.text for token in self.tokens[self.position : end])
        self.position = end + 1
        return name

    # -- values ------------------------------------------------------------------------------------------------------

    def primary(self) -> Node:
        """Literals, names, lists, contexts, ranges and parentheses."""
        token = self.token
        if token.kind == "number":
            self.position += 1
            return self.node("constant", NUMBERS.create_decimal(token.text))
        if token.kind == "string":
            self.position += 1
            return self.node("constant", token.text)
        if token.kind == "quoted":
            self.position += 1
            return self.node("name", token.text)
        if token.kind in ("name", "keyword"):
            return self.word()
        if token.kind == "op":
            reader = {
                "(": self.parenthesis, "[": self.bracket, "]": self.open_range, "{": self.context, "@": self.at_literal,
                "?": self.input_value,
            }.get(token.text)  # fmt: skip
            if reader is not None:
                return reader()
            if token.text in ("<", "<=", ">", ">=", "=", "!=") and self.nesting:
                return self.unary_range()
        raise self.wrong("un valor", "a value")

    def unary_range(self) -> Node:
        """``< 5`` as a value: a range without start."""
        operator = self.expect(*COMPARISONS)
        return self.node("endless", operator, self.additive())

    def word(self) -> Node:
        """A keyword that is a value, or a name."""
        found = self.names.match(self.tokens, self.position) or self.builtin_name()
        if found is not None:
            self.position += found[1]
            return self.node("name", found[0])
        token = self.token
        if token.kind == "keyword":
            if token.text in ("true", "false", "null"):
                self.position += 1
                return self.node("constant", {"true": True, "false": False, "null": None}[token.text])
            if token.text in ("if", "for", "some", "every", "function"):
                return self.expression()
            raise self.wrong("un valor", "a value")
        self.position += 1
        return self.node("name", token.text)

    def builtin_name(self) -> tuple[str, int] | None:
        """A built-in function of several words; only before its parenthesis."""
        found = self.builtins.match(self.tokens, self.position)
        if found is not None and (
            self.tokens[self.position + found[1]].text == "(" or not _has_keyword(found[0])
        ):
            return found
        return None

    def input_value(self) -> Node:
        """``?``."""
        self.position += 1
        self.uses_input = True
        return self.node("name", "?")

    def at_literal(self) -> Node:
        """``@"2026-03-02"``."""
        self.expect("@")
        token = self.token
        if token.kind != "string":
            raise self.wrong("un texto entre comillas", "a string in quotes")
        self.position += 1
        return self.node("constant", parse_literal(token.text))

    def parenthesis(self) -> Node:
        """``(a)`` or ``(a..b]``."""
        self.expect("(")
        first = self.expression()
        if self.take(".."):
            return self.range_end(first, False)
        self.expect(")")
        return first

    def bracket(self) -> Node:
        """``[a, b]`` or ``[a..b]``."""
        self.expect("[")
        if self.take("]"):
            return self.node("list", [])
        items = [self.expression()]
        if self.take(".."):
            return self.range_end(items[0], True)
        while self.take(","):
            items.append(self.expression())
        self.expect("]")
        return self.node("list", items)

    def open_range(self) -> Node:
        """``]a..b[``."""
        self.expect("]")
        first = self.expression()
        self.expect("..")
        return self.range_end(first, False)

    def range_end(self, start: Node, included: bool) -> Node:
        """The end of a range; ``[`` there closes it and filters nothing."""
        position, nodes = self.position, self.nodes
        try:
            end = self.additive()
            if not self.at("]", ")", "["):
                raise self.wrong("«]»", "“]”")
        except FeelSyntaxError:
            self.position, self.nodes = position, nodes
            self.no_filter = True
            end = self.additive()
            self.no_filter = False
        closing = self.expect("]", ")", "[")
        return self.node("range", start, end, included, closing == "]")

    def context(self) -> Node:
        """``{a: 1, "b c": 2}``."""
        self.expect("{")
        entries: list[tuple[str, Node]] = []
        while not self.at("}"):
            if self.token.kind == "string":
                key = self.token.text
                self.position += 1
            else:
                key = self.declared_name(":")
            self.expect(":")
            value = self.expression()
            if any(key == other for other, _ in entries):
                value = self.node("constant", None)
                entries.append(("", value))
            self.names.add(key) if key.strip() and not _is_plain(key) else None
            entries.append((key, value))
            if not self.take(","):
                break
        self.expect("}")
        return self.node("context", entries)

    def declared_name(self, *until: str) -> str:
        """A name that is introduced here: every token up to one of ``until``, spaces as written, one at a time."""
        start = self.position
        while self.token.kind in ("name", "keyword", "number", "quoted") or self.at(*"+-*/.'", "**"):
            if self.at(*until) and self.position > start:
                break
            self.position += 1
        if self.position == start:
            raise self.wrong("un nombre", "a name")
        pieces = self.tokens[start : self.position]
        name = pieces[0].text
        for before, after in zip(pieces, pieces[1:], strict=False):
            name += (" " if after.start > before.end else "") + after.text
        return name

    # -- types -------------------------------------------------------------------------------------------------------

    def type_expression(self) -> Any:
        """A type: a name, ``list<…>``, ``range<…>``, ``context<…>`` or ``function<…> -> …``."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.wrong("un tipo", "a type")
        try:
            found = TYPES.match(self.tokens, self.position) or self.names.match(self.tokens, self.position)
            if found is not None:
                self.position += found[1]
                return found[0]
            token = self.token
            if token.kind not in ("name", "keyword"):
                raise self.wrong("un tipo", "a type")
            self.position += 1
            name = token.text
            if name in ("list", "range") and self.take("<"):
                inner = self.type_expression()
                self.expect(">")
                return (name, inner)
            if name == "context" and self.take("<"):
                return self.context_type()
            if name == "function" and self.take("<"):
                return self.function_type()
            while self.take("."):
                name += f".{self.path_name()}"
            return name
        finally:
            self.nesting -= 1

    def context_type(self) -> Any:
        """The members of ``context<a: number>``."""
        members: list[tuple[str, Any]] = []
        while not self.at(">"):
            name = self.declared_name(":")
            self.expect(":")
            members.append((name, self.type_expression()))
            if not self.take(","):
                break
        self.expect(">")
        return ("context", tuple(members))

    def function_type(self) -> Any:
        """The parameters and result of ``function<number> -> string``."""
        parameters = []
        while not self.at(">"):
            parameters.append(self.type_expression())
            if not self.take(","):
                break
        self.expect(">")
        result = self.type_expression() if self.take("->") else "Any"
        return ("function", tuple(parameters), result)

    # -- unary tests -------------------------------------------------------------------------------------------------

    def unary_tests(self) -> Node:
        """``-``, ``not(…)``, or tests with commas."""
        if self.at("-") and self.tokens[self.position + 1].kind == "end":
            self.position += 1
            return self.node("any")
        if self.token.text == "not" and self.tokens[self.position + 1].text == "(":
            start, nodes, used = self.position, self.nodes, self.uses_input
            try:
                self.position += 2
                tests = self.test_list()
                self.expect(")")
                if self.token.kind == "end":
                    return self.node("not-tests", tests)
            except FeelSyntaxError:
                pass
            self.position, self.nodes, self.uses_input = start, nodes, used
        return self.node("tests", self.test_list())

    def test_list(self) -> list[Node]:
        """Tests with commas between them."""
        tests = [self.positive_test()]
        while self.take(","):
            tests.append(self.positive_test())
        return tests

    def positive_test(self, *, additive: bool = False) -> Node:
        """``< 5``, a range, or a value."""
        if self.token.kind == "op" and self.token.text in COMPARISONS:
            operator = self.expect(*COMPARISONS)
            return self.node("test", operator, self.additive())
        outer, self.uses_input = self.uses_input, False
        value = self.additive() if additive else self.expression()
        used, self.uses_input = self.uses_input, outer or self.uses_input
        return self.node("condition" if used else "matches", value)


def _has_keyword(name: str) -> bool:
    return any(word in ("and", "of", "in", "or") for word in name.split())


def _is_plain(name: str) -> bool:
    return len(tokenize(name)) == 2


PATHS = Names(PROPERTIES)
TYPES = Names(TYPE_NAMES)
