"""The built-in functions, one module a family."""

from engine.feel.builtins import contexts, conversion, lists, numbers, ranges, strings
from engine.feel.builtins.lists import append
from engine.feel.builtins.registry import BUILTINS
from engine.feel.values import FeelFunction

BUILTINS["append"] = FeelFunction(append, ("list", "item"), variadic=True, wants_account=True)

__all__ = ["BUILTINS", "contexts", "conversion", "lists", "numbers", "ranges", "strings"]
