"""Chains the audit: committed rows get their place, each digest covers the one before, and checkpoints are signed.

A row is written beside its change without looking at any other, so that nobody waits; a worker gives it its place when it
is committed, seconds later. Until then a row is protected by the database alone; ``Verified.unsealed`` says how many are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text

from engine.access import signing
from engine.errors import Text
from engine.store import Context
from engine.store.tables.access import AuditCheckpoint, AuditEntry, AuditLink

BATCH = 2_000
# Rows are looked for from this long before the last sealed one: no transaction is open for longer.
OVERLAP = timedelta(minutes=10)
FIRST = "0" * 64
LOCK = 0x51_9C_0A_0D_17
KEPT = "audit-checkpoints.jsonl"
LONGEST_LINE = 4_096
COLUMNS = (
    AuditEntry.id, AuditEntry.at, AuditEntry.actor_id, AuditEntry.office_code, AuditEntry.address, AuditEntry.action,
    AuditEntry.allowed, AuditEntry.object_id, AuditEntry.case_id, AuditEntry.request_id, AuditEntry.data,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was changed behind the audit's back; ``sequence`` is its place in the chain, where it has one."""

    kind: str
    text: Text
    sequence: int | None = None
    entry_id: UUID | None = None


@dataclass(slots=True)
class Verified:
    """What a look at the whole chain found."""

    rows: int = 0
    checkpoints: int = 0
    unsealed: int = 0
    faults: list[Fault] = field(default_factory=list)


def content_of(row: Any) -> dict[str, Any]:
    """An audit row as it is hashed and exported."""
    return {
        "id": str(row.id),
        "at": row.at.isoformat(),
        "actor": _text(row.actor_id),
        "office": row.office_code,
        "address": row.address,
        "action": row.action,
        "allowed": bool(row.allowed),
        "object": _text(row.object_id),
        "case": _text(row.case_id),
        "request": str(row.request_id),
        "data": row.data,
    }


def _text(id: UUID | None) -> str | None:
    return str(id) if id is not None else None


def digest(before: str, content: Mapping[str, Any]) -> str:
    """The digest of a row that follows the digest ``before``."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{canonical}".encode()).hexdigest()


def statement(sequence: int, chained: str, at: datetime) -> bytes:
    """What a checkpoint signs."""
    return f"siproc-audit\n{sequence}\n{chained}\n{at.isoformat()}".encode()


def sealing(folder: Path) -> Callable[[Context], int]:
    """What a worker does each round, with the key and the kept checkpoints in ``folder``."""
    return lambda context: seal(context, signing.signer(folder), folder)


def seal(context: Context, signer: signing.Signer, folder: Path) -> int:
    """Give committed rows their place and sign the new end; returns how many."""
    if not _alone(context):
        return 0
    _keep(context, folder)
    last = context.session.execute(select(AuditLink).order_by(AuditLink.sequence.desc()).limit(1)).scalar()
    rows = _unsealed(context, last.entry_id if last is not None else None)
    if not rows:
        return 0
    sequence, chained = (last.sequence, last.digest) if last is not None else (0, FIRST)
    links = []
    for row in rows:
        sequence, chained = sequence + 1, digest(chained, content_of(row))
        links.append({"sequence": sequence, "entry_id": row.id, "digest": chained})
    context.session.execute(insert(AuditLink), links)
    signature = signer.sign(statement(sequence, chained, context.now))
    point = {
        "sequence": sequence,
        "at": context.now,
        "digest": chained,
        "key_id": signer.key_id,
        "signature": signature,
    }
    context.session.execute(insert(AuditCheckpoint), [point])
    return len(links)


def _alone(context: Context) -> bool:
    """One sealer at a time; on SQLite a writer is alone anyway."""
    if context.session.get_bind().dialect.name != "postgresql":
        return True
    return bool(context.session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOCK}))


def _unsealed(context: Context, last: UUID | None) -> list[Row[Any]]:
    query = select(*COLUMNS).where(~select(AuditLink.entry_id).where(AuditLink.entry_id == AuditEntry.id).exists())
    if last is not None:
        query = query.where(AuditEntry.id >= _before(last))
    return list(context.session.execute(query.order_by(AuditEntry.id).limit(BATCH)).all())


def _before(last: UUID) -> UUID:
    """The smallest id that a row beside ``last`` can have whose transaction ended later: ids begin with milliseconds."""
    return UUID(int=max(0, (last.int >> 80) - int(OVERLAP.total_seconds() * 1000)) << 80)


def verify(context: Context, folder: Path) -> Verified:
    """Walk the whole chain and compare every row, link and checkpoint; ``folder`` has the public key and the kept lines."""
    found = Verified()
    _walk(context, found)
    _checkpoints(context, folder, found)
    sealed = select(AuditLink.entry_id).where(AuditLink.entry_id == AuditEntry.id).exists()
    last = context.session.scalar(select(func.max(AuditCheckpoint.at)))
    for row in context.session.execute(select(AuditEntry.id, AuditEntry.at).where(~sealed).order_by(AuditEntry.id)):
        found.unsealed += 1
        if last is not None and row.at < last - OVERLAP:
            _blame(found, "inserted", "una fila que dice una hora anterior a lo ya sellado", "a row that tells a time before what is sealed",
                   None, row.id)  # fmt: skip
    return found


def _walk(context: Context, found: Verified) -> None:
    expected, chained, at, ends = 1, FIRST, None, _ends(context)
    for link, row in _chain(context):
        found.rows += 1
        while expected < link.sequence:
            _blame(found, "missing", "falta un eslabón", "a link is missing", expected)
            expected, chained = expected + 1, ""
        expected = link.sequence + 1
        if row is None:
            _blame(found, "missing", "falta la fila", "the row is missing", link.sequence, link.entry_id)
        elif chained and digest(chained, content_of(row)) != link.digest:
            _blame(
                found,
                "altered",
                "la fila, o su lugar, cambió",
                "the row or its place was changed",
                link.sequence,
                row.id,
            )
        elif at is not None and row.at < at - OVERLAP:
            _blame(found, "inserted", "la fila dice una hora anterior a su lugar", "the row tells a time before its place",
                   link.sequence, row.id)  # fmt: skip
        chained = link.digest
        at = ends.get(link.sequence, at)


def _chain(context: Context) -> Iterator[tuple[Any, Any]]:
    """Links with their rows, in order."""
    query = (
        select(AuditLink.sequence, AuditLink.entry_id, AuditLink.digest, *COLUMNS)
        .outerjoin(AuditEntry, AuditEntry.id == AuditLink.entry_id)
        .order_by(AuditLink.sequence)
        .execution_options(yield_per=2_000)
    )
    for row in context.session.execute(query):
        yield row, row if row.id is not None else None


def _ends(context: Context) -> dict[int, datetime]:
    """When each sealed stretch ended: a row of a later one cannot be older than that."""
    query = select(AuditCheckpoint.sequence, AuditCheckpoint.at)
    return {row.sequence: row.at for row in context.session.execute(query)}


def _checkpoints(context: Context, folder: Path, found: Verified) -> None:
    key = signing.public_key(folder)
    links = select(AuditLink.digest).where(AuditLink.sequence == AuditCheckpoint.sequence).scalar_subquery()
    stored: dict[int, str] = {}
    for point, chained in context.session.execute(select(AuditCheckpoint, links).order_by(AuditCheckpoint.sequence)):
        found.checkpoints += 1
        stored[point.sequence] = point.digest
        content = statement(point.sequence, point.digest, point.at)
        if key is None or not signing.holds(key, content, point.signature):
            _blame(found, "signature", "la firma no vale", "the signature does not hold", point.sequence)
        elif chained != point.digest:
            _blame(
                found, "altered", "la cadena no es la que se firmó", "the chain is not what was signed", point.sequence
            )
    last = context.session.scalar(select(func.max(AuditLink.sequence))) or 0
    if last > max(stored, default=0):
        _blame(found, "inserted", "hay eslabones sin firma", "links without a signature", last)
    for kept in read_kept(folder):
        if stored.get(kept["sequence"]) != kept["digest"]:
            _blame(
                found,
                "missing",
                "falta lo que se firmó hasta aquí",
                "what was signed up to here is missing",
                kept["sequence"],
            )


def _blame(
    found: Verified, kind: str, es: str, en: str, sequence: int | None = None, entry_id: UUID | None = None
) -> None:
    found.faults.append(Fault(kind, Text(es, en), sequence, entry_id))


def _keep(context: Context, folder: Path) -> None:
    """Append committed checkpoints to a file: copied elsewhere, it shows that the end of the chain was cut off."""
    known = _last_kept(folder)
    query = select(AuditCheckpoint).where(AuditCheckpoint.sequence > known).order_by(AuditCheckpoint.sequence)
    lines = [json.dumps(_line(row)) + "\n" for row in context.session.scalars(query)]
    if lines:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / KEPT).open("a", encoding="utf-8") as file:
            file.writelines(lines)


def _last_kept(folder: Path) -> int:
    """The last kept place; looks at the end of the file only."""
    path = folder / KEPT
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - LONGEST_LINE))
        lines = file.read().splitlines()
    return int(json.loads(lines[-1])["sequence"]) if lines else 0


def _line(point: AuditCheckpoint) -> dict[str, Any]:
    return {
        "sequence": point.sequence, "digest": point.digest, "at": point.at.isoformat(), "key": point.key_id,
        "signature": point.signature,
    }  # fmt: skip


def read_kept(folder: Path) -> Iterator[dict[str, Any]]:
    """The checkpoints that were kept in the file."""
    path = folder / KEPT
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)


def export(context: Context) -> Iterator[dict[str, Any]]:
    """Everything that is sealed, in order: rows with their place and digest, and checkpoints where they stand."""
    points = {row.sequence: row for row in context.session.scalars(select(AuditCheckpoint))}
    for link, row in _chain(context):
        yield {
            "sequence": link.sequence,
            "digest": link.digest,
            "entry": content_of(row) if row is not None else None,
        }
        point = points.get(link.sequence)
        if point is not None:
            yield {"checkpoint": _line(point)}
