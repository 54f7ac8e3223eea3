"""A man detained in Tapachula says that he cannot go back: from then on nothing tells of it, wherever one looks.

What he says is no business of the country that he fears (handbook §5, rule 1): no form asks for it, what somebody writes of
it is refused, and no letter, export, webhook, log or audit row has it; but he is visited, told of protection, and not left.
"""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.cli.audit import audit
from engine.cli.export import export
from engine.store.tables.programs import WebhookDelivery
from tests.stories.driver import Story

CLAIM = "Lo persigue la banda de Quebrachal por su militancia; pidió asilo en Ixtepec."
TOLD = ("quebrachal", "ixtepec")  # what of the claim cannot come from anywhere else
TELLING = re.compile(r"persecu|persig|asilo|asylum|refugi|temor|temer|miedo|huy[eo]|huida|militan|credible")
SAYS_NOTHING = re.compile(r"asilo|asylum|refugi|proteccion.concedida|le dan proteccion|temor|quebrachal|ixtepec")


def test_the_asylum_firewall(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connect(story)
    story.first_hand = {"agente MX-TAP": "ana.discua", "consul MX-TAP": "carla.funes"}

    # His sister calls; he is found in the station and visited, as everybody is.
    story.opens("ana.discua")
    intake(story)
    visit(story)
    assert story.facts()["type"] == "MIG-01"
    assert "D-01-1" in story.letters()
    unclear(story, "beto.calix")
    assert story.facts("beto.calix")["person"] == "Luis Mejía"  # a colleague reads along
    before = {row["data"]["case_id"] for row in sent(story)}
    assert story.case in before
    told_so_far = len(sent(story))

    # In the interview he says that he cannot go back. The sheet is given out; of what he said there is a mark and no more.
    story.asked.clear()
    story.completes("ut_proteccion", decision="aun_no_decide")
    assert story.waiting() == {}

    # From now on the case is there for who is cleared alone: not for a lawyer of the house, nor for another office.
    story.is_hidden_from("beto.calix")
    story.is_hidden_from("nora.valle")
    assert story.program("carla.funes").get(f"/cases/{story.case}")["folio"]

    # Whoever writes down what he said is told why not, at the field, by every door; and it is not kept.
    refuse_notes(story)
    story.waits_until_due("tm_contacto")
    story.hears("msg_riesgo", texto="La ronda del centro cambió de turno.")
    story.completes("ut_tamizaje", **RISK["ut_tamizaje"])
    story.completes("ut_plan_seguridad", **RISK["ut_plan_seguridad"])
    assert story.waiting() == {}  # whatever happens, neither family, nor document, nor travel, until he decides
    story.hears("msg_proteccion_concedida")

    # The closing goes as any other. Its report asks for words of one's own: there, too, the claim is refused.
    story.completes("ut_entrevista", resolucion="resuelto_favorable", cobro="no", intentos="")
    refuse_answer(story, "ut_informe", resolucion="resuelto_favorable")
    story.completes("ut_informe", resolucion="resuelto_favorable")
    story.completes("ut_revisar_cierre", decision="cierra")
    facts = story.facts()
    assert (facts["status"], facts["tasks"], facts["incidents"]) == ("cerrado", [], 0)

    # No form had a field for it. A mark may be ticked, without a word, where only who is cleared sees it (F-00-04).
    telling = [item for item in story.asked if TELLING.search(plain(f"{item['name']} {item['label']}"))]
    assert {(item["name"], item["kind"], item["sensitivity"]) for item in telling} <= {
        ("f_temor_retorno", "tick", "N3")
    }
    assert len(story.asked) > 50

    # Nothing that leaves has it: letters, event logs, what other systems are sent, and what is written about the work.
    for code in set(story.letters()):
        letter = story.letter(code)
        assert not SAYS_NOTHING.search(plain(json.dumps({**letter, "qr": ""}, ensure_ascii=False))), code
    assert [row["data"].get("element_id") for row in sent(story)[told_so_far:]] == ["ut_proteccion"]  # everybody's task
    ordinary = another_case(story)
    for kind in ("xes", "ocel"):
        log = ran(story, export, kind)
        assert ordinary in log
        assert facts["folio"] not in log
        assert not SAYS_NOTHING.search(plain(log)), kind
    story.waits(timedelta(hours=1))
    rows = ran(story, audit, "export")
    assert story.case in rows
    assert not [line for line in rows.splitlines() if SAYS_NOTHING.search(plain(line))]
    written = [record.getMessage() + str(vars(record)) for record in caplog.records]
    assert not [line for line in written if SAYS_NOTHING.search(plain(line))]

    # Nor does it come by an answer of the API or a page of those who are not cleared: for them there is no such case.
    story.is_hidden_from("beto.calix")
    for who in ("beto.calix", "nora.valle", "fidel.carcamo"):
        found = [story.program(who).get(f"/cases?q={word}")["items"] for word in (facts["folio"], "Mej%C3%ADa")]
        assert found == [[], []]
        assert story.case not in story.page(who).get("/casos?q=Mej%C3%ADa")


RISK: dict[str, dict[str, Any]] = {
    "ut_tamizaje": {
        "lugar_seguro_entrevista": True, "f_vsex": "no", "f_amenaza": "no", "f_libertad": "privada",
        "estado_clinico": "", "t_acto": [], "t_medio": [], "t_fin": [], "protectores": [],
    },
    "ut_plan_seguridad": {"confirma": "si"},
}  # fmt: skip


def intake(story: Story) -> None:
    """From the call to the plan."""
    story.completes(
        "ut_primer_contacto", motivo="detenido_migracion", peligro_ahora="no", peligro_tipo=[], solo_consulta=False,
        tipo_reportante="familiar", canal="telefono", pais="MX", entidad="MX-CHP", afectada_nombre="Luis Mejía",
        afectada_edad=31,
    )  # fmt: skip
    story.completes(
        "ut_identidad", nombres="Luis", apellido1="Mejía", fecha_nac="1994-05-02", nacionalidad_estado="confirmada",
        custodia="migratoria", puede_saber="todo", discapacidad=[],
    )  # fmt: skip
    story.completes("ut_informar", comprension=True)
    story.completes("ut_consentimiento", comprension=True, base="consentimiento")
    story.completes("ut_tamizaje", **RISK["ut_tamizaje"])
    story.completes("ut_plan_seguridad", confirma="si")
    story.completes("ut_clasificar", dominio_principal="MIG", tipo_caso="MIG-01", conexos=[])
    story.completes("ut_asignar", by="consul", agente_id="@agente")
    story.completes("ut_plan")


def visit(story: Story) -> None:
    """He is found and spoken with in private."""
    story.completes("ut_localizar", resultado="hallado", centro="Siglo XXI")
    story.completes("ut_concertar_cita", modo="presencial", riesgo_lugar="bajo")
    story.completes("ut_preparar_visita", modo="presencial", riesgo_lugar="bajo")
    story.completes("ut_lista", urgente=False)
    story.completes("ut_acta", privada=True)


def refuse_notes(story: Story) -> None:
    """A note and a report that tell the claim are refused in words, by the pages and the API, and leave nothing."""
    ana, program = story.page("ana.discua"), story.program("ana.discua")
    answers = [
        ana.post(f"/casos/{story.case}/notas", nota=CLAIM),
        ana.post(f"/casos/{story.case}/hechos", mensaje="msg_riesgo", texto=CLAIM),
        program.post(f"/cases/{story.case}/notes", {"text": CLAIM}),
        program.post(f"/cases/{story.case}/events", {"message": "msg_riesgo", "text": CLAIM}),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert "país de origen" in (answer.json["errors"][0]["detail"] if answer.is_json else answer.text)
    assert not any(word in plain(line) for line in story.timeline() for word in TOLD)


def refuse_answer(story: Story, element_id: str, **said: Any) -> None:
    """The claim as an answer is refused at its field; as a draft it is not kept."""
    task, program = story.waiting()[element_id]["id"], story.program("ana.discua")
    assert program.post(f"/tasks/{task}/claim").status_code == 200
    seen = program.get(f"/tasks/{task}")

    free = next(item["name"] for item in seen["form"]["fields"] if item["kind"] == "paragraphs" and item["shown"])
    values = {**story.plausible("ana.discua", task, said), **said, free: CLAIM}
    answer = program.post(f"/tasks/{task}/complete", {"values": values})
    assert answer.status_code == 422
    assert [(item["field"], "país de origen" in item["detail"]) for item in answer.json["errors"]] == [(free, True)]
    program.send("PUT", f"/tasks/{task}/draft", {"values": {free: CLAIM}})
    assert not any(word in plain(str(program.get(f"/tasks/{task}")["values"])) for word in TOLD)


def connect(story: Story) -> None:
    """Another system is subscribed to all that happens, by the administrator in the browser."""
    lidia = story.page("lidia.pineda")
    known = lidia.client.application.extensions["siproc"]
    known["settings"] = replace(known["settings"], webhook_hosts="avisos.example.org")
    events = [
        "task.opened",
        "task.completed",
        "case.opened",
        "case.classified",
        "case.status",
        "case.assigned",
        "case.closed",
    ]
    made = lidia.post("/conexiones/nueva", name="Retorno", url="https://avisos.example.org/x", events=events, office="")
    assert made.status_code == 200


def unclear(story: Story, who: str) -> None:
    """An administrator takes somebody's clearances away."""
    user = story.actor(who).id
    assert story.page("lidia.pineda").post(f"/cuentas/{user}/compartimentos").status_code == 302


def sent(story: Story) -> list[dict[str, Any]]:
    """What the other system is sent."""
    rows = story.store.read(lambda context: context.session.scalars(select(WebhookDelivery)).all(), SYSTEM)
    return [json.loads(row.body) for row in rows]


def another_case(story: Story) -> str:
    """The folio of a case of nothing in particular: it shows that the logs have cases at all."""
    beto = story.program("beto.calix")
    opened = beto.post("/cases").json
    return str(beto.get(f"/cases/{opened['case_id']}")["folio"])


def ran(story: Story, command: Any, *words: str) -> str:
    """What a command prints about the story's database."""
    done = CliRunner().invoke(command, [*words, "--database", str(story.store.engine.url)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def plain(text: str) -> str:
    """A text in small letters without accents."""
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
