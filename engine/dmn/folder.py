"""Finds the models that a file imports among the files beside it."""

from __future__ import annotations

from pathlib import Path

from engine.dmn.parser import Resolver
from engine.dmn.xml import MAX_BYTES, XmlError, parse_xml

MAX_FILES = 500


def in_folder(folder: Path) -> Resolver:
    """A resolver that knows the decision files of ``folder`` by the namespace that each declares."""
    known: dict[str, bytes] = {}
    read = False

    def resolve(namespace: str, _location: str | None) -> bytes | None:
        nonlocal read
        if not read:
            known.update(_by_namespace(folder))
            read = True
        return known.get(namespace)

    return resolve


def _by_namespace(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.dmn"))[:MAX_FILES]:
        if path.stat().st_size > MAX_BYTES:
            continue
        data = path.read_bytes()
        try:
            namespace = parse_xml(data).get("namespace", "")
        except XmlError:
            continue
        found.setdefault(namespace, data)
    return found
