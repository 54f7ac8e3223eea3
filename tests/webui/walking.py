"""Walks over every address of the application: what is filled into it, and what the database held before and after."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from engine.store import Store
from engine.store.tables import Base

# Written by looking, refusing and being there: the audit, and when a session or a key was used last.
TRACES = frozenset({"audit_entry", "audit_link", "audit_checkpoint", "user_session", "sign_in_attempt", "api_token"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with each of its methods."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods or ()):
            yield rule, method


def address(app: Flask, rule: Rule, value: str | None = None) -> str:
    """An address of a rule, its places filled with ids that are of nothing, or with ``value``."""
    built = rule.rule
    for name in rule.arguments:
        start = built.index("<", 0)
        end = built.index(">", start)
        kind = built[start + 1 : end].partition(":")[0] if ":" in built[start:end] else "string"
        words = kind.removeprefix("any(").removesuffix(")").split(",")  # of the words that it may be, the first
        filled = value or {"uuid": str(uuid4()), "string": "nada", "path": "nada.css"}.get(kind, words[0])
        built = built[:start] + filled + built[end + 1 :]
        assert name
    return built


def rows(store: Store, *without: str) -> dict[str, list[str]]:
    """Everything that the database holds, but for the traces of looking."""
    found = {}
    with store.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in TRACES and table.name not in without:
                found[table.name] = sorted(map(str, connection.execute(text(f'SELECT * FROM "{table.name}"'))))
    return found
