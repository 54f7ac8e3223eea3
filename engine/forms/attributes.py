"""Single attributes of a component, each read with its type and limits or remarked upon."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import re2

from engine.feel import FeelSyntaxError
from engine.forms import schema
from engine.forms.conditions import Condition
from engine.forms.kinds.choices import option_from
from engine.forms.model import Checks, Option
from engine.forms.remarks import Remarks

Raw = dict[str, Any]
Properties = dict[str, str]

_segment = re2.compile(r"^[\pL][\pL\pN_]*$")
LONGEST_SEGMENT = 80
DEEPEST_PATH = 6


class Attributes:
    """Reads attributes and notes what is wrong with them."""

    def __init__(self, remarks: Remarks) -> None:
        self.remarks = remarks

    def words(self, raw: Raw, name: str) -> str:
        """A literal text."""
        words = raw.get(name)
        if words is None:
            return ""
        if not isinstance(words, str):
            self.remarks.note("text", raw, name=name)
            return ""
        if words.startswith("=") and name != "text":
            self.remarks.note("text-expression", raw, name=name)
        return words.strip()

    def flag(self, raw: Raw, found: Raw, name: str) -> bool:
        """True or false; absent is false."""
        value = found.get(name, False)
        if value is not None and not isinstance(value, bool):
            self.remarks.note("boolean", raw, name=name)
        return value is True

    def whole(self, raw: Raw, name: str, value: Any, least: int, most: int) -> int | None:
        """A whole number within limits."""
        if value is None or value == "":
            return None
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.remarks.note("whole", raw, name=name, least=least, most=most)
            return None
        return value

    def number(self, raw: Raw, value: Any, name: str) -> Decimal | None:
        """A finite number."""
        if value is None or value == "":
            return None
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            number = Decimal("NaN")
        if isinstance(value, bool) or not number.is_finite():
            self.remarks.note("number", raw, name=name)
            return None
        return number

    def path(self, raw: Raw, name: str) -> tuple[str, ...]:
        """A dotted key."""
        path = raw.get(name)
        segments = tuple(path.split(".")) if isinstance(path, str) else ()
        wrong = any(_segment.search(segment) is None or len(segment) > LONGEST_SEGMENT for segment in segments)
        if wrong or not 1 <= len(segments) <= DEEPEST_PATH:
            self.remarks.note("key-form", raw, name=name, path=path)
            return ("_",)
        return segments

    def expression(self, raw: Raw, name: str, text: Any) -> Condition | None:
        """A FEEL expression, compiled."""
        if not isinstance(text, str) or not text.strip().startswith("="):
            self.remarks.note("feel-missing", raw, name=name)
            return None
        try:
            return Condition.of(text)
        except FeelSyntaxError as error:
            self.remarks.note("feel", raw, name=name, es=error.es, en=error.en)
            return None

    def hide(self, raw: Raw) -> Condition | None:
        """The condition under which the component does not count."""
        conditional = raw.get("conditional")
        if conditional is None:
            return None
        if not isinstance(conditional, dict) or set(conditional) - {"hide"}:
            self.remarks.note("conditional", raw)
            return None
        hide = conditional.get("hide")
        return None if hide in (None, "") else self.expression(raw, "conditional.hide", hide)

    def properties(self, raw: Raw) -> Properties:
        """Our own properties, as texts."""
        properties = raw.get("properties", {})
        if not isinstance(properties, dict):
            self.remarks.note("object", raw, name="properties")
            return {}
        for name in sorted(set(properties) - schema.PROPERTIES):
            self.remarks.note("property-unknown", raw, name=name)
        return {name: _plain(value) for name, value in properties.items()}

    def property_expression(self, raw: Raw, properties: Properties, name: str) -> Condition | None:
        """A property that is an expression."""
        return self.expression(raw, f"properties.{name}", properties[name]) if properties.get(name) else None

    def said(self, raw: Raw, properties: Properties, name: str) -> bool:
        """A property that is true or false."""
        word = properties.get(name, "")
        if word not in ("", "true", "false"):
            self.remarks.note("boolean", raw, name=f"properties.{name}")
        return word == "true"

    def level(self, raw: Raw, properties: Properties) -> str:
        """The sensitivity."""
        level = properties.get("sensibilidad", "N1")
        if level not in schema.LEVELS:
            self.remarks.note("one-of", raw, name="sensibilidad", value=level)
        return level

    def layout(self, raw: Raw) -> tuple[int | None, str]:
        """Columns (of 16) and row."""
        layout = raw.get("layout")
        if not isinstance(layout, dict):
            return None, ""
        columns = layout.get("columns")
        valid = isinstance(columns, int) and 1 <= columns <= 16
        return columns if valid else None, str(layout.get("row") or "")

    def checks(self, raw: Raw) -> Checks:
        """What ``validate`` asks."""
        found = raw.get("validate", {})
        if not isinstance(found, dict):
            self.remarks.note("object", raw, name="validate")
            return Checks()
        for name in sorted(set(found) - schema.CHECKS):
            self.remarks.note("attribute-unknown", raw, name=f"validate.{name}")
        minimum, maximum = (self.number(raw, found.get(name), name) for name in ("min", "max"))
        shortest, longest = (
            self.whole(raw, name, found.get(name), 0, 1_000_000) for name in ("minLength", "maxLength")
        )
        if (minimum is not None and maximum is not None and minimum > maximum) or (
            shortest is not None and longest is not None and shortest > longest
        ):
            self.remarks.note("limits", raw)
        message = found.get("patternErrorMessage")
        return Checks(
            self.flag(raw, found, "required"),
            minimum,
            maximum,
            shortest,
            longest,
            self._pattern(raw, found.get("pattern")),
            message if isinstance(message, str) else None,
        )

    def _pattern(self, raw: Raw, pattern: Any) -> str | None:
        if pattern is None or pattern == "":
            return None
        try:
            re2.compile(pattern)
        except (re2.error, TypeError, ValueError) as error:
            self.remarks.note("pattern", raw, reason=error)
            return None
        return str(pattern)

    def options(self, raw: Raw) -> tuple[tuple[Option, ...], Condition | None]:
        """The options of a list, or the expression that names them."""
        if raw.get("valuesExpression"):
            return (), self.expression(raw, "valuesExpression", raw["valuesExpression"])
        if raw.get("valuesKey"):
            return (), self.expression(raw, "valuesKey", f"={raw['valuesKey']}")
        listed = raw.get("values")
        if not isinstance(listed, list) or not listed:
            self.remarks.note("values", raw)
            return (), None
        options = tuple(option for entry in listed if (option := option_from(decimals(entry))) is not None)
        texts = [option.text for option in options]
        if len(options) != len(listed) or len(set(texts)) != len(texts) or "" in texts:
            self.remarks.note("values-repeated", raw)
        return options, None

    def default(self, raw: Raw, kind: str) -> object:
        """The answer that a fresh form shows."""
        value = decimals(raw.get("defaultValue"))
        if kind == "choices" and value is not None and not isinstance(value, list):
            self.remarks.note("list", raw, name="defaultValue")
        return value


def decimals(value: Any) -> Any:
    """JSON with its numbers as decimals."""
    if isinstance(value, list):
        return [decimals(item) for item in value]
    if isinstance(value, dict):
        return {key: decimals(item) for key, item in value.items()}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return Decimal(str(value))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
