"""The asylum firewall: what is not asked, written down or sent about a person who fears to return to Honduras.

SIPROC belongs to the country of origin. Of such a person it records that information on protection was given and that
a lawyer is needed, and nothing else (handbook §5, rule 1, and 01 (g)); this is a rule of the house, not a setting.
Where the rule is kept: forms and procedures when they are deployed (``engine.definitions.firewall``), answers, notes
and reports when they are written, letters when they are registered, and whatever leaves for other systems.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import re2
from sqlalchemy import ColumnElement, String, and_, or_, type_coerce

from engine.errors import Invalid, Text
from engine.store.tables.casework import CaseFile

COMPARTMENT = "ASILO"
TYPE = "MIG-07"
SOURCE = "§5"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Something that must not be kept: what it is called, the words that say it, and whether a mark of it may be kept.

    ``marked``: a box to tick or a choice at level N3 may ask for it, because the firewall itself hangs on it.
    """

    code: str
    es: str
    en: str
    words: str
    marked: bool = False


# Words as ``folded`` leaves them: small, without accents.
MEANINGS = (
    Meaning(
        "persecution",
        "los hechos de la persecución",
        "the facts of the persecution",
        r"\b(persecu(cion|tor)\w*|persigu\w*|perseguid\w*|agentes? persecutor\w*|persecut(ion|ed|or)\w*"
        r"|(motivos?|razon(es)?|causas?) (de|del|por l[ao]s?) (su |la |el )?(huida|temor|exilio)"
        r"|por que (huyo|huye|teme|tiene (miedo|temor))|(opinion|afiliacion|militancia) politica)\b",
    ),
    Meaning(
        "claim",
        "la solicitud de asilo o refugio",
        "the claim for asylum",
        r"\b((solicit|pid|tramit|peticion|entrevista|expediente|numero|audiencia)\w* (de |del |el |la |en )*(asilo|refugi(o|ad[oa]s?))"
        r"|solicitantes? de (asilo|refugio)|(condicion|estatus) de refugiad[oa]|temor (creible|fundado)"
        r"|(asylum|refugee) (claim|application|seeker|interview|status)|credible fear)\b",
    ),
    Meaning(
        "fear",
        "el temor de volver",
        "the fear of returning",
        r"\b((temor(es)?|miedo) (fundado )?(de|a|al|por) (el )?(retorn|regres|volver)\w*"
        r"|tem(e|en|ia|io) (retornar|regresar|volver)|no puede (retornar|regresar|volver) a (honduras|su (pais|casa|tierra))"
        r"|fears? (of )?return\w*)\b",
        marked=True,
    ),
)  # fmt: skip
_PATTERNS = tuple((meaning, re2.compile(meaning.words)) for meaning in MEANINGS)


def folded(text: str) -> str:
    """A text as the words are looked for in it: small letters, no accents, one blank for whatever stands between words."""
    plain = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


def meaning_of(text: str) -> Meaning | None:
    """What must not be kept that a text speaks of, if anything."""
    plain = folded(text)
    return next((meaning for meaning, pattern in _PATTERNS if pattern.search(plain)), None)


def guards(compartments: Collection[str] | None, type: str | None) -> bool:
    """Whether the firewall stands around a case: its compartment, or the type that brings it."""
    return COMPARTMENT in (compartments or ()) or type == TYPE


def guarded() -> ColumnElement[bool]:
    """``guards`` as a condition on ``CaseFile``; a case without a type has none."""
    marked = type_coerce(CaseFile.compartments, String).contains(COMPARTMENT)
    return or_(marked, and_(CaseFile.type.is_not(None), CaseFile.type == TYPE))


class KeptOut(Invalid):
    """Something that was written about a guarded case and is not kept; whoever catches it leaves a row in the audit."""

    def __init__(self, case_id: UUID, fields: Mapping[str, Text]) -> None:
        super().__init__(fields=fields)
        self.case_id = case_id


def refuse(case: CaseFile, texts: Mapping[str, str]) -> None:
    """Raise ``KeptOut`` where texts (by the field they are written in) say what is not kept of a case that is guarded."""
    if not guards(case.compartments, case.type):
        return
    wrong = {name: _not_here(meaning) for name, text in texts.items() if (meaning := meaning_of(text)) is not None}
    if wrong:
        raise KeptOut(case.id, wrong)


def _not_here(meaning: Meaning) -> Text:
    return Text(
        "No anote {what}: SIPROC pertenece al país de origen. Escriba solo «protección internacional: información entregada» "
        "y que necesita abogado.",
        "Do not write down {what_en}: SIPROC belongs to the country of origin. Write only “international protection: "
        "information given” and that a lawyer is needed.",
        {"what": meaning.es, "what_en": meaning.en},
    )


def said(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, with the name of what it is in; rows are numbered, several answers to one field are not."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from said(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, Sequence):
        for number, item in enumerate(value):
            yield from said(item, f"{name}.{number}" if name and isinstance(item, Mapping) else name)


def leaks(value: Any) -> str | None:
    """The name of what, in a letter's data, would tell of asylum: a text that speaks of it, the type or the compartment."""
    for name, text in said(value):
        if text in (COMPARTMENT, TYPE) or meaning_of(text) is not None:
            return name
    return None
