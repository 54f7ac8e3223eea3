"""What a form is made of once it has been read: fields, groups, repeating groups, prose, rules and spaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from engine.forms.conditions import Condition

Scalar = str | bool | Decimal


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a list: the value that is stored and the words that are shown."""

    value: Scalar
    label: str
    group: str = ""

    @property
    def text(self) -> str:
        """The value as it travels in a page."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Checks:
    """The limits that a schema's ``validate`` sets."""

    required: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_message: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One question. ``path`` is where its value lies below the form (or below its row)."""

    id: str
    type: str
    kind: str
    path: tuple[str, ...]
    label: str
    description: str = ""
    help: str = ""
    sensitivity: str = "N1"
    checks: Checks = Checks()
    options: tuple[Option, ...] = ()
    options_from: Condition | None = None
    hide: Condition | None = None
    only_if: str = ""
    required_if: Condition | None = None
    agrees: Condition | None = None
    agrees_message: str = ""
    initial: Condition | None = None
    default: object = None
    computed: Condition | None = None
    locked: bool = False
    multiple: bool = False
    partial: bool = False
    not_future: bool = False
    not_past: bool = False
    decimals: int | None = None
    step: Decimal | None = None
    prefix: str = ""
    suffix: str = ""
    columns: int | None = None
    row: str = ""

    @property
    def key(self) -> str:
        """The path in dotted form."""
        return ".".join(self.path)

    @property
    def many(self) -> bool:
        """Whether the answer is a list."""
        return self.kind == "choices" or self.multiple


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading; with a ``path`` their values lie together."""

    id: str
    label: str
    components: tuple[Component, ...]
    path: tuple[str, ...] = ()
    description: str = ""
    hide: Condition | None = None
    only_if: str = ""
    columns: int | None = None
    row: str = ""


@dataclass(frozen=True, slots=True)
class Repeating:
    """Fields asked once a row; the value is a list of rows."""

    id: str
    label: str
    components: tuple[Component, ...]
    path: tuple[str, ...]
    description: str = ""
    hide: Condition | None = None
    only_if: str = ""
    required_if: Condition | None = None
    initial_rows: int = 1
    min_rows: int = 0
    max_rows: int = 50
    sensitivity: str = "N1"
    columns: int | None = None
    row: str = ""

    @property
    def key(self) -> str:
        """The path in dotted form."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Prose:
    """Words between the fields: paragraphs, lists and emphasis, no markup language of its own."""

    id: str
    text: str
    text_from: Condition | None = None
    hide: Condition | None = None
    only_if: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line between parts."""

    id: str
    hide: Condition | None = None


@dataclass(frozen=True, slots=True)
class Space:
    """Some air between parts."""

    id: str
    height: int = 60
    hide: Condition | None = None


Component = Field | Group | Repeating | Prose | Rule | Space


@dataclass(frozen=True, slots=True)
class Place:
    """Where a component stands: its full dotted name, with ``*`` for the row number of a repeating group."""

    name: str
    component: Field | Repeating
    within: tuple[str, ...] = field(default_factory=tuple)


def places(components: Sequence[Component], prefix: tuple[str, ...] = ()) -> Iterator[Place]:
    """Every field and repeating group below ``components``, in reading order."""
    for component in components:
        if isinstance(component, Field):
            yield Place(".".join(prefix + component.path), component, prefix)
        elif isinstance(component, Group):
            yield from places(component.components, prefix + component.path)
        elif isinstance(component, Repeating):
            here = prefix + component.path
            yield Place(".".join(here), component, prefix)
            yield from places(component.components, (*here, "*"))
