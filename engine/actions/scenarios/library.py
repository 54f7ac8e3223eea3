"""The scenarios there are: those of the files, over them the accepted ones that designers wrote, over these their drafts.

A designer's text never touches a file. It stands with the draft of its procedure until that is published (or the text is
accepted by itself), and may be dropped, whereupon what lay below holds again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import re2
from sqlalchemy import delete, select

from engine.access import audit
from engine.access.policy import require
from engine.actions.scenarios.reading import LONGEST, Scenario, ScenarioError, parse
from engine.definitions import registry
from engine.errors import Conflict, NotFound, Text
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.base import new_id
from engine.store.tables.scenarios import ScenarioText

FOLDER = "scenarios"
FILES, KEPT, DRAFT = "files", "kept", "draft"
MOST_KEPT = 500  # of one procedure
_TITLE = re2.compile(r"(?m)^escenario:[ \t]*(.+?)[ \t]*$")
_PROCESS = re2.compile(r"(?m)^procedimiento:[ \t]*[\"']?([\w.-]+)")
_KEY = re2.compile(r"[a-z0-9_]{1,60}/[a-z0-9_]{1,120}")


@dataclass(frozen=True, slots=True)
class Written:
    """One scenario as text. ``key`` is folder/name; ``process_id`` is empty for situations of decisions."""

    key: str
    title: str
    process_id: str
    content: bytes
    origin: str
    version: int = 0

    @property
    def path(self) -> Path:
        """Where its file is, or would be, below the folder of the procedures."""
        folder, _, name = self.key.partition("/")
        return Path(folder) / FOLDER / f"{name}.yaml"


def written(context: Context, processes: Path, *, drafts: bool) -> Mapping[str, Written]:
    """Every scenario by key; with ``drafts`` as they would be after publishing."""
    require(context.actor, "definition:read")
    found = {item.key: item for item in _files(processes)}
    query = select(ScenarioText).order_by(ScenarioText.draft)  # the drafts last, over the accepted ones
    for row in context.session.scalars(query if drafts else query.where(~ScenarioText.draft)):
        found[row.key] = _listed(row.key, row.content, DRAFT if row.draft else KEPT, row.version)
    return dict(sorted(found.items()))


def one(context: Context, processes: Path, key: str) -> Written:
    """A scenario as it is written now, draft first. Raises ``NotFound``."""
    found = written(context, processes, drafts=True).get(key)
    if found is None:
        raise NotFound
    return found


def save(context: Context, processes: Path, process_id: str, key: str | None, content: bytes, version: int) -> str:
    """Keep a text with the draft of ``process_id``; without ``key`` a new one, named by its title. Returns the key.

    Raises ``ScenarioError`` with the line for what cannot be read, ``Conflict`` where someone else wrote it meanwhile.
    """
    require(context.actor, "definition:draft")
    domain = registry.latest(context, process_id).domain or "general"
    known = written(context, processes, drafts=True)
    name = key.partition("/")[2] if key is not None else "nuevo"
    told = parse(content, Path(domain) / FOLDER / f"{name}.yaml")
    if not isinstance(told, Scenario):
        raise ScenarioError(name, 1, Text("Se esperaba un escenario.", "A scenario was expected."))
    if told.process_id != process_id:
        raise ScenarioError(
            name,
            _line_of(content, b"procedimiento:"),
            Text("«procedimiento» tiene que ser «{id}».", "“procedimiento” has to be “{id}”.", {"id": process_id}),
        )
    if key is None:
        key = _free_key(domain, told.title, known)
    elif key not in known or known[key].process_id != process_id:
        raise NotFound
    row = context.session.scalars(select(ScenarioText).where(ScenarioText.key == key, ScenarioText.draft)).first()
    if (row.version if row is not None else 0) != version:
        raise Conflict(_meanwhile(context, row))
    if row is None:
        if sum(item.origin == DRAFT and item.process_id == process_id for item in known.values()) >= MOST_KEPT:
            raise Conflict(Text("Ya hay demasiados borradores.", "There are too many drafts."))
        row = ScenarioText(id=new_id(), key=key, process_id=process_id, draft=True, version=0, content=b"")
        context.session.add(row)
    row.content, row.saved_at, row.saved_by = content, context.now, context.actor.id
    row.version += 1
    context.session.flush()
    audit.record(context, "definition:draft", object_id=row.id)
    return key


def drop(context: Context, key: str) -> None:
    """Drop the draft of a text, so that what it covered holds again. Raises ``NotFound``."""
    require(context.actor, "definition:draft")
    row = context.session.scalars(select(ScenarioText).where(ScenarioText.key == key, ScenarioText.draft)).first()
    if row is None:
        raise NotFound
    context.session.delete(row)
    audit.record(context, "definition:discard", object_id=row.id)


def accept(context: Context, process_id: str) -> int:
    """The drafts of a procedure's scenarios hold from now on. Returns how many there were."""
    require(context.actor, "definition:deploy")
    drafts = context.session.scalars(
        select(ScenarioText).where(ScenarioText.process_id == process_id, ScenarioText.draft)
    ).all()
    keys = [row.key for row in drafts]
    context.session.execute(delete(ScenarioText).where(ScenarioText.key.in_(keys), ~ScenarioText.draft))
    for row in drafts:
        row.draft = False
    context.session.flush()
    return len(keys)


def _files(processes: Path) -> Iterator[Written]:
    for path in sorted(processes.glob(f"*/{FOLDER}/*.yaml")):
        if path.stat().st_size <= LONGEST:
            yield _listed(f"{path.parent.parent.name}/{path.stem}", path.read_bytes(), FILES)


def _listed(key: str, content: bytes, origin: str, version: int = 0) -> Written:
    """What a list needs, without reading the whole text as YAML."""
    text = content.decode("utf-8", "replace")
    title, process_id = _TITLE.search(text), _PROCESS.search(text)
    return Written(
        key,
        title[1].strip("\"'") if title else key.partition("/")[2].replace("_", " "),
        process_id[1] if process_id else "",
        content,
        origin,
        version,
    )


def _free_key(domain: str, title: str, known: Mapping[str, Written]) -> str:
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    stem = re2.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:80] or "escenario"
    folder = re2.sub(r"[^a-z0-9_]+", "_", domain.lower())[:60]
    names = [stem, *(f"{stem}_{number}" for number in range(2, MOST_KEPT))]
    key = next(f"{folder}/{name}" for name in names if f"{folder}/{name}" not in known)
    assert _KEY.fullmatch(key)
    return key


def _meanwhile(context: Context, row: ScenarioText | None) -> Text:
    user = context.session.get(User, row.saved_by) if row is not None and row.saved_by is not None else None
    return Text(
        "{who} cambió este escenario mientras usted lo escribía. Copie su texto y abra el nuevo.",
        "{who} changed this scenario while you were writing it. Copy your text and open the new one.",
        {"who": user.name if user is not None else "Otra persona"},
    )


def _line_of(content: bytes, start: bytes) -> int:
    return next((number for number, line in enumerate(content.splitlines(), 1) if line.startswith(start)), 1)
