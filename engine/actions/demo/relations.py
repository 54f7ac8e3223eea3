"""Relations between the demo's cases: who travelled together, who is looked for and who was found, who worked for the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.access.actors import Actor
from engine.actions import related
from engine.actions.demo.stories import EMPLOYED, FOUND, SEARCH, TRAVELLED
from engine.actions.related import FAMILY, Relation
from engine.errors import EngineError
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stories by their numbers, and how the case of the second belongs to that of the first."""

    one: int
    other: int
    kind: str
    kinship: str
    reason: str


PAIRS: Sequence[Pair] = (
    Pair(*TRAVELLED, FAMILY, "hermano", "Son hermanos y viajaban juntos en el mismo tren: lo dicen los dos."),
    Pair(*TRAVELLED, "mismo_hecho", "", "Los asaltaron la misma noche; uno reconoció a quienes lo hicieron."),
    Pair(SEARCH, FOUND, FAMILY, "hermano", "Su madre los busca a los dos: él apareció en el hospital y dice dónde se separaron."),
    Pair(*EMPLOYED, "otra", "", "Mismo empleador (Agrícola del Soconusco, de ejemplo): conviene reclamar lo que se debe a los dos a la vez."),
)  # fmt: skip


def furnish(store: Store, actors: Collection[Actor], cases: Mapping[int, UUID]) -> int:
    """Relate the cases of stories that belong together, each pair by somebody who may read both. Returns how many."""
    return sum(_relate(store, actors, cases, pair) for pair in PAIRS if {pair.one, pair.other} <= cases.keys())


def _relate(store: Store, actors: Collection[Actor], cases: Mapping[int, UUID], pair: Pair) -> bool:
    """Whether there was somebody who could: the cases are of those who work on them, and some are kept apart."""

    def work(context: Context) -> None:
        folio = context.session.get_one(CaseFile, cases[pair.other]).folio
        related.relate(context, cases[pair.one], Relation(folio, pair.kind, pair.kinship, pair.reason))

    for actor in actors:
        try:
            store.transact(work, actor)
        except EngineError:
            continue
        return True
    return False
