"""What a new installation needs: the offices, and the procedures and forms that come with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import select

from engine.casework import finding, offices
from engine.definitions import deploy
from engine.handlers import HANDLERS
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.definitions import Resource

SUFFIXES = (".bpmn", ".dmn", ".form")


def install(context: Context, processes: Path, forms: Path) -> deploy.Deployed:
    """Load the offices and deploy everything below the two folders; what is there already stays as it is.

    A file that was deployed once is not deployed again: designers may have published something newer since.
    Raises ``DefinitionError`` with every finding.
    """
    offices.load(context)
    files: dict[str, bytes] = {}
    domains: dict[str, str] = {}
    for root in (processes, forms):
        for path in sorted(root.rglob("*")):
            if path.suffix in SUFFIXES:
                name = str(path.relative_to(root.parent))
                files[name] = path.read_bytes()
                domains[name] = path.parent.name
    last = finding.index_missing(context)  # persons of a database that knew them by their plain names
    while last is not None:
        last = finding.index_missing(context, last)
    known = set(context.session.scalars(select(Resource.digest)))
    files = {name: content for name, content in files.items() if hashlib.sha256(content).hexdigest() not in known}
    if not files:
        return deploy.Deployed(new_id())
    return deploy.deploy(context, files, frozenset(HANDLERS), note="Instalación", domains=domains)
