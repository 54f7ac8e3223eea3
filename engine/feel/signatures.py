"""How built-in functions are declared: signatures with names and types, arguments checked and unwrapped by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.feel.limits import Account
from engine.feel.temporal import is_date, is_date_time, is_time
from engine.feel.values import DayTimeDuration, FeelFunction, Range, YearMonthDuration, as_number, is_number, type_name

CHECKS: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "number": is_number,
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: is_date(value) or is_date_time(value),
    "date and time": is_date_time,
    "time": is_time,
    "days and time duration": lambda value: isinstance(value, DayTimeDuration),
    "duration": lambda value: isinstance(value, (DayTimeDuration, YearMonthDuration)),
    "list": lambda value: isinstance(value, list),
    "context": lambda value: isinstance(value, dict),
    "function": lambda value: isinstance(value, FeelFunction),
    "range": lambda value: isinstance(value, Range),
}
FAILURES = (ArithmeticError, ValueError)
MISFIT = object()
FEW = 256  # argument types remembered for one function


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: ``null`` says whether it takes null, ``rest`` whether it takes all remaining arguments."""

    name: str
    kind: str
    optional: bool
    null: bool
    rest: bool

    def fit(self, value: Any) -> Any:
        """The value as the parameter takes it: a single value as a list, a list of one as its item."""
        if value is None:
            return None if self.null or self.optional else MISFIT
        kind = self.kind
        if kind == "number":
            number = as_number(value)
            if number is not None:
                return number
        elif CHECKS[kind](value):
            return value
        if kind == "list":
            return [value]
        if isinstance(value, list) and len(value) == 1:
            return self.fit(value[0])
        return MISFIT


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    function: Callable[..., Any]

    @property
    def rest(self) -> bool:
        """Whether the last parameter takes all remaining arguments."""
        return bool(self.parameters) and self.parameters[-1].rest

    def bind(self, arguments: Sequence[Any]) -> list[Any] | None:
        """The arguments as the function takes them; None where they do not fit."""
        parameters = self.parameters
        if self.rest:
            return self._bind_rest(arguments)
        least = sum(not parameter.optional for parameter in parameters)
        if not least <= len(arguments) <= len(parameters):
            return None
        return _each(parameters, arguments)

    def _bind_rest(self, arguments: Sequence[Any]) -> list[Any] | None:
        head = self.parameters[:-1]
        if len(arguments) <= len(head):
            return None
        rest: Any = arguments[len(head) :]
        if len(rest) == 1 and isinstance(rest[0], list) and not head:
            rest = rest[0]
        bound = _each(head, arguments)
        return None if bound is None else [*bound, list(rest) if isinstance(rest, tuple) else rest]

    def bind_named(self, named: Mapping[str, Any]) -> list[Any] | None:
        """The same for arguments by name; those that are missing are null."""
        names = [parameter.name for parameter in self.parameters]
        if not set(named) <= set(names):
            return None
        if self.rest:
            rest = named.get(names[-1])
            if names[-1] not in named:
                return None
            head = _each(self.parameters[:-1], [named.get(name) for name in names[:-1]])
            return None if head is None else [*head, rest if isinstance(rest, list) else [rest]]
        last = max((names.index(name) for name in named), default=-1)
        least = sum(not parameter.optional for parameter in self.parameters)
        return _each(self.parameters, [named.get(name) for name in names[: max(last + 1, least)]])


def _each(parameters: Sequence[Parameter], arguments: Sequence[Any]) -> list[Any] | None:
    bound = []
    for parameter, value in zip(parameters, arguments, strict=False):
        fitted = parameter.fit(value)
        if fitted is MISFIT:
            return None
        bound.append(fitted)
    return bound


class Builtin:
    """A function with one or more signatures.

    ``quick`` remembers, for the types of arguments that fitted as they were, which function takes them: what fits
    depends on their types alone.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.signatures: list[Signature] = []
        self.quick: dict[tuple[type, ...], Callable[..., Any]] = {}
        self.single: dict[type, Callable[..., Any]] = {}  # the same for calls with one argument

    def __call__(self, account: Account, *arguments: Any) -> Any:
        """Call by position; null (and the reason) where nothing fits."""
        for signature in self.signatures:
            bound = signature.bind(arguments)
            if bound is not None:
                if len(bound) == len(arguments) and all(map(_is, bound, arguments)) and len(self.quick) < FEW:
                    self.quick[tuple(map(type, arguments))] = signature.function
                    if len(arguments) == 1:
                        self.single[type(arguments[0])] = signature.function
                return self.run(account, signature.function, bound)
        return self._unfit(account, arguments)

    def by_name(self, account: Account, named: Mapping[str, Any]) -> Any:
        """Call by name."""
        for signature in self.signatures:
            bound = signature.bind_named(named)
            if bound is not None:
                return self.run(account, signature.function, bound)
        return self._unfit(account, list(named.values()))

    def run(self, account: Account, function: Callable[..., Any], bound: Sequence[Any]) -> Any:
        """The value of the function; null, and the reason, where it has none."""
        account.charge(1)
        try:
            result = function(account, *bound)
        except FAILURES:
            result = None
        if result is None:
            account.warn(
                "«{}» no tiene valor para estos argumentos", "“{}” has no value for these arguments", self.name
            )
        return result

    def _unfit(self, account: Account, arguments: Sequence[Any]) -> None:
        account.warn(
            "«{}» no se puede llamar con ({}); se llama así: {}",
            "“{}” cannot be called with ({}); it is called like this: {}",
            self.name, ", ".join(map(type_name, arguments)), "; ".join(self.ways()),
        )  # fmt: skip

    def ways(self) -> list[str]:
        """The signatures as text: ``substring(string, start position, length?)``."""
        shown = (f"{self.name}({', '.join(map(_shown, signature.parameters))})" for signature in self.signatures)
        return list(dict.fromkeys(shown))


def _is(left: Any, right: Any) -> bool:
    # A list that stands for the remaining arguments is copied nowhere, and null fits by its parameter, not its type.
    return left is right


def _shown(parameter: Parameter) -> str:
    return parameter.name + ("…" if parameter.rest else "?" if parameter.optional else "")


BUILTINS: dict[str, FeelFunction] = {}


def builtin(name: str, parameters: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a signature of ``name``: ``"list:list, value:any!"``; ``?`` optional, ``!`` null too, ``*`` the rest."""
    parsed = []
    for text in filter(None, (part.strip() for part in parameters.split(","))):
        label, _, kind = text.rpartition(":")
        parsed.append(Parameter(label, kind.rstrip("?!*"), "?" in kind, "!" in kind, "*" in kind))

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        known = BUILTINS.get(name)
        if known is None:
            known = BUILTINS[name] = FeelFunction(Builtin(name), ("…",), variadic=True, wants_account=True)
        known.call.signatures.append(Signature(tuple(parsed), function))  # type: ignore[attr-defined]
        return function

    return declare
