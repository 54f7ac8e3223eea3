"""Turns trees into closures: each node becomes one Python function of a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel.errors import FeelLimitError
from engine.feel.limits import Account
from engine.feel.operators import arithmetic, both, compare, contains, either, equal, negate
from engine.feel.parser import Node
from engine.feel.types import fits_type, is_instance
from engine.feel.values import (
    NUMBERS,
    DayTimeDuration,
    FeelFunction,
    Range,
    YearMonthDuration,
    as_number,
    is_number,
    type_name,
)

Closure = Callable[["Frame"], Any]


class Frame:
    """The names that are bound at one place, the frame around it, and the account of the evaluation."""

    __slots__ = ("account", "bound", "up")

    def __init__(self, bound: Mapping[str, Any], up: Frame | None, account: Account) -> None:
        self.bound = bound
        self.up = up
        self.account = account

    def inner(self, bound: Mapping[str, Any]) -> Frame:
        """A frame inside this one."""
        return Frame(bound, self, self.account)


class Compiler:
    """Compiles one tree. ``builtins`` are found where no name in scope hides them; ``free`` collects names read."""

    def __init__(self, builtins: Mapping[str, FeelFunction]) -> None:
        self.builtins = builtins
        self.free: set[str] = set()
        self.local: list[str] = []

    def compile(self, node: Node) -> Closure:
        """The closure of a node."""
        return getattr(self, f"_{node[0].replace('-', '_')}")(*node[1:])  # type: ignore[no-any-return]

    # -- values ------------------------------------------------------------------------------------------------------

    def _constant(self, value: Any) -> Closure:
        return lambda frame: value

    def _name(self, name: str) -> Closure:
        builtin = self.builtins.get(name)
        if name not in self.local and builtin is None:
            self.free.add(name)

        def read(frame: Frame) -> Any:
            frame.account.left -= 1
            here: Frame | None = frame
            while here is not None:
                if name in here.bound:
                    value = here.bound[name]
                    return _decimal(value) if type(value) in (int, float) else value
                here = here.up
            if builtin is not None:
                return builtin
            frame.account.warn(f"no hay ninguna variable «{name}»", f"there is no variable “{name}”")
            return None

        return read

    def _list(self, items: list[Node]) -> Closure:
        parts = [self.compile(item) for item in items]

        def make(frame: Frame) -> list[Any]:
            frame.account.charge(len(parts) + 1)
            return [part(frame) for part in parts]

        return make

    def _context(self, entries: list[tuple[str, Node]]) -> Closure:
        parts = []
        for key, node in entries:
            parts.append((key, self.compile(node)))
            self.local.append(key)
        del self.local[len(self.local) - len(entries) :]
        repeated = any(key == "" for key, _ in entries)

        def make(frame: Frame) -> dict[str, Any] | None:
            frame.account.charge(len(parts) + 1)
            if repeated:
                frame.account.warn("una clave del contexto se repite", "a key of the context is repeated")
                return None
            result: dict[str, Any] = {}
            inner = frame.inner(result)
            for key, part in parts:
                result[key] = part(inner)
            return result

        return make

    def _range(self, start: Node, end: Node, start_included: bool, end_included: bool) -> Closure:
        low, high = self.compile(start), self.compile(end)

        def make(frame: Frame) -> Range | None:
            a, b = low(frame), high(frame)
            if a is None and b is None:
                return None
            if a is not None and b is not None and compare("<=", a, b) is None:
                frame.account.warn("los extremos del rango no se comparan", "the ends of the range cannot be compared")
                return None
            return Range(a, b, start_included, end_included)

        return make

    def _endless(self, operator: str, end: Node) -> Closure:
        value = self.compile(end)

        def make(frame: Frame) -> Range | None:
            limit = value(frame)
            if operator in ("<", "<="):
                return Range(None, limit, False, operator == "<=")
            if operator in (">", ">="):
                return Range(limit, None, operator == ">=", False)
            return Range(limit, limit) if operator == "=" else None

        return make

    # -- operators ---------------------------------------------------------------------------------------------------

    def _arithmetic(self, operator: str, left: Node, right: Node) -> Closure:
        a, b = self.compile(left), self.compile(right)
        quick = {"+": NUMBERS.add, "-": NUMBERS.subtract, "*": NUMBERS.multiply}.get(operator)

        def calculate(frame: Frame) -> Any:
            frame.account.left -= 1
            x, y = a(frame), b(frame)
            if quick is not None and type(x) is Decimal and type(y) is Decimal:
                try:
                    return quick(x, y)
                except ArithmeticError:
                    pass
            frame.account.charge(1)
            return arithmetic(frame.account, operator, x, y)

        return calculate

    def _negate(self, operand: Node) -> Closure:
        value = self.compile(operand)
        return lambda frame: negate(frame.account, value(frame))

    def _compare(self, operator: str, left: Node, right: Node) -> Closure:
        a, b = self.compile(left), self.compile(right)

        def decide(frame: Frame) -> bool | None:
            x, y = a(frame), b(frame)
            if operator == "=" and type(x) is str and type(y) is str:
                return x == y
            result = compare(operator, x, y)
            if result is None:
                frame.account.charge(1)
                frame.account.warn(
                    f"{type_name(x)} y {type_name(y)} no se comparan con «{operator}»",
                    f"{type_name(x)} and {type_name(y)} cannot be compared by “{operator}”",
                )
            return result

        return decide

    def _between(self, value: Node, low: Node, high: Node) -> Closure:
        v, a, b = self.compile(value), self.compile(low), self.compile(high)

        def decide(frame: Frame) -> bool | None:
            x = v(frame)
            return both(compare("<=", a(frame), x), compare("<=", x, b(frame)))

        return decide

    def _and(self, left: Node, right: Node) -> Closure:
        a, b = self.compile(left), self.compile(right)

        def decide(frame: Frame) -> bool | None:
            x = a(frame)
            return False if x is False else both(x, b(frame))

        return decide

    def _or(self, left: Node, right: Node) -> Closure:
        a, b = self.compile(left), self.compile(right)

        def decide(frame: Frame) -> bool | None:
            x = a(frame)
            return True if x is True else either(x, b(frame))

        return decide

    def _in(self, value: Node, tests: list[Node]) -> Closure:
        v = self.compile(value)
        checks = [self.compile(test) for test in tests]

        def decide(frame: Frame) -> bool | None:
            inner = frame.inner({"?": v(frame)})
            result: bool | None = False
            for check in checks:
                result = either(result, check(inner))
                if result is True:
                    return True
            return result

        return decide

    def _instance(self, value: Node, kind: Any) -> Closure:
        v = self.compile(value)
        return lambda frame: is_instance(v(frame), kind)

    # -- control -----------------------------------------------------------------------------------------------------

    def _if(self, condition: Node, then: Node, otherwise: Node) -> Closure:
        c, a, b = self.compile(condition), self.compile(then), self.compile(otherwise)
        return lambda frame: a(frame) if c(frame) is True else b(frame)

    def _iterators(self, iterators: list[tuple[str, Node]]) -> list[tuple[str, Closure]]:
        parts = []
        for name, source in iterators:
            parts.append((name, self.compile(source)))
            self.local.append(name)
        return parts

    def _span(self, start: Node, end: Node) -> Closure:
        a, b = self.compile(start), self.compile(end)
        return lambda frame: span(frame.account, a(frame), b(frame))

    def _for(self, iterators: list[tuple[str, Node]], body: Node) -> Closure:
        parts = self._iterators(iterators)
        self.local.append("partial")
        result = self.compile(body)
        del self.local[len(self.local) - len(parts) - 1 :]

        def loop(frame: Frame) -> list[Any] | None:
            collected: list[Any] = []
            found = _combinations(frame.inner({"partial": collected}), parts, 0, lambda f: collected.append(result(f)))
            return collected if found else None

        return loop

    def _quantified(self, iterators: list[tuple[str, Node]], condition: Node, *, some: bool) -> Closure:
        parts = self._iterators(iterators)
        check = self.compile(condition)
        del self.local[len(self.local) - len(parts) :]

        def decide(frame: Frame) -> bool | None:
            outcome: bool | None = not some
            join = either if some else both

            def look(inner: Frame) -> None:
                nonlocal outcome
                outcome = join(outcome, check(inner))

            return outcome if _combinations(frame, parts, 0, look) else None

        return decide

    def _some(self, iterators: list[tuple[str, Node]], condition: Node) -> Closure:
        return self._quantified(iterators, condition, some=True)

    def _every(self, iterators: list[tuple[str, Node]], condition: Node) -> Closure:
        return self._quantified(iterators, condition, some=False)

    def _function(self, parameters: list[tuple[str, Any]], body: Node) -> Closure:
        names = [name for name, _ in parameters]
        kinds = [kind for _, kind in parameters]
        self.local.extend(names)
        result = self.compile(body)
        del self.local[len(self.local) - len(names) :]

        def make(frame: Frame) -> FeelFunction:
            def call(*arguments: Any) -> Any:
                account = frame.account
                bound = {}
                for name, kind, value in zip(names, kinds, arguments, strict=True):
                    if kind is not None and not fits_type(value, kind):
                        account.warn(f"el parámetro «{name}» es de otro tipo", f"the parameter “{name}” is of another type")
                        return None
                    bound[name] = value
                account.calls += 1
                if account.calls > account.limits.depth:
                    raise FeelLimitError("las funciones se llaman sin fin", "functions call one another without end")
                account.charge(5)
                try:
                    return result(frame.inner(bound))
                finally:
                    account.calls -= 1

            return FeelFunction(call, names)

        return make

    # -- paths, filters, calls ---------------------------------------------------------------------------------------

    def _path(self, value: Node, name: str) -> Closure:
        v = self.compile(value)

        def read(frame: Frame) -> Any:
            found = v(frame)
            if type(found) is dict and name in found:
                inner = found[name]
                return _decimal(inner) if type(inner) in (int, float) else inner
            return property_of(frame.account, found, name)

        return read

    def _filter(self, value: Node, condition: Node) -> Closure:
        v = self.compile(value)
        before = set(self.free)
        check = self.compile(condition)
        self.free = before | (self.free - {"item"})

        def choose(frame: Frame) -> Any:
            source = v(frame)
            items = source if isinstance(source, list) else [] if source is None else [source]
            if condition[0] == "constant" and is_number(condition[1]):
                return _at(frame.account, items, condition[1])
            kept = []
            frame.account.charge(len(items))
            for item in items:
                bound = {**item, "item": item} if isinstance(item, dict) and "item" not in item else {"item": item}
                if isinstance(item, dict) and "item" in item:
                    bound = item
                result = check(frame.inner(bound))
                if is_number(result) and not isinstance(result, bool):
                    return _at(frame.account, items, result)
                if result is True:
                    kept.append(item)
            if not items:
                result = check(frame)
                if is_number(result) and not isinstance(result, bool):
                    return None
            return kept

        return choose

    def _call(self, function: Node, arguments: list[Node] | None, named: list[tuple[str, Node]] | None) -> Closure:
        f = self.compile(function)
        label = function[1] if function[0] == "name" else "…"
        if named is not None:
            pairs = [(name, self.compile(node)) for name, node in named]

            def call_by_name(frame: Frame) -> Any:
                return invoke_named(frame.account, label, f(frame), {name: part(frame) for name, part in pairs})

            return call_by_name
        parts = [self.compile(node) for node in arguments or ()]

        def call(frame: Frame) -> Any:
            return invoke(frame.account, label, f(frame), [part(frame) for part in parts])

        return call

    # -- unary tests -------------------------------------------------------------------------------------------------

    def _any(self) -> Closure:
        return lambda frame: True

    def _tests(self, tests: list[Node]) -> Closure:
        checks = [self.compile(test) for test in tests]
        if len(checks) == 1:
            return checks[0]

        def decide(frame: Frame) -> bool | None:
            result: bool | None = False
            for check in checks:
                result = either(result, check(frame))
                if result is True:
                    return True
            return result

        return decide

    def _not_tests(self, tests: list[Node]) -> Closure:
        check = self._tests(tests)

        def decide(frame: Frame) -> bool | None:
            result = check(frame)
            return None if result is None else not result

        return decide

    def _test(self, operator: str, end: Node) -> Closure:
        value = self.compile(end)
        given = self._name("?")
        self.free.discard("?")
        return lambda frame: compare(operator, given(frame), value(frame))

    def _condition(self, node: Node) -> Closure:
        check = self.compile(node)
        self.free.discard("?")
        given = self._name("?")
        self.free.discard("?")

        def decide(frame: Frame) -> bool | None:
            result = check(frame)
            return result if isinstance(result, bool) else matches(given(frame), result)

        return decide

    def _matches(self, node: Node) -> Closure:
        value = self.compile(node)
        given = self._name("?")
        self.free.discard("?")
        if node[0] == "constant" and isinstance(node[1], str):
            text = node[1]
            return lambda frame: True if given(frame) == text else matches(given(frame), text)
        return lambda frame: matches(given(frame), value(frame))


def matches(given: Any, value: Any) -> bool | None:
    """Whether an input satisfies a test that is a value: equal to it, in its range, or among its items."""
    if isinstance(value, Range):
        if isinstance(given, Range):
            return equal(given, value)
        return contains(value, given)
    if isinstance(value, list):
        if isinstance(given, list) and equal(given, value) is True:
            return True
        for item in value:
            if (contains(item, given) if isinstance(item, Range) else equal(given, item)) is True:
                return True
        return False
    if isinstance(value, bool) and not isinstance(given, bool):
        return value if given is not None else False
    return equal(given, value)


def _decimal(value: Any) -> Any:
    return as_number(value)


def span(account: Account, start: Any, end: Any) -> list[Any] | None:
    """The values from ``start`` to ``end``, upwards or downwards; numbers or dates."""
    a, b = as_number(start), as_number(end)
    if a is not None and b is not None:
        account.size(int(abs(b - a)) + 1)
        step = 1 if b >= a else -1
        return [a + step * i for i in range(int(abs(b - a)) + 1)]
    if type(start) is date and type(end) is date:
        days = (end - start).days
        account.size(abs(days) + 1)
        return [start + timedelta(days=i if days >= 0 else -i) for i in range(abs(days) + 1)]
    account.warn("no se puede recorrer de un extremo al otro", "one cannot go from one end to the other")
    return None


def _combinations(
    frame: Frame, parts: list[tuple[str, Closure]], index: int, visit: Callable[[Frame], None]
) -> bool:
    """Visit every combination of the iterators' items; False where one of them has no items to give."""
    if index == len(parts):
        frame.account.charge(1)
        visit(frame)
        return True
    name, source = parts[index]
    items = source(frame)
    if isinstance(items, Range):
        items = _range_items(frame.account, items)
    elif items is not None and not isinstance(items, list):
        items = [items]
    if items is None:
        return False
    account = frame.account
    for item in items:
        account.charge(1)
        if not _combinations(frame.inner({name: item}), parts, index + 1, visit):
            return False
    if index == len(parts) - 1:
        account.size(len(items))
    return True


def _range_items(account: Account, interval: Range) -> list[Any] | None:
    items = span(account, interval.start, interval.end)
    if items is None:
        return None
    return items[0 if interval.start_included else 1 : len(items) if interval.end_included else -1]


def _at(account: Account, items: list[Any], index: Any) -> Any:
    position = int(index)
    if position != index or position == 0 or abs(position) > len(items):
        account.warn(f"la lista no tiene posición {index}", f"the list has no position {index}")
        return None
    return items[position - 1 if position > 0 else position]


def property_of(account: Account, value: Any, name: str) -> Any:
    """``value.name``: an entry, a property of a temporal value or range, or that of every item of a list."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        account.warn(f"el contexto no tiene «{name}»", f"the context has no “{name}”")
        return None
    if isinstance(value, list):
        account.size(len(value))
        return [property_of(account, item, name) for item in value]
    if isinstance(value, Range):
        parts = {
            "start": value.start, "end": value.end, "start included": value.start_included,
            "end included": value.end_included,
        }  # fmt: skip
        if name in parts:
            return parts[name]
    found = _temporal_property(value, name)
    if found is None and not (name in ("time offset", "timezone") and isinstance(value, (time, datetime))):
        account.warn(f"{type_name(value)} no tiene «{name}»", f"{type_name(value)} has no “{name}”")
    return found


def _temporal_property(value: Any, name: str) -> Any:
    if isinstance(value, date):
        if name in ("year", "month", "day"):
            return Decimal(getattr(value, name))
        if name == "weekday":
            return Decimal(value.isoweekday())
    if isinstance(value, (datetime, time)):
        if name in ("hour", "minute"):
            return Decimal(getattr(value, name))
        if name == "second":
            return Decimal(value.second) + (Decimal(value.microsecond) / 1_000_000 if value.microsecond else 0)
        if name == "time offset":
            offset = value.utcoffset() if isinstance(value, datetime) else _offset_of_time(value)
            return DayTimeDuration(Decimal(int(offset.total_seconds()))) if offset is not None else None
        if name == "timezone":
            return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    if type(value) is date:
        if name in ("hour", "minute", "second"):
            return Decimal(0)
        if name == "time offset":
            return DayTimeDuration(Decimal(0))
    if isinstance(value, DayTimeDuration):
        total = int(abs(value.seconds))
        sign = -1 if value.seconds < 0 else 1
        parts = {"days": total // 86_400, "hours": total // 3_600 % 24, "minutes": total // 60 % 60, "seconds": total % 60}
        if name in parts:
            return Decimal(sign * parts[name])
    if isinstance(value, YearMonthDuration):
        sign = -1 if value.months < 0 else 1
        if name == "years":
            return Decimal(sign * (abs(value.months) // 12))
        if name == "months":
            return Decimal(sign * (abs(value.months) % 12))
    return None


def _offset_of_time(value: time) -> timedelta | None:
    if isinstance(value.tzinfo, ZoneInfo):
        return datetime.combine(date(2000, 1, 1), value).utcoffset()
    return value.utcoffset()


def invoke(account: Account, label: str, function: Any, arguments: list[Any]) -> Any:
    """Call a function value with arguments by position."""
    if not isinstance(function, FeelFunction):
        account.warn(f"«{label}» no es una función", f"“{label}” is no function")
        return None
    account.charge(1)
    if not function.variadic:
        least = len(function.parameters) - function.optional
        if not least <= len(arguments) <= len(function.parameters):
            account.warn(
                f"«{label}» recibió {len(arguments)} argumentos", f"“{label}” was given {len(arguments)} arguments"
            )
            return None
    return function.call(account, *arguments) if function.wants_account else function.call(*arguments)


def invoke_named(account: Account, label: str, function: Any, named: Mapping[str, Any]) -> Any:
    """Call a function value with arguments by name."""
    if not isinstance(function, FeelFunction):
        account.warn(f"«{label}» no es una función", f"“{label}” is no function")
        return None
    chooser = getattr(function.call, "by_name", None)
    if chooser is not None:
        account.charge(1)
        return chooser(account, named)
    names = list(function.parameters)
    if function.variadic or not set(named) <= set(names):
        if not (function.variadic and set(named) == set(names[:1])):
            account.warn(f"«{label}» no tiene esos parámetros", f"“{label}” has no such parameters")
            return None
        value = named[names[0]]
        return invoke(account, label, function, value if isinstance(value, list) and len(names) == 1 else [value])
    last = max((names.index(name) for name in named), default=-1)
    required = names[: len(names) - function.optional]
    if not set(required) <= set(named):
        account.warn(f"a «{label}» le faltan argumentos", f"“{label}” lacks arguments")
        return None
    return invoke(account, label, function, [named.get(name) for name in names[: last + 1]])
