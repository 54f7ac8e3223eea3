"""Calls of function values, by position and by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.feel.errors import FeelError
from engine.feel.limits import Account
from engine.feel.signatures import Builtin
from engine.feel.values import FeelFunction

# What a host's function may raise at arguments that it did not expect; the caller sees null, and why.
REFUSALS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def invoke(account: Account, label: str, function: Any, arguments: list[Any]) -> Any:
    """Call a function value with arguments by position."""
    if not isinstance(function, FeelFunction):
        account.warn("«{}» no es una función", "“{}” is no function", label)
        return None
    account.charge(1)
    if not function.variadic:
        least = len(function.parameters) - function.optional
        if not least <= len(arguments) <= len(function.parameters):
            account.warn("«{}» recibió {} argumentos", "“{}” was given {} arguments", label, len(arguments))
            return None
    if isinstance(function.call, Builtin):
        return function.call(account, *arguments)
    try:
        return function.call(account, *arguments) if function.wants_account else function.call(*arguments)
    except FeelError:
        raise
    except REFUSALS as error:
        account.warn("«{}» no acepta estos argumentos: {}", "“{}” does not take these arguments: {}", label, error)
        return None


def invoke_named(account: Account, label: str, function: Any, named: Mapping[str, Any]) -> Any:
    """Call a function value with arguments by name."""
    if not isinstance(function, FeelFunction):
        account.warn("«{}» no es una función", "“{}” is no function", label)
        return None
    if isinstance(function.call, Builtin):
        return function.call.by_name(account, named)
    names = list(function.parameters)
    if not set(named) <= set(names):
        account.warn("«{}» no tiene esos parámetros", "“{}” has no such parameters", label)
        return None
    required = names[: len(names) - function.optional]
    if not set(required) <= set(named):
        account.warn("a «{}» le faltan argumentos", "“{}” lacks arguments", label)
        return None
    last = max((names.index(name) for name in named), default=-1)
    return invoke(account, label, function, [named.get(name) for name in names[: last + 1]])
