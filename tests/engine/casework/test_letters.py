"""Letters: every template makes a tagged PDF/A, whatever the data say, and nothing of them is read as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from engine.access.actors import Actor
from engine.actions import letters as actions
from engine.bpmn.parser import parse_bpmn
from engine.casework import cases, documents, letters, outlines, plainly
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.feel import compile_expression
from engine.store import Store
from tests.conftest import Cast

ROOT = Path(__file__).parents[3] / "processes"
URL = "https://siproc.example"
TEMPLATES = sorted(letters.templates(ROOT).items())
LETTERS = [(code, file) for code, file in TEMPLATES if code != "carta"]


def made(store: Store, actor: Actor, code: str = "D-01-1", data: dict[str, Any] | None = None) -> UUID:
    """A document of a new case."""

    def work(context: Any) -> UUID:
        case = cases.open_case(context, "MX-TAP")
        row = documents.register(context, case.id, code=code, subject="Asunto", addressee="Juez", data=data or {})
        return row.id

    return store.transact(work, actor)


EVERYTHING: dict[str, Any] = {
    "codigo": "D-01-1", "numero": "X-1", "folio": "F", "asunto": "#panic()", "destinatario": "$ #read(\"/etc/passwd\")",
    "referencia_externa": "", "oficina": "*O*", "lugar": "L", "fecha": "hoy", "persona": "#eval(\"1\")", "idioma": "es",
    "estado": "borrador", "firmante": "", "cargo": "", "firmado_el": "", "clave": "C", "verificar_en": URL,
    "qr": letters.qr_code(URL), "datos": {},
}  # fmt: skip


@pytest.mark.parametrize(("code", "file"), LETTERS, ids=[code for code, _ in LETTERS])
def test_every_template_makes_a_tagged_pdf_even_without_data(code: str, file: Path, store: Store, cast: Cast) -> None:
    document = made(store, cast.ana, code)

    letter = store.read(lambda context: actions.read_letter(context, document, ROOT, URL), cast.ana)

    assert letter.content.startswith(b"%PDF-1.7")
    assert b"/MarkInfo" in letter.content or b"StructTreeRoot" in letter.content
    assert letter.name == "MX-TAP-2026-000001.pdf"


RAW = {
    "cuando": "2026-02-25T15:00:00@America/Tegucigalpa", "dia": "2026-02-25", "plazo": "P1DT2H", "pena": "P2Y1M",
    "presente": True, "ausente": False, "suma": {"monto": 12345.5, "moneda": "USD"}, "renglones": [{"dia": "2026-01-02"}],
}  # fmt: skip
WORDS = (
    "25 de febrero de 2026, 15:00", "25 de febrero de 2026", "1 día y 2 horas", "2 años y 1 mes", "sí", "no",
    "12,345.50 dólares estadounidenses", "2 de enero de 2026",
)  # fmt: skip
MACHINE = re.compile(r"\d{4}-\d\d-\d\d(?!\d)|\bP(\d|T\d)|\b(true|false|none)\b|@America")


def read(content: bytes) -> str:
    """The text of a PDF, in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def set_as_pdf(store: Store, cast: Cast, code: str, data: dict[str, Any]) -> str:
    """The text of a letter of this kind with these data."""
    document = made(store, cast.ana, code, data)
    return read(store.read(lambda context: actions.read_letter(context, document, ROOT, URL), cast.ana).content)


def test_a_letter_says_dates_durations_amounts_and_answers_in_words(store: Store, cast: Cast) -> None:
    said = set_as_pdf(store, cast, "D-NV", RAW)

    assert [words for words in WORDS if words not in said] == []
    assert MACHINE.search(said) is None


@pytest.mark.parametrize(("code", "file"), LETTERS, ids=[code for code, _ in LETTERS])
def test_no_template_prints_what_a_machine_writes(code: str, file: Path, store: Store, cast: Cast) -> None:
    raw = list(RAW.values())
    asked = [key for key, _ in outlines.outline(file).fields]

    said = set_as_pdf(store, cast, code, {key: raw[number % len(raw)] for number, key in enumerate(asked)})

    assert MACHINE.search(said) is None


@given(st.text(), st.sampled_from(["America/Tegucigalpa", "Europe/Madrid", "Asia/Taipei"]))
def test_what_people_wrote_stays_as_they_wrote_it(text: str, zone: str) -> None:
    said = plainly.in_spanish(text, ZoneInfo(zone))

    assert said == text or MACHINE.search(text) or re.fullmatch(r"\d\d:\d\d:\d\d", text)


@given(
    st.datetimes(timezones=st.sampled_from([UTC, ZoneInfo("Europe/Madrid"), ZoneInfo("America/Tegucigalpa")])),
    st.sampled_from(["America/Tegucigalpa", "Europe/Madrid", "Asia/Taipei"]),
)
def test_a_moment_is_told_by_the_clock_of_the_office(at: datetime, zone: str) -> None:
    said = plainly.in_spanish(at.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + "Z", ZoneInfo(zone))
    try:
        here = at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    except OverflowError:
        return

    assert f"{here.day} de " in said
    assert said.endswith(f"{here.hour:02}:{here.minute:02}")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["lugar", "fecha", "peticion", "ñandú"]) | st.text(max_size=6),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_whatever_the_data_say_they_are_only_text(data: dict[str, Any]) -> None:
    values = {**EVERYTHING, "datos": data}

    assert letters.typeset(ROOT, letters.template(ROOT, "D-04-4"), values, 0).startswith(b"%PDF")


@pytest.mark.parametrize("mark", ["\u0e31", "\u0e31\u0e31", "\u0900", "\U0001f3fb"])
def test_a_foreign_mark_on_a_letter_of_ours_takes_nothing_else_away(mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typst names the letter below the mark; the same letter stays in the code that is scanned, and in every number."""
    filled: list[dict[str, Any]] = []
    compiled = letters.typst.compile

    def compiling(*arguments: Any, **options: Any) -> bytes:
        filled.append(json.loads(options["sys_inputs"]["carta"]))
        return compiled(*arguments, **options)  # type: ignore[no-any-return]

    monkeypatch.setattr(letters.typst, "compile", compiling)
    picture = letters.qr_code(URL)
    values = {"numero": "X-100", "qr": picture, "persona": f"a0{mark}b", "datos": {f"0{mark}": "Иван 2010"}}

    assert letters.typeset(ROOT, letters.template(ROOT, "D-04-4"), {**EVERYTHING, **values}, 0).startswith(b"%PDF")
    assert filled[-1]["qr"].split() == picture.split()
    assert (filled[-1]["numero"], filled[-1]["datos"].popitem()[1]) == ("X-100", "Иван 2010")
    assert filled[-1]["persona"][:2] == "a0"
    assert mark not in filled[-1]["persona"]


def test_only_a_consul_signs_and_a_signed_letter_stays_as_it_is(store: Store, cast: Cast) -> None:
    document = made(store, cast.ana)

    with pytest.raises(Forbidden):
        store.transact(lambda context: actions.sign(context, document, ROOT, URL), cast.ana)
    with pytest.raises(NotFound):
        store.transact(lambda context: actions.sign(context, document, ROOT, URL), cast.diego)
    store.transact(lambda context: actions.sign(context, document, ROOT, URL), cast.carla)
    first = store.read(lambda context: actions.read_letter(context, document, ROOT, URL), cast.ana)
    again = store.read(lambda context: actions.read_letter(context, document, ROOT, "https://other"), cast.ana)

    assert first.content == again.content
    with pytest.raises(Conflict):
        store.transact(lambda context: actions.sign(context, document, ROOT, URL), cast.carla)


def test_who_holds_a_letter_can_verify_it_and_learns_nothing_of_the_person(store: Store, cast: Cast) -> None:
    document = made(store, cast.ana)
    row = store.read(lambda context: context.session.get(documents.Document, document), cast.ana)
    assert row is not None

    def verified(number: str, code: str) -> actions.Verified | None:
        return store.read(lambda context: actions.verify(context, number, code), cast.diego)

    assert verified(row.number, "000000000000") is None
    assert verified("MX-TAP-2026-000009", row.check_code) is None
    found = verified(f" {row.number.lower()} ", row.check_code.lower())
    assert found is not None
    assert (found.state, found.office) == ("borrador", "Consulado de Honduras en Tapachula")

    store.transact(lambda context: actions.sign(context, document, ROOT, URL), cast.carla)
    signed = verified(row.number, row.check_code)
    assert signed is not None
    assert (signed.state, len(signed.digest or "")) == ("firmado", 64)


def test_a_void_letter_keeps_its_number_and_says_why(store: Store, cast: Cast) -> None:
    document = made(store, cast.ana)

    with pytest.raises(Invalid):
        store.transact(lambda context: actions.void(context, document, "  "), cast.carla)
    store.transact(lambda context: actions.void(context, document, "Nombre equivocado"), cast.carla)

    row = store.read(lambda context: context.session.get(documents.Document, document), cast.ana)
    assert row is not None
    assert (row.state, row.void_reason, row.number) == ("anulado", "Nombre equivocado", "MX-TAP-2026-000001")


def test_every_document_that_a_procedure_makes_has_a_template_of_its_own() -> None:
    made = {
        code
        for file in ROOT.rglob("*.bpmn")
        for code in re.findall(r"""source='="(D-[\w-]+)"' target="codigo\"""", file.read_text("utf-8"))
    }

    assert made
    assert made - {code for code, _ in LETTERS} == set()


def steps() -> Iterator[tuple[str, str, set[str]]]:
    """What each step of a procedure gives to a letter, where that is written as a literal context: element, code, names."""
    for file in sorted(ROOT.rglob("*.bpmn")):
        for process in parse_bpmn(file.read_bytes())[0].processes:
            for element in process.elements.values():
                sources = {item.target: compile_expression(item.source.removeprefix("=")) for item in element.inputs}
                if element.job_type != "registrar-documento" or sources["datos"].tree[0] != "context":
                    continue
                names = {name for name, _ in sources["datos"].tree[1]}
                yield f"{process.id} {element.id}", sources["codigo"].evaluate({}), names


def test_a_letter_prints_all_that_a_step_gives_it() -> None:
    """``referencia_externa`` stands in the head of every letter; with ``resto: true`` a template takes whatever comes."""
    texts = {code: file.read_text("utf-8") for code, file in LETTERS}
    lost = {
        (where, code, name)
        for where, code, names in steps()
        if "resto: true" not in texts[code]
        for name in names - set(re.findall(r'"([a-z][a-z0-9_]*)"', texts[code])) - {"referencia_externa"}
    }

    assert lost == set()


def test_some_step_gives_a_letter_what_it_cannot_do_without() -> None:
    """What a template prints with ``dato`` leaves a line to fill by hand where nobody gives it; ``ficha`` leaves nothing."""
    given: dict[str, set[str]] = {}
    for _, code, names in steps():
        given.setdefault(code, set()).update(names)
    needed = {
        (code, name) for code, file in LETTERS for name in re.findall(r'dato\("(\w+)"\)', file.read_text("utf-8"))
    }

    assert {(code, name) for code, name in needed if code in given and name not in given[code]} == set()
