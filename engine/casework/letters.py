"""Letters: a document of the register as tagged PDF/A, filled into its typst template through data alone.

A template is ``letters/<code>.typ`` below the folder of the procedures; what is designers' or officers' text reaches it as
JSON and is never read as markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import segno
import typst
from babel.dates import format_date

from engine.casework import attachments, offices, plainly
from engine.errors import EngineError, Text
from engine.store import Context
from engine.store.tables.casework import CaseFile, Document, Person

GENERAL = "general"
STANDARD: Literal["a-2a"] = "a-2a"
FOLDER = "letters"
MOST_UNKNOWN = 60
UNKNOWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
FOREIGN = re.compile("[^\\x20-\u024f\u2010-\u2027]")  # all but Latin letters and their signs
LAST_PLAIN = 0xFFFF
DOT = "·"
ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")


class LetterError(EngineError):
    """A letter whose template cannot be filled."""

    code = "letter_failed"
    default = Text("La carta no se puede componer.", "The letter cannot be set.")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as PDF."""

    name: str
    content: bytes


def compose(context: Context, document: Document, root: Path, public_url: str, *, practice: bool = False) -> Letter:
    """Set a document as PDF/A; one of the practice mode says so on each page. Raises ``LetterError``, with what the template lacks."""
    content = typeset(
        root,
        template(root, document.code),
        {**facts(context, document, public_url), "practica": practice},
        int(document.created_at.timestamp()),
    )
    return Letter(f"{document.number}.pdf", content)


def template(root: Path, code: str) -> Path:
    """The template of a document code; the general one where it has none."""
    return templates(root).get(code) or templates(root)[GENERAL]


@lru_cache(maxsize=8)
def templates(root: Path) -> Mapping[str, Path]:
    """Templates by document code."""
    return {path.stem: path for path in sorted(root.glob(f"*/{FOLDER}/*.typ"))}


def verify_address(public_url: str, document: Document) -> str:
    """Where anybody can see that the letter is ours."""
    return f"{public_url.rstrip('/')}/verificar/{document.number}?c={document.check_code}"


def facts(context: Context, document: Document, public_url: str) -> dict[str, Any]:
    """What a template is given; handbook 08, section F names the fields that all documents share."""
    case = context.session.get_one(CaseFile, document.case_id)
    office = offices.facts(context, case.office_code)
    person = context.session.get(Person, case.person_id) if case.person_id is not None else None
    zone = ZoneInfo(office.timezone)
    return {
        "codigo": document.code,
        "numero": document.number,
        "folio": case.folio,
        "asunto": document.subject or document.code,
        "destinatario": document.addressee,
        "referencia_externa": str(document.data.get("referencia_externa") or ""),
        "oficina": office.name,
        "lugar": office.city,
        "fecha": format_date(document.created_at.astimezone(zone), "long", locale="es"),
        "persona": person.name if person is not None else "",
        "idioma": "es",
        "estado": document.state,
        "firmante": document.signed_name or "",
        "cargo": document.signed_role or "",
        "firmado_el": plainly.moment(document.signed_at, zone) if document.signed_at is not None else "",
        "clave": document.check_code,
        "verificar_en": f"{public_url.rstrip('/')}/verificar",
        "qr": qr_code(verify_address(public_url, document)),
        "datos": plainly.in_spanish(attachments.in_words(context, document.case_id, document.data), zone),
    }


def qr_code(address: str) -> str:
    """A QR code of an address, as SVG."""
    out = BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=0)
    return out.getvalue().decode()


def typeset(root: Path, file: Path, values: Mapping[str, Any], at: int) -> bytes:
    """Fill a template; ``at`` (seconds since 1970) goes into the PDF. Raises ``LetterError``.

    PDF/A has a picture for every letter: one that the font lacks is printed as a dot, rather than no letter at all.
    """
    text = json.dumps(_printable(values), ensure_ascii=False, default=str)
    for attempt in range(MOST_UNKNOWN):
        try:
            return typst.compile(
                file,
                root=root,
                format="pdf",
                ignore_system_fonts=True,  # the same letter on every machine
                sys_inputs={"carta": text},
                pdf_standards=STANDARD,
                timestamp=at,
            )
        except typst.TypstError as error:
            unknown = UNKNOWN.search(str(error))
            if unknown is None:
                raise _failed(file, str(error)) from error
            plainer = _without(text, _told(unknown[1]))
            hopeless = plainer == text or attempt == MOST_UNKNOWN - 2
            text = FOREIGN.sub(DOT, text) if hopeless else plainer
    raise _failed(file, "unknown letters")


def _printable(value: Any) -> Any:
    """Composed, and without what has no shape of its own."""
    if isinstance(value, str):
        composed = unicodedata.normalize("NFC", value)
        return "".join(
            " " if letter.isspace() else letter for letter in composed if letter.isspace() or _has_shape(letter)
        )
    if isinstance(value, Mapping):
        return {str(_printable(key)): _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, (list, tuple)) else value


def _has_shape(letter: str) -> bool:
    return letter.isprintable() and not (unicodedata.category(letter) == "Sk" and ord(letter) > LAST_PLAIN)


def _without(text: str, named: str) -> str:
    """``text`` with dots for the foreign letters of what Typst names, which is all that the font may lack.

    It names the first letter only where a foreign mark stands on one of ours: ours stays, here and wherever else it is.
    """
    plainer = text.replace(named, FOREIGN.sub(DOT, named))
    return plainer if plainer != text else re.sub(f"{re.escape(named)}{FOREIGN.pattern}+", lambda _: named + DOT, text)


def _told(text: str) -> str:
    """What Typst names as text, its escapes resolved."""
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _failed(file: Path, why: str) -> LetterError:
    return LetterError(
        Text(
            "La plantilla «{file}» no se puede llenar: {why}",
            "The template “{file}” cannot be filled: {why}",
            {"file": file.name, "why": why[:300]},
        )
    )
