"""How built-in functions are declared: signatures with names and types, arguments checked and unwrapped by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from engine.feel.limits import Account
from engine.feel.values import DayTimeDuration, FeelFunction, Range, YearMonthDuration, as_number, is_number

CHECKS: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "number": is_number,
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: isinstance(value, date),
    "day": lambda value: isinstance(value, date) and not isinstance(value, datetime),
    "time": lambda value: isinstance(value, time),
    "datetime": lambda value: isinstance(value, datetime),
    "temporal": lambda value: isinstance(value, (date, time)),
    "span": lambda value: isinstance(value, DayTimeDuration),
    "duration": lambda value: isinstance(value, (DayTimeDuration, YearMonthDuration)),
    "list": lambda value: isinstance(value, list),
    "context": lambda value: isinstance(value, dict),
    "function": lambda value: isinstance(value, FeelFunction),
    "range": lambda value: isinstance(value, Range),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: ``null`` says whether it takes null, ``rest`` whether it takes all remaining arguments."""

    name: str
    kind: str
    optional: bool
    null: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    function: Callable[..., Any]

    def bind(self, arguments: list[Any]) -> list[Any] | None:
        """The arguments as the function takes them; None where they do not fit."""
        parameters = self.parameters
        if parameters and parameters[-1].rest:
            head = parameters[:-1]
            if len(arguments) < len(head):
                return None
            rest = arguments[len(head) :]
            if len(rest) == 1 and isinstance(rest[0], list):
                rest = rest[0]
            elif not rest and not head:
                return None
            bound = self._each(head, arguments[: len(head)])
            return None if bound is None else [*bound, rest]
        least = sum(not parameter.optional for parameter in parameters)
        if not least <= len(arguments) <= len(parameters):
            return None
        return self._each(parameters, arguments)

    @staticmethod
    def _each(parameters: tuple[Parameter, ...], arguments: list[Any]) -> list[Any] | None:
        bound = []
        for parameter, value in zip(parameters, arguments, strict=False):
            fitted = _fit(parameter, value)
            if fitted is _MISFIT:
                return None
            bound.append(fitted)
        return bound


_MISFIT = object()


def _fit(parameter: Parameter, value: Any) -> Any:
    if value is None:
        return None if parameter.null or parameter.optional else _MISFIT
    kind = parameter.kind
    if kind == "number":
        number = as_number(value)
        if number is not None:
            return number
    elif CHECKS[kind](value):
        return value
    if kind == "list":
        return [value]
    if isinstance(value, list) and len(value) == 1:
        return _fit(parameter, value[0])
    return _MISFIT


class Builtin:
    """A function with one or more signatures."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.signatures: list[Signature] = []

    def __call__(self, account: Account, *arguments: Any) -> Any:
        """Call by position; null (and the reason) where nothing fits."""
        account.charge(2)
        for signature in self.signatures:
            bound = signature.bind(list(arguments))
            if bound is not None:
                return self._run(account, signature, bound)
        account.warn(
            f"«{self.name}» no se puede llamar con estos argumentos",
            f"“{self.name}” cannot be called with these arguments",
        )
        return None

    def by_name(self, account: Account, named: Mapping[str, Any]) -> Any:
        """Call by name."""
        for signature in self.signatures:
            names = [parameter.name for parameter in signature.parameters]
            if not set(named) <= set(names):
                continue
            if any(not p.optional and p.name not in named for p in signature.parameters):
                continue
            if signature.parameters and signature.parameters[-1].rest:
                rest = named[names[-1]]
                arguments = [named[name] for name in names[:-1]] + (rest if isinstance(rest, list) else [rest])
                head = signature._each(signature.parameters[:-1], arguments[: len(names) - 1])
                if head is not None:
                    return self._run(account, signature, [*head, arguments[len(names) - 1 :]])
                continue
            bound = signature._each(signature.parameters, [named.get(name) for name in names])
            if bound is not None:
                return self._run(account, signature, bound)
        account.warn(
            f"«{self.name}» no se puede llamar con estos argumentos",
            f"“{self.name}” cannot be called with these arguments",
        )
        return None

    def _run(self, account: Account, signature: Signature, bound: list[Any]) -> Any:
        try:
            result = signature.function(account, *bound)
        except (ArithmeticError, ValueError, OverflowError):
            result = None
        if result is None:
            account.warn(f"«{self.name}» no tiene valor para estos argumentos", f"“{self.name}” has no value for these arguments")
        return result


BUILTINS: dict[str, FeelFunction] = {}


def builtin(name: str, parameters: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a signature of ``name``: ``"list:list, value:any!"``; ``?`` optional, ``!`` takes null, ``*`` the rest."""
    parsed = []
    for text in filter(None, (part.strip() for part in parameters.split(","))):
        label, _, kind = text.rpartition(":")
        bare = kind.rstrip("?!*")
        parsed.append(Parameter(label, bare, "?" in kind, "!" in kind, "*" in kind))

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        known = BUILTINS.get(name)
        if known is None:
            known = BUILTINS[name] = FeelFunction(Builtin(name), ("…",), variadic=True, wants_account=True)
        known.call.signatures.append(Signature(tuple(parsed), function))  # type: ignore[attr-defined]
        return function

    return declare
