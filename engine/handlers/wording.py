"""What answers are called: the words of a form's options in place of their codes, for papers that people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import re2
from sqlalchemy import select

from engine.casework import offices, plainly
from engine.definitions import registry
from engine.feel import FeelSyntaxError, compile_expression
from engine.forms import Form
from engine.forms.catalogues import CATALOGUES
from engine.forms.kinds.choices import option_from, options_of
from engine.forms.model import Field, Option
from engine.forms.situation import Situation
from engine.store import Context
from engine.store.tables.definitions import FormDefinition

# A code of several words means the same wherever it is the answer of one list only.
_CODE = re2.compile(r"^[a-z0-9]+(_[a-z0-9]+)+$")
_NOWHERE = Situation.of({}, datetime(2000, 1, 1, tzinfo=UTC))


class Glossary:
    """The words of every option: by the name of its field, and by code alone where no two lists differ."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._fields: dict[str, dict[str, str]] = {}
        self._codes: dict[str, set[str]] = {}
        for form in forms:
            for name, field in form.fields.items():
                known = self._fields.setdefault(name.rpartition(".")[2], {})
                for option in _options(field):
                    known.setdefault(option.text, option.label)
                    self._codes.setdefault(option.text, set()).add(option.label)

    def words(self, names: Iterable[str], value: Any) -> Any:
        """``value`` in words, where it came from variables of these names; rows are asked by their own keys."""
        if isinstance(value, Mapping):
            if value.keys() == plainly.MONEY:
                return value  # its currency is part of the amount
            return {key: self.words((str(key), *names), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.words(names, item) for item in value]
        if not isinstance(value, str):
            return value
        for name in names:
            if value in self._fields.get(name, {}):
                return self._fields[name][value]
        called = self._codes.get(value, set()) if _CODE.search(value) else set()
        return next(iter(called)) if len(called) == 1 else value


def in_words(context: Context, source: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a paper in words; ``source`` is the expression ("=…") that gave them, and tells where each came from."""
    glossary = _glossary(context)
    origins = _origins(source)
    return {key: glossary.words((*origins.get(key, ()), key), value) for key, value in data.items()}


def _glossary(context: Context) -> Glossary:
    query = select(FormDefinition.form_id, FormDefinition.id).where(FormDefinition.latest)
    rows = context.session.execute(query.order_by(FormDefinition.form_id)).all()
    key = tuple(row.id for row in rows)
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = Glossary([registry.form(context, row.form_id) for row in rows])
    return _KEPT[key]


_KEPT: dict[
    tuple[Any, ...], Glossary
] = {}  # a published form never changes: what was read of the same forms stays true


def _options(field: Field) -> Iterator[Option]:
    """What a list offers: its own options, or all of the catalogue that its expression names."""
    yield from options_of(field, _NOWHERE)
    named = field.options_from.variables if field.options_from is not None else frozenset()
    if "oficinas" in named:
        yield from (Option(code, office.name) for code, office in offices.packaged().items())
    for name in named & CATALOGUES.keys():
        yield from (option for entry in CATALOGUES[name] if (option := option_from(entry)) is not None)


@lru_cache(maxsize=1_000)
def _origins(source: str) -> Mapping[str, tuple[str, ...]]:
    """The names that each entry of a literal context reads; of anything else, none."""
    try:
        tree = compile_expression(source.strip().removeprefix("=")).tree
    except FeelSyntaxError:
        return {}
    return {key: tuple(dict.fromkeys(_names(node))) for key, node in tree[1]} if tree[0] == "context" else {}


def _names(node: Any) -> Iterator[str]:
    if not isinstance(node, tuple | list) or not node:
        return
    if node[0] == "path":
        yield node[2]
    elif node[0] == "name":
        yield node[1]
    for part in node:
        yield from _names(part)
