"""The built-in functions, one module a family."""

from engine.feel.builtins import contexts, conversion, dates, lists, numbers, ranges, statistics, strings
from engine.feel.signatures import BUILTINS

__all__ = [
    "BUILTINS", "contexts", "conversion", "dates", "lists", "numbers", "ranges", "statistics", "strings",
]  # fmt: skip
