"""The short road of an evaluation: Python made for one expression, for values of the kinds that it expects.

No frames, no account, no reasons: as soon as anything is not as expected (a name is missing, a value is of another kind,
a list is long), ``Beyond`` ends the short road and the long one, which knows all rules, starts anew. As nothing in FEEL
has effects, starting anew costs time only. Function values and calls of anything but built-in functions are always for
the long road.

Each node writes lines and gives a ``Term``: the variable that holds its value, with the kind, as far as it is known. A
kind that was tested once is not tested again in the same block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, getcontext, setcontext
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from engine.feel.closures.calls import FOLDED
from engine.feel.closures.tests import predicate_of
from engine.feel.limits import DEFAULT, Beyond, FreeAccount, measure, this_instant
from engine.feel.operators import arithmetic, compare, negate
from engine.feel.reader import Node
from engine.feel.sequences import item_at, span
from engine.feel.signatures import Builtin, Signature
from engine.feel.source import Source
from engine.feel.temporal import months_between, nanoseconds, temporal_property
from engine.feel.values import NUMBERS, DayTimeDuration, FeelFunction, Range, as_number

Direct = Callable[[Mapping[str, Any], datetime | None], Any]

FREE = FreeAccount()
WORK = 10_000
MAX_PARTS = 300  # of a tree for which it is worth the while
LOOPS = frozenset({"for", "some", "every"})
GROWING = frozenset({"list", "context", "for", "if"})  # what may give more than the scope holds
SIGNS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
METHODS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
SPELLED: dict[Any, str] = {None: "None", True: "True", False: "False"}
SMALL = [Decimal(number) for number in range(1_001)]
ONLY_NUMBERS = {Decimal}
DAYS = (date, datetime)
AGE = ("name", "years and months duration")
NAMED: dict[type, str] = {Decimal: "Decimal", str: "str", bool: "bool", list: "list", dict: "dict", date: "date"}
PARAMETERS: dict[str, type] = {"number": Decimal, "string": str, "boolean": bool, "list": list, "context": dict}
RESULTS: dict[str, type] = {
    **dict.fromkeys(("upper case", "lower case", "substring", "substring before", "substring after", "trim"), str),
    **dict.fromkeys(("contains", "starts with", "ends with", "matches", "is blank", "list contains"), bool),
    **dict.fromkeys(("string length", "decimal", "floor", "ceiling", "modulo"), Decimal),
}


class Term(NamedTuple):
    """A variable or constant of the function, and what kind of value it holds where that is known from the start."""

    text: str
    kind: type | None = None


class Place(NamedTuple):
    """What a loop or context binds: a name, or (without one) the item of a filter, whose entries are names too."""

    name: str | None
    term: Term


def number(value: Any) -> Decimal:
    """A host's int or float as a number; anything else is for the long road."""
    found = as_number(value)
    if found is None:
        raise Beyond
    return found


def inner(value: Any, name: str) -> Any:
    """What is behind a dot of anything but a context."""
    if type(value) is list:
        if len(value) > FREE.TRIFLE:
            raise Beyond
        return [_entry(item, name) for item in value]
    found = temporal_property(value, name)
    if found is None:
        raise Beyond
    return found


def _entry(item: Any, name: str) -> Any:
    if type(item) is not dict:
        raise Beyond
    found = item[name]
    if type(found) is int or type(found) is float:
        raise Beyond
    return found


def compared(sign: str, left: Any, right: Any) -> bool:
    """A comparison in full; lists and contexts, which may be long, are for the long road."""
    if type(left) is list or type(left) is dict:
        raise Beyond
    result = compare(sign, left, right)
    if result is None:
        raise Beyond
    return result


def total(items: Any) -> Decimal:
    """The sum of a list of numbers."""
    if type(items) is not list or len(items) > WORK or set(map(type, items)) != ONLY_NUMBERS:
        raise Beyond
    context = getcontext()
    setcontext(NUMBERS)
    try:
        result: Decimal = reduce(add, items)
        return result
    finally:
        setcontext(context)


def months_apart(start: Any, end: Any, name: str) -> Decimal:
    """The years (or the months beside them) from one date to another: how old someone is."""
    if type(start) not in DAYS or type(end) not in DAYS:
        raise Beyond
    months = months_between(start, end)
    years, rest = divmod(abs(months), 12)
    part = years if name == "years" else rest
    return Decimal(-part if months < 0 else part)


HELPERS: dict[str, Any] = {
    "Beyond": Beyond, "DayTimeDuration": DayTimeDuration, "Decimal": Decimal, "FREE": FREE, "NUMBERS": NUMBERS,
    "SMALL": SMALL, "UTC": UTC, "WORK": WORK, "add": NUMBERS.add, "arithmetic": arithmetic, "bool": bool,
    "compared": compared, "date": date, "datetime": datetime, "dict": dict, "divide": NUMBERS.divide, "float": float,
    "getcontext": getcontext, "inner": inner, "int": int, "item_at": item_at, "len": len, "list": list,
    "measure": measure, "months_apart": months_apart, "multiply": NUMBERS.multiply, "negate": negate, "number": number, "setcontext": setcontext,
    "span": span, "str": str, "subtract": NUMBERS.subtract, "this_instant": this_instant, "total": total, "type": type,
    "PARTS": DEFAULT.parts,
}  # fmt: skip


class DirectCompiler(Source):
    """Compiles one tree; ``Beyond`` where it has no short road."""

    def __init__(self, builtins: Mapping[str, FeelFunction], declared: frozenset[str], *, exact: bool) -> None:
        super().__init__()
        self.builtins = builtins
        self.declared = declared
        self.exact = exact  # whether the thread's context is changed: it pays where there are several operations
        self.places: list[Place] = []
        self.read: dict[tuple[str, int], Term] = {}  # names that were read in this block, by how many places they saw
        self.kinds: dict[str, type] = {}  # of variables that were tested in this block
        self.uses_work = False
        self.uses_now = False

    def compile(self, node: Node) -> Term:
        """Write the lines of a node; where its value is."""
        handler: Callable[..., Term] | None = getattr(self, "_" + node[0].replace("-", "_"), None)
        if handler is None:
            raise Beyond
        return handler(*node[1:])

    def whole(self, tree: Node) -> Direct:
        """The function of a tree."""
        self.depth += self.exact
        result = self.compile(tree)
        self.sound(result)
        if tree[0] in GROWING and self.kind_of(result) in (None, list, dict):
            with self.block(f"if type({result.text}) is list or type({result.text}) is dict:"):
                self.line(f"measure({result.text}, PARTS)")
        self.line(f"return {result.text}")
        head = ["def run(scope, now):"]
        if self.uses_work:
            head.append("    work = WORK")
        if self.uses_now:
            head += ["    if now is None:", "        now = this_instant()"]
        if self.exact:
            head += ["    context = getcontext()", "    setcontext(NUMBERS)", "    try:"]
            self.lines += ["    finally:", "        setcontext(context)"]
        return self.function(head, HELPERS)

    # -- kinds -------------------------------------------------------------------------------------------------------

    @contextmanager
    def inside(self, head: str) -> Iterator[None]:
        """A block; what is read and tested in it is not known after it."""
        read, kinds = dict(self.read), dict(self.kinds)
        with self.block(head):
            yield
        self.read, self.kinds = read, kinds

    def kind_of(self, term: Term) -> type | None:
        """The kind, as far as it is known here."""
        return term.kind or self.kinds.get(term.text)

    def require(self, term: Term, kind: type) -> str:
        """Go on only with a value of ``kind``; a host's number becomes one of ours."""
        known = self.kind_of(term)
        if known is kind:
            return term.text
        if known is not None:
            raise Beyond
        with self.block(f"if type({term.text}) is not {NAMED[kind]}:"):
            self.line(f"{term.text} = number({term.text})" if kind is Decimal else "raise Beyond")
        self.kinds[term.text] = kind
        return term.text

    def sound(self, term: Term) -> str:
        """Make a host's number one of ours, before the value goes where we do not look."""
        if self.kind_of(term) is None:
            with self.block(f"if type({term.text}) is int or type({term.text}) is float:"):
                self.line(f"{term.text} = number({term.text})")
        return term.text

    def give(self, text: str, kind: type | None = None) -> Term:
        """A new variable that holds the value of a piece of our own Python."""
        name = self.fresh()
        self.line(f"{name} = {text}")
        return Term(name, kind)

    def certain(self, term: Term) -> Term:
        """Go on only with a value."""
        with self.block(f"if {term.text} is None:"):
            self.line("raise Beyond")
        return term

    # -- values ------------------------------------------------------------------------------------------------------

    def _constant(self, value: Any) -> Term:
        if value is None or type(value) is bool:
            return Term(SPELLED[value], type(value))
        return Term(self.constant(value), type(value))

    def _name(self, name: str) -> Term:
        return self._name_at(name, len(self.places))

    def _name_at(self, name: str, seen: int) -> Term:
        """A name as the first ``seen`` places bind it."""
        while seen and self.places[seen - 1].name not in (name, None):
            seen -= 1
        known = self.read.get((name, seen))
        if known is not None:
            return known
        if not seen:
            found = self.give(f"scope[{self.constant(name)}]")
        elif self.places[seen - 1].name == name:
            return self.places[seen - 1].term
        else:
            found = self._of_item(name, seen)
        self.read[(name, seen)] = found
        return found

    def _of_item(self, name: str, seen: int) -> Term:
        """A name in a filter: an entry of the item, or the item itself, or what the name is outside."""
        item, key, found = self.places[seen - 1].term.text, self.constant(name), Term(self.fresh())
        with self.inside(f"if type({item}) is dict and {key} in {item}:"):
            self.line(f"{found.text} = {item}[{key}]")
        with self.inside("else:"):
            outer = item if name == "item" else self._name_at(name, seen - 1).text
            self.line(f"{found.text} = {outer}")
        return found

    def _list(self, items: list[Node]) -> Term:
        parts = [self.sound(self.compile(item)) for item in items]
        return self.give(f"[{', '.join(parts)}]", list)

    def _context(self, entries: list[tuple[str, Node]], repeated: bool) -> Term:
        if repeated:
            raise Beyond
        parts, outer = [], list(self.places)
        for key, node in entries:
            term = self.compile(node)
            parts.append(f"{self.constant(key)}: {self.sound(term)}")
            self.places.append(Place(key, term))
        self.places = outer
        # What was read while more was in sight is no longer what the same count of places means.
        self.read = {key: term for key, term in self.read.items() if key[1] <= len(outer)}
        return self.give(f"{{{', '.join(parts)}}}", dict)

    def _path(self, value: Node, name: str) -> Term:
        if (
            value[:2] == ("call", AGE)
            and len(value[2] or ()) == 2
            and name in ("years", "months")
            and self.is_free(AGE[1])
        ):
            start, end = (self.compile(argument).text for argument in value[2])
            return self.give(f"months_apart({start}, {end}, {self.constant(name)})", Decimal)
        found, key, result = self.compile(value).text, self.constant(name), self.fresh()
        with self.block(f"if type({found}) is dict:"):
            self.line(f"{result} = {found}[{key}]")
        with self.block("else:"):
            self.line(f"{result} = inner({found}, {key})")
        return Term(result)

    def _range(self, start: Node, end: Node, start_included: bool, end_included: bool) -> Term:
        if start[0] == end[0] == "constant" and type(start[1]) is Decimal and type(end[1]) is Decimal:
            return self._constant(Range(start[1], end[1], start_included, end_included))
        raise Beyond

    # -- operators ---------------------------------------------------------------------------------------------------

    def _arithmetic(self, first: Node, rest: list[tuple[str, Node]]) -> Term:
        result = self.compile(first)
        for sign, node in rest:
            if node[0] == "call" or node[0] == "constant":
                result = self._with_duration(sign, result, self.compile(node))
            else:
                result = self._calculated(sign, result, self.compile(node))
        return result

    def _with_duration(self, sign: str, left: Term, right: Term) -> Term:
        """A date or an instant in UTC some constant time later: the common deadline."""
        duration = self.constants.get(right.text)
        if type(duration) is not DayTimeDuration or sign not in ("+", "-") or left.kind is not None:
            return self._calculated(sign, left, right)
        nanos = nanoseconds(duration) * (1 if sign == "+" else -1)
        if nanos % 1_000 or abs(nanos) > 10**20:
            return self._calculated(sign, left, right)
        instants = self.constant(timedelta(microseconds=nanos // 1_000))
        days = self.constant(timedelta(days=nanos // (86_400 * 10**9)))
        a, result = left.text, self.fresh()
        with self.block(f"if type({a}) is datetime and ({a}.tzinfo is UTC or {a}.tzinfo is None):"):
            self.line(f"{result} = {a} + {instants}")
        with self.block(f"elif type({a}) is date:"):
            self.line(f"{result} = {a} + {days}")
        with self.block("else:"):
            self.line(f"{result} = arithmetic(FREE, {SPELLED_SIGNS[sign]}, {a}, {right.text})")
        return Term(result)

    def _calculated(self, sign: str, left: Term, right: Term) -> Term:
        a, b = left.text, right.text
        kinds = self.kind_of(left), self.kind_of(right)
        if sign == "+" and str in kinds:
            a, b = self.require(left, str), self.require(right, str)
            with self.block(f"if len({a}) + len({b}) > {FREE.TRIFLE}:"):
                self.line("raise Beyond")
            return self.give(f"{a} + {b}", str)
        slow = f"arithmetic(FREE, {SPELLED_SIGNS[sign]}, {a}, {b})"
        if sign not in METHODS:
            return self.give(slow)
        quick = f"{a} {sign} {b}" if self.exact else f"{METHODS[sign]}({a}, {b})"
        tests = [f"type({t}) is Decimal" for t, kind in zip((a, b), kinds, strict=True) if kind is not Decimal]
        if not tests:
            return self.give(quick, Decimal)
        result = self.fresh()
        with self.block(f"if {' and '.join(tests)}:"):
            self.line(f"{result} = {quick}")
        with self.block("else:"):
            self.line(f"{result} = {slow}")
        return Term(result)

    def _negate(self, operand: Node) -> Term:
        return self.give(f"negate(FREE, {self.compile(operand).text})")

    def _compare(self, sign: str, left: Node, right: Node) -> Term:
        a = self.compile(left)
        if right[0] == "constant" and type(right[1]) in (str, Decimal, bool, type(None)):
            return self._compared_with(sign, a, right[1])
        return self._compared(sign, a, self.compile(right))

    def _compared_with(self, sign: str, left: Term, value: Any) -> Term:
        """A comparison with a constant; null is equal to none."""
        a, equality = left.text, sign in ("=", "!=")
        if (value is None or type(value) is bool) and not equality:
            raise Beyond
        if value is None:
            return self.give(f"{a} {'is' if sign == '=' else 'is not'} None", bool)
        kind = type(value)
        test = f"{a} {SIGNS[sign]} {SPELLED[value] if kind is bool else self.constant(value)}"
        if self.kind_of(left) is kind:
            return self.give(test, bool)
        if not equality:
            self.require(left, kind)
            return self.give(test, bool)
        result = self.fresh()
        with self.block(f"if type({a}) is {NAMED[kind]}:"):
            self.line(f"{result} = {test}")
        with self.block(f"elif {a} is None:"):
            self.line(f"{result} = {sign == '!='}")
        with self.block("else:"):
            self.line(f"{result} = {test.replace(a, f'number({a})', 1)}" if kind is Decimal else "raise Beyond")
        return Term(result, bool)

    def _compared(self, sign: str, left: Term, right: Term) -> Term:
        a, b, result = left.text, right.text, self.fresh()
        known = self.kind_of(left) or self.kind_of(right)
        if known in (Decimal, str, date):
            tests = [f"type({term.text}) is {NAMED[known]}" for term in (left, right) if self.kind_of(term) is None]
            test = " and ".join(tests) or f"type({a}) is type({b})"
        else:
            test = f"type({a}) is type({b}) and (type({a}) is Decimal or type({a}) is str or type({a}) is date)"
        with self.block(f"if {test}:"):
            self.line(f"{result} = {a} {SIGNS[sign]} {b}")
        with self.block("else:"):
            self.line(f"{result} = compared({SPELLED_SIGNS[sign]}, {a}, {b})")
        return Term(result, bool)

    def _between(self, value: Node, low: Node, high: Node) -> Term:
        x, y, z = self.compile(value), self.compile(low), self.compile(high)
        kind = self.kind_of(y) or self.kind_of(z) or self.kind_of(x) or Decimal
        if kind not in (Decimal, date):
            raise Beyond
        a, b, c = (self.require(term, kind) for term in (x, y, z))
        return self.give(f"{b} <= {a} <= {c}", bool)

    def _and(self, operands: list[Node]) -> Term:
        return self._logic(operands, "")

    def _or(self, operands: list[Node]) -> Term:
        return self._logic(operands, "not ")

    def _logic(self, operands: list[Node], go_on: str) -> Term:
        """``and`` goes on while true, ``or`` while false."""
        result = self.fresh()
        read, kinds, depth = dict(self.read), dict(self.kinds), self.depth
        for index, operand in enumerate(operands):
            if index:
                self.line(f"if {go_on}{result}:")
                self.depth += 1
            self.line(f"{result} = {self.require(self.compile(operand), bool)}")
            if self.depth > 36:
                raise Beyond
        self.read, self.kinds, self.depth = read, kinds, depth
        return Term(result, bool)

    def _if(self, condition: Node, then: Node, otherwise: Node) -> Term:
        verdict, result, kinds = self.compile(condition), self.fresh(), []
        sure = self.kind_of(verdict) is bool
        for head, node in ((f"if {verdict.text}{'' if sure else ' is True'}:", then), ("else:", otherwise)):
            with self.inside(head):
                term = self.compile(node)
                kinds.append(self.kind_of(term))
                self.line(f"{result} = {term.text}")
        return Term(result, kinds[0] if kinds[0] is kinds[1] else None)

    def _in(self, value: Node, tests: list[Node]) -> Term:
        term = self.compile(value)
        only = tests[0] if len(tests) == 1 else None
        if only is not None and only[0] == "matches" and only[1][0] == "range":
            _, start, end, start_included, end_included = only[1]
            if start[0] == end[0] == "constant" and type(start[1]) is Decimal and type(end[1]) is Decimal:
                x = self.require(term, Decimal)
                low, high = self.constant(start[1]), self.constant(end[1])
                below, above = "<=" if start_included else "<", "<=" if end_included else "<"
                return self.give(f"{low} {below} {x} {above} {high}", bool)
        texts = [test[1][1] for test in tests if test[0] == "matches" and test[1][0] == "constant"]
        if len(texts) == len(tests) and all(type(text) is str for text in texts):
            return self._among(term, frozenset(texts))
        predicate = predicate_of(tests)
        if predicate is None:
            raise Beyond
        return self.certain(self.give(f"{self.constant(predicate)}({self.sound(term)})", bool))

    def _among(self, term: Term, texts: frozenset[str]) -> Term:
        result = self.fresh()
        with self.block(f"if type({term.text}) is str:"):
            self.line(f"{result} = {term.text} in {self.constant(texts)}")
        with self.block(f"elif {term.text} is None:"):
            self.line(f"{result} = False")
        with self.block("else:"):
            self.line("raise Beyond")
        return Term(result, bool)

    # -- calls -------------------------------------------------------------------------------------------------------

    def _call(self, callee: Node, arguments: list[Node] | None, named: Any) -> Term:
        name = callee[1] if callee[0] == "name" else ""
        known = self.builtins.get(name)
        if known is None or arguments is None or not self.is_free(name):
            raise Beyond
        special: Callable[[list[Node]], Term | None] | None = getattr(self, "_call_" + name.replace(" ", "_"), None)
        found = special(arguments) if special is not None else None
        return found if found is not None else self._called(name, known.call, arguments)  # type: ignore[arg-type]

    def is_free(self, name: str) -> bool:
        """Whether nothing in scope may hide a built-in function."""
        return name not in self.declared and all(place.name != name for place in self.places)

    def _called(self, name: str, builtin: Builtin, arguments: list[Node]) -> Term:
        if name in FOLDED and len(arguments) == 1 and arguments[0][0] == "constant":
            return self._constant(builtin(FREE, arguments[0][1]))
        terms = [self.compile(argument) for argument in arguments]
        signature = _only(builtin, len(terms))
        if signature is not None:
            parts = [
                self.require(term, PARAMETERS[parameter.kind]) if parameter.kind in PARAMETERS else self.sound(term)
                for term, parameter in zip(terms, signature.parameters, strict=False)
            ]
            function = self.constant(signature.function)
        else:
            parts = [self.sound(term) for term in terms]
            by_kind = builtin.single if len(parts) == 1 else builtin.quick
            kinds = ", ".join(f"type({part})" for part in parts)
            key = kinds if len(parts) == 1 else f"({kinds}{',' if len(parts) == 0 else ''})"
            function = self.give(f"{self.constant(by_kind)}.get({key or '()'})").text
            with self.block(f"if {function} is None:"):
                self.line(f"{function} = {self.constant(builtin)}")
        return self.certain(self.give(f"{function}({', '.join(['FREE', *parts])})", RESULTS.get(name)))

    def _call_is_defined(self, arguments: list[Node]) -> Term:
        raise Beyond

    def _call_not(self, arguments: list[Node]) -> Term | None:
        if len(arguments) != 1:
            return None
        return self.give(f"not {self.require(self.compile(arguments[0]), bool)}", bool)

    def _call_count(self, arguments: list[Node]) -> Term | None:
        if len(arguments) != 1:
            return None
        # A longer list has no place among the small numbers; that is an IndexError, and the end of the short road.
        return self.give(f"SMALL[len({self.require(self.compile(arguments[0]), list)})]", Decimal)

    def _call_sum(self, arguments: list[Node]) -> Term | None:
        if len(arguments) != 1:
            return None
        return self.give(f"total({self.compile(arguments[0]).text})", Decimal)

    def _call_list_contains(self, arguments: list[Node]) -> Term | None:
        if len(arguments) != 2 or arguments[1][0] != "constant" or type(arguments[1][1]) is not str:
            return None
        items = self.require(self.compile(arguments[0]), list)
        return self.give(f"{self.constant(arguments[1][1])} in {items}", bool)

    def _call_substring(self, arguments: list[Node]) -> Term | None:
        """Constant places from the start."""
        places = [node[1] for node in arguments[1:] if node[0] == "constant" and type(node[1]) is Decimal]
        if len(arguments) not in (2, 3) or len(places) != len(arguments) - 1 or not all(0 < p < WORK for p in places):
            return None
        start = int(places[0]) - 1
        end = start + int(places[1]) if len(places) > 1 else ""
        if start < 0 or end == start:
            return None
        return self.give(f"{self.require(self.compile(arguments[0]), str)}[{start}:{end}]", str)

    def _call_today(self, arguments: list[Node]) -> Term | None:
        self.uses_now = True
        return None if arguments else self.give("now.date()", date)

    def _call_now(self, arguments: list[Node]) -> Term | None:
        self.uses_now = True
        return None if arguments else self.give("now", datetime)

    # -- loops -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _each(self, name: str | None, items: str) -> Iterator[Term]:
        """The lines inside are done for every item, and paid beforehand."""
        self.uses_work = True
        self.line(f"work -= len({items})")
        with self.block("if work < 0:"):
            self.line("raise Beyond")
        item = Term(self.fresh())
        with self.inside(f"for {item.text} in {items}:"):
            self.places.append(Place(name, item))
            yield item
            self.places.pop()
            # A place that comes later at the same depth is another one.
            self.read = {key: term for key, term in self.read.items() if key[1] <= len(self.places)}

    def _filter(self, value: Node, condition: Node) -> Term:
        items = self.require(self.compile(value), list)
        if condition[0] == "constant" and isinstance(condition[1], Decimal):
            return self.give(f"item_at(FREE, {items}, {self.constant(condition[1])})")
        with self.block(f"if not {items}:"):
            self.line("raise Beyond")
        kept = self.give("[]", list)
        with self._each(None, items) as item:
            verdict = self.compile(condition)
            with self.block(f"if {self.require(verdict, bool)}:"):
                self.line(f"{kept.text}.append({item.text})")
        return kept

    def _source(self, node: Node) -> str:
        if node[0] != "span":
            return self.require(self.compile(node), list)
        start, end = self.compile(node[1]), self.compile(node[2])
        return self.certain(self.give(f"span(FREE, {start.text}, {end.text})", list)).text

    def _for(self, iterators: list[tuple[str, Node]], body: Node) -> Term:
        if _mentions(body, "partial"):
            raise Beyond
        collected = self.give("[]", list)
        self._nested(iterators, body, collected.text)
        return collected

    def _nested(self, iterators: list[tuple[str, Node]], body: Node, collected: str) -> None:
        (name, node), *others = iterators
        with self._each(name, self._source(node)):
            if others:
                self._nested(others, body, collected)
            else:
                self.line(f"{collected}.append({self.sound(self.compile(body))})")

    def _some(self, iterators: list[tuple[str, Node]], condition: Node) -> Term:
        return self._quantified(iterators, condition, decisive=True)

    def _every(self, iterators: list[tuple[str, Node]], condition: Node) -> Term:
        return self._quantified(iterators, condition, decisive=False)

    def _quantified(self, iterators: list[tuple[str, Node]], condition: Node, *, decisive: bool) -> Term:
        if len(iterators) > 1:
            raise Beyond
        ((name, node),) = iterators
        result = self.give(str(not decisive), bool)
        with self._each(name, self._source(node)):
            verdict = self.require(self.compile(condition), bool)
            with self.block(f"if {'' if decisive else 'not '}{verdict}:"):
                self.line(f"{result.text} = {decisive}")
                self.line("break")
        return result


SPELLED_SIGNS = {sign: repr(sign) for sign in ("+", "-", "*", "/", "**", *SIGNS)}


def _only(builtin: Builtin, count: int) -> Signature | None:
    """The one signature for so many arguments, if it is the only one and its parameters' kinds are Python classes."""
    fitting = [
        signature
        for signature in builtin.signatures
        if signature.rest
        or sum(not parameter.optional for parameter in signature.parameters) <= count <= len(signature.parameters)
    ]
    if len(fitting) != 1 or fitting[0].rest:
        return None
    plain = all(parameter.kind in PARAMETERS or parameter.kind == "any" for parameter in fitting[0].parameters[:count])
    return fitting[0] if plain else None


def direct_of(tree: Node, builtins: Mapping[str, FeelFunction], declared: frozenset[str]) -> Direct | None:
    """The short road of an expression; None where it has none."""
    loops, operations, parts = _survey(tree)
    if parts > MAX_PARTS:
        return None
    try:
        return DirectCompiler(builtins, declared, exact=operations * (10 if loops else 1) > 2).whole(tree)
    except (Beyond, RecursionError, SyntaxError):
        return None


def _survey(tree: Node) -> tuple[bool, int, int]:
    """Whether a tree has loops, how many operations of arithmetic, and how many parts."""
    loops, operations, parts = False, 0, 0
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            parts += 1
            kind = node[0] if node else None
            loops = loops or kind in LOOPS or (kind == "filter" and node[2][0] != "constant")
            operations += len(node[2]) if kind == "arithmetic" else 0
            stack.extend(node)
        elif isinstance(node, list):
            stack.extend(node)
    return loops, operations, parts


def _mentions(tree: Node, name: str) -> bool:
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if node == ("name", name):
            return True
        if isinstance(node, (tuple, list)):
            stack.extend(node)
    return False
