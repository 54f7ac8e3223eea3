"""Refuses forms and procedures that would ask, write down or send what the asylum firewall keeps out (handbook §5, 1)."""

from __future__ import annotations

from collections.abc import Iterable

import re2

from engine.access.firewall import Meaning, meaning_of
from engine.bpmn.findings import Findings
from engine.bpmn.model import Element, Process
from engine.errors import Finding, Text
from engine.forms import Form
from engine.forms.model import Field

# What leaves the case: letters, notices, and the line that everybody who reads the timeline sees.
LEAVING = frozenset({"registrar-documento", "notificar", "registrar-evento"})
# Answers that tell of asylum by themselves; procedures may decide by them, letters and notices may not hold them.
ANSWERS = ("f_temor_retorno", "info_proteccion_entregada", "miedo_a_alguien")
_ANSWERS = re2.compile(r"\b(" + "|".join(ANSWERS) + r")\b")
_WRITTEN = frozenset({"textfield", "textarea", "filepicker"})


def check_form(form: Form, file: str) -> list[Finding]:
    """Fields that ask for what is not kept: in words never, as a mark only at level N3 where the firewall hangs on it."""
    found = []
    for field in form.fields.values():
        meaning = meaning_of(f"{field.key.rpartition('.')[2]} · {field.label}")
        if meaning is None or field.computed is not None or _may_mark(field, meaning):
            continue
        found.append(
            Finding(
                "asylum.field",
                "error",
                Text(
                    "«{label}» pide {what}, que no se anota: SIPROC pertenece al país de origen. Quite la pregunta, o pida solo "
                    "una marca sin detalles, de sensibilidad N3.",
                    "“{label}” asks for {what_en}, which is not written down: SIPROC belongs to the country of origin. Take the "
                    "question out, or ask for a mark only, without details, of sensitivity N3.",
                    {"label": field.label or field.key, "what": meaning.es, "what_en": meaning.en},
                ),
                element_id=field.id,
                element_name=field.label or None,
                file=file,
            )
        )
    return found


def _may_mark(field: Field, meaning: Meaning) -> bool:
    return meaning.marked and field.type not in _WRITTEN and field.sensitivity == "N3"


def check_process(process: Process, file: str) -> Iterable[Finding]:
    """Letters, notices and messages that would carry it: an answer that tells of it, or words that do."""
    findings = Findings(file)
    for element in process.elements.values():
        thrown = element.kind in ("intermediateThrowEvent", "endEvent") and element.event_kind == "message"
        if element.job_type not in LEAVING and element.kind != "sendTask" and not thrown:
            continue
        for source in _sources(element):
            answer = _ANSWERS.search(source)
            meaning = meaning_of(source)
            if answer is None and meaning is None:
                continue
            findings.refuse(
                "asylum.leaves",
                "«{element}» enviaría {what}: de quien pide protección no sale nada que lo diga. Quítelo de sus datos.",
                "“{element}” would send {what}: nothing leaves that tells of somebody who asks for protection. Take it out of its data.",
                id=element.id,
                name=element.name,
                line=element.line,
                element=element.name or element.id,
                what=answer[1] if answer is not None else meaning.es if meaning is not None else "",
            )
            break
    return findings.items


def _sources(element: Element) -> Iterable[str]:
    for item in element.inputs:
        yield item.source
    yield from element.headers.values()
