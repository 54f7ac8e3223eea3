"""FEEL, the expression language of DMN 1.5: text in, a value out, without side effects and within bounds.

``compile_expression`` and ``compile_unary_tests`` read a text once and give an immutable object that any thread may
evaluate. An error inside an expression gives null and a noted reason; a breached limit raises ``FeelLimitError``.
"""

from engine.feel.codec import dump_value, from_json, load_value, to_json
from engine.feel.errors import FeelError, FeelLimitError, FeelSyntaxError
from engine.feel.expression import Evaluation, Expression, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.limits import DEFAULT, FeelWarning, Limits
from engine.feel.values import DayTimeDuration, FeelFunction, Range, YearMonthDuration

__all__ = [
    "DEFAULT",
    "DayTimeDuration",
    "Evaluation",
    "Expression",
    "FeelError",
    "FeelFunction",
    "FeelLimitError",
    "FeelSyntaxError",
    "FeelWarning",
    "Limits",
    "Range",
    "UnaryTests",
    "YearMonthDuration",
    "compile_expression",
    "compile_unary_tests",
    "dump_value",
    "from_json",
    "load_value",
    "to_json",
]
