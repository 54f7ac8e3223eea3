"""Files on the pages: in the forms of tasks and on the page of a case, without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.actions.demo.build import DEMO_PASSWORD
from engine.casework import attachments
from engine.definitions import deploy
from engine.handlers import HANDLERS
from engine.runtime import instances
from engine.runtime.reading import variables_at
from engine.store import Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.files import Attachment
from engine.store.tables.runtime import UserTask
from tests import specimens
from tests.webui.conftest import TOKEN, Browser

PROCESS = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="x">
<bpmn:process id="pruebas_de_archivos" name="Pruebas" isExecutable="true">
<bpmn:startEvent id="inicio"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
<bpmn:sequenceFlow id="f1" sourceRef="inicio" targetRef="ut_pruebas"/>
<bpmn:userTask id="ut_pruebas" name="Reunir pruebas"><bpmn:extensionElements><zeebe:userTask/><zeebe:formDefinition formId="F-99-01"/><zeebe:assignmentDefinition candidateGroups="agente"/></bpmn:extensionElements><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:userTask>
<bpmn:sequenceFlow id="f2" sourceRef="ut_pruebas" targetRef="ut_despues"/>
<bpmn:userTask id="ut_despues" name="Después"><bpmn:extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="agente"/></bpmn:extensionElements><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing></bpmn:userTask>
<bpmn:sequenceFlow id="f3" sourceRef="ut_despues" targetRef="fin"/>
<bpmn:endEvent id="fin"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>
</bpmn:process></bpmn:definitions>"""
FORM = """{"type": "default", "id": "F-99-01", "title": "Pruebas", "schemaVersion": 16, "components": [
{"type": "textfield", "id": "c1", "key": "relato", "label": "Relato", "validate": {"required": true}},
{"type": "filepicker", "id": "c2", "key": "acta", "label": "Acta", "properties": {"tipo": "file", "sensibilidad": "N2"}, "validate": {"required": true}},
{"type": "filepicker", "id": "c3", "key": "fotos", "label": "Fotos", "multiple": true, "properties": {"tipo": "photo", "sensibilidad": "N3"}},
{"type": "textfield", "id": "c4", "key": "firma", "label": "Firma", "properties": {"tipo": "signature", "sensibilidad": "N2"}},
{"type": "dynamiclist", "id": "l", "path": "senas", "label": "Señas", "defaultRepetitions": 1, "components": [
 {"type": "textfield", "id": "c5", "key": "sena", "label": "Seña"},
 {"type": "filepicker", "id": "c6", "key": "foto", "label": "Foto", "properties": {"tipo": "photo"}}]}]}"""


@pytest.fixture
def task(working: Store, window: Callable[[], Browser]) -> tuple[Browser, str, UUID]:
    """A window at an open task with fields for files, its address, and its case."""
    files = {"p.bpmn": PROCESS.encode(), "F-99-01.form": FORM.encode()}
    working.transact(lambda context: deploy.deploy(context, files, frozenset(HANDLERS)), SYSTEM)
    ana = window().sign_in("ana.discua")
    case = ana.client.get(ana.post("/casos").location).request.path
    opened = working.read(
        lambda context: context.session.scalars(select(UserTask).order_by(UserTask.id.desc())).first(), SYSTEM
    )
    assert opened is not None, case
    case_id = opened.case_id
    assert case_id is not None
    working.transact(
        lambda context: instances.start(
            context, "pruebas_de_archivos", case_id=case_id, office_code="MX-TAP", variables={}
        ),
        SYSTEM,
    )
    query = select(UserTask.id).where(UserTask.element_id == "ut_pruebas")
    task_id = working.read(lambda context: context.session.scalar(query), SYSTEM)
    return ana, f"/tareas/{task_id}", case_id


def file(content: bytes, name: str) -> tuple[BytesIO, str]:
    """A file as a browser sends it."""
    return BytesIO(content), name


def hidden(page: str, name: str) -> list[str]:
    """The references that a page carries for a field."""
    return re.findall(rf'<input type="hidden" name="{re.escape(name)}" value="(adjunto:[^"]+)"', page)


def rows(store: Store) -> list[Attachment]:
    """All attachments in the order in which they came."""
    return store.read(lambda context: list(context.session.scalars(select(Attachment).order_by(Attachment.id))), SYSTEM)


def test_a_form_takes_files_and_the_process_gets_references(working: Store, task: tuple[Browser, str, UUID]) -> None:
    ana, address, case_id = task
    page = ana.get(address)
    assert 'enctype="multipart/form-data"' in page
    assert 'capture="environment"' in page
    assert "Borrar la firma" in page

    answer = ana.post(
        address,
        relato="Se reunió todo.",
        firma="María López",
        **{
            "_archivo:acta": file(specimens.pdf(), "Acta.pdf"),
            "_archivo:fotos": [file(specimens.photo(gps=True), "uno.jpg"), file(specimens.photo("PNG"), "dos.png")],
            "_archivo:firma": file(specimens.photo("PNG", (60, 20)), "firma.png"),
            "_archivo:senas.0.foto": file(specimens.photo(shade=10), "cicatriz.jpg"),
        },
    )

    assert answer.status_code == 302, answer.get_data(as_text=True)
    following = UUID(answer.location.split("/tareas/")[1].partition("?")[0])
    after = working.read(lambda context: context.session.get_one(UserTask, following), SYSTEM)
    values = working.read(lambda context: variables_at(context, after.instance_id, following), SYSTEM)
    made = {row.field: row for row in rows(working)}
    assert values["acta"] == attachments.reference(made["acta"].id)
    assert values["firma"] == attachments.reference(made["firma"].id)
    assert len(values["fotos"]) == 2
    assert values["senas"][0]["foto"] == attachments.reference(made["senas.0.foto"].id)
    assert (made["acta"].level, made["fotos"].level, made["firma"].level) == ("N2", "N3", "N2")
    assert (made["firma"].kind, made["firma"].name) == ("signature", "Firma de María López.png")
    assert {row.case_id for row in rows(working)} == {case_id}


def test_what_was_uploaded_is_not_lost_when_another_answer_is_wrong(
    working: Store, task: tuple[Browser, str, UUID]
) -> None:
    ana, address, _ = task

    refused = ana.post(address, **{"_archivo:acta": file(specimens.pdf(), "Acta.pdf")})

    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Falta esta respuesta." in page
    assert "Acta.pdf" in page
    carried = hidden(page, "acta")
    assert carried == [attachments.reference(rows(working)[0].id)]
    assert ana.post(address, relato="Ahora sí.", acta=carried[0]).status_code == 302
    assert len(rows(working)) == 1


def test_a_file_that_is_not_taken_is_told_at_its_field(working: Store, task: tuple[Browser, str, UUID]) -> None:
    ana, address, _ = task

    refused = ana.post(
        address,
        relato="Con un programa.",
        **{"_archivo:acta": file(b"MZ" + bytes(99), "{acta}.pdf"), "_archivo:fotos": file(specimens.photo(), "a.jpg")},
    )

    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "No se reconoce este tipo de archivo" in page
    assert 'value="Con un programa."' in page
    assert len(hidden(page, "fotos")) == 1
    assert [row.field for row in rows(working)] == ["fotos"]


def test_a_file_is_added_and_taken_out_by_buttons(working: Store, task: tuple[Browser, str, UUID]) -> None:
    ana, address, _ = task

    page = ana.post(
        address, relato="A medias", **{"_adjuntar:fotos": "1", "_archivo:fotos": file(specimens.photo(), "uno.jpg")}
    ).get_data(as_text=True)
    (one,) = hidden(page, "fotos")
    assert 'value="A medias"' in page
    page = ana.post(
        address, fotos=one, **{"_adjuntar:fotos": "1", "_archivo:fotos": file(specimens.photo(shade=9), "dos.jpg")}
    ).get_data(as_text=True)
    both = hidden(page, "fotos")
    assert len(both) == 2
    page = ana.post(address, fotos=both, **{"_retirar:fotos": one}).get_data(as_text=True)

    assert hidden(page, "fotos") == [both[1]]
    assert [row.deleted_at is not None for row in rows(working)] == [True, False]


def test_files_move_with_their_rows(working: Store, task: tuple[Browser, str, UUID]) -> None:
    ana, address, _ = task

    page = ana.post(
        address,
        **{
            "_agregar:senas": "1",
            "senas.0.sena": "Lunar",
            "_archivo:senas.0.foto": file(specimens.photo(), "lunar.jpg"),
        },
    ).get_data(as_text=True)

    assert 'name="senas.1.sena"' in page
    assert len(hidden(page, "senas.0.foto")) == 1
    first = hidden(page, "senas.0.foto")[0]
    page = ana.post(
        address, **{"_quitar:senas#0": "1", "senas.0.sena": "", "senas.1.sena": "Lunar", "senas.1.foto": first}
    ).get_data(as_text=True)
    assert hidden(page, "senas.0.foto") == [first]


def test_the_script_is_answered_with_the_list_or_with_the_reason(
    working: Store, task: tuple[Browser, str, UUID]
) -> None:
    ana, address, _ = task
    wanted = {"Accept": "application/json"}
    sent = {"csrf_token": ana.token(), "_archivo:acta": file(specimens.pdf(), "Acta.pdf")}

    taken = ana.client.post(f"{address}/archivos", data=sent, headers=wanted)
    refused = ana.client.post(
        f"{address}/archivos", data={**sent, "_archivo:acta": file(b"\0\1\2", "x.bin")}, headers=wanted
    )
    strange = ana.client.post(
        f"{address}/archivos",
        data={"csrf_token": sent["csrf_token"], "_archivo:relato": file(specimens.pdf(), "x.pdf")},
        headers=wanted,
    )

    assert taken.status_code == 200
    assert hidden(taken.json["items"], "acta") == [attachments.reference(rows(working)[0].id)]
    assert refused.status_code == 422
    assert "No se reconoce" in refused.json["problem"]
    assert strange.status_code == 404


def test_nobody_names_a_file_of_another_case(working: Store, task: tuple[Browser, str, UUID]) -> None:
    ana, address, _ = task
    other = ana.client.get(ana.post("/casos").location).request.path
    other_case = working.read(
        lambda context: context.session.get_one(UserTask, UUID(other.rpartition("/")[2])).case_id, SYSTEM
    )
    ana.post(f"/casos/{other_case}/archivos", archivo=file(specimens.pdf(), "ajeno.pdf"))
    strange = attachments.reference(rows(working)[0].id)

    refused = ana.post(address, relato="x", acta=strange)

    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "Ese archivo no está en el expediente" in page
    assert "ajeno.pdf" not in page


def test_paper_is_still_written_down(working: Store, task: tuple[Browser, str, UUID]) -> None:
    ana, address, _ = task

    assert ana.post(address, relato="x", acta="Archivador 3, folio 12").status_code == 302


@pytest.fixture
def filed(working: Store, task: tuple[Browser, str, UUID]) -> tuple[Browser, str, Callable[[bytes, str], Attachment]]:
    """A window, the address of a case, and what adds a file to it on its page."""
    ana, _, case_id = task

    def add(content: bytes, name: str) -> Attachment:
        assert ana.post(f"/casos/{case_id}/archivos", archivo=file(content, name)).status_code == 302
        return rows(working)[-1]

    return ana, f"/casos/{case_id}", add


def test_files_are_added_and_seen_on_the_page_of_a_case(
    working: Store, filed: tuple[Browser, str, Callable[[bytes, str], Attachment]]
) -> None:
    ana, address, add = filed
    photo = add(specimens.photo(gps=True), "cárcel.jpg")
    audio = add(specimens.mp3(), "voz.mp3")

    page = ana.get(address)

    assert f"/archivos/{photo.id}/miniatura" in page
    assert 'loading="lazy"' in page
    assert "Sin revisión antivirus" in page
    assert "<audio" in page
    seen = ana.client.get(f"/archivos/{photo.id}")
    assert seen.mimetype == "image/jpeg"
    assert b"TelefonoSecreto" not in seen.data
    assert seen.headers["Content-Disposition"] == "inline; filename=\"carcel.jpg\"; filename*=UTF-8''c%C3%A1rcel.jpg"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert seen.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in seen.headers["Content-Security-Policy"]
    assert seen.headers["Cache-Control"] == "no-store"
    saved = ana.client.get(f"/archivos/{photo.id}?descargar=1")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    small = ana.client.get(f"/archivos/{photo.id}/miniatura")
    assert Image.open(BytesIO(small.data)).format == "WEBP"
    assert ana.client.get(f"/archivos/{audio.id}/miniatura").status_code == 404
    query = select(AuditEntry.action).where(AuditEntry.object_id == photo.id).order_by(AuditEntry.id)
    acts = working.read(lambda context: list(context.session.scalars(query)), SYSTEM)
    assert acts == ["file:add", "file:read", "file:read", "file:preview"]


def test_a_range_is_answered_with_that_part(filed: tuple[Browser, str, Callable[[bytes, str], Attachment]]) -> None:
    ana, _, add = filed
    content = specimens.mp3() + bytes(range(256)) * 1_000
    audio = add(content, "voz.mp3")

    def get(asked: str) -> tuple[int, bytes, str | None]:
        answer = ana.client.get(f"/archivos/{audio.id}", headers={"Range": asked})
        return answer.status_code, answer.data, answer.headers.get("Content-Range")

    size = len(content)
    assert get("bytes=65530-65541") == (206, content[65530:65542], f"bytes 65530-65541/{size}")
    assert get("bytes=-5") == (206, content[-5:], f"bytes {size - 5}-{size - 1}/{size}")
    assert get(f"bytes={size - 3}-") == (206, content[-3:], f"bytes {size - 3}-{size - 1}/{size}")
    assert get(f"bytes={size}-") == (416, b"", f"bytes */{size}")
    assert get("bytes=0-1,5-6")[:2] == (200, content)
    assert get("cosas=1-2")[:2] == (200, content)


def test_others_do_not_get_a_file_by_its_address(
    filed: tuple[Browser, str, Callable[[bytes, str], Attachment]], window: Callable[[], Browser]
) -> None:
    _, address, add = filed
    row = add(specimens.photo(), "foto.jpg")
    diego = window().sign_in("diego.mairena")

    for place in (f"/archivos/{row.id}", f"/archivos/{row.id}/miniatura", address):
        assert diego.client.get(place).status_code == 404
    assert diego.post(f"/archivos/{row.id}/retirar").status_code == 404
    assert diego.post(f"{address}/archivos", archivo=file(specimens.pdf(), "x.pdf")).status_code == 404
    assert window().client.get(f"/archivos/{row.id}").status_code == 302


def test_a_file_is_removed_on_the_page(
    working: Store, filed: tuple[Browser, str, Callable[[bytes, str], Attachment]]
) -> None:
    ana, address, add = filed
    row = add(specimens.pdf(), "sobra.pdf")

    assert ana.post(f"/archivos/{row.id}/retirar").status_code == 302

    assert "sobra.pdf" not in ana.get(address)
    assert ana.client.get(f"/archivos/{row.id}").status_code == 404


def test_what_is_not_taken_is_told_on_the_page(filed: tuple[Browser, str, Callable[[bytes, str], Attachment]]) -> None:
    ana, address, _ = filed

    refused = ana.post(
        f"{address}/archivos",
        archivo=[file(b"<svg onload=alert(1)>", "<b>x</b>.svg"), file(specimens.pdf(), "bueno.pdf")],
    )

    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "&lt;b&gt;x&lt;/b&gt;.svg" in page
    assert "bueno.pdf" in page


def test_a_content_that_is_damaged_is_not_given_out(
    filed: tuple[Browser, str, Callable[[bytes, str], Attachment]], tmp_path: object
) -> None:
    ana, _, add = filed
    row = add(specimens.pdf(), "acta.pdf")
    for path in (tmp_path / "files").glob("??/*"):  # type: ignore[operator]
        path.write_bytes(path.read_bytes()[:-1] + b"x")

    answer = ana.client.get(f"/archivos/{row.id}")

    assert answer.status_code == 503
    assert "no se puede leer" in answer.get_data(as_text=True)


def test_other_addresses_take_no_large_requests(task: tuple[Browser, str, UUID]) -> None:
    ana, address, case_id = task
    large = 5 * 1024 * 1024

    assert ana.post(f"{address}/tomar", x="x" * large).status_code == 413
    # Written out by hand: what the client itself would encode it into stays open.
    head = b'--x\r\nContent-Disposition: form-data; name="archivo"; filename="a.pdf"\r\n\r\n'
    told = ana.client.post(
        f"/casos/{case_id}/archivos",
        data=head + specimens.pdf() + bytes(large) + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={"X-CSRFToken": ana.token()},
    )
    assert told.status_code == 302


def test_files_that_a_session_took_with_it_are_asked_for_again(
    working: Store, task: tuple[Browser, str, UUID], window: Callable[[], Browser]
) -> None:
    _, address, _ = task
    late = window()
    token = TOKEN.search(late.client.get("/entrar").get_data(as_text=True))
    assert token is not None
    sent = {"csrf_token": token[1], "relato": "Todo escrito", "_archivo:acta": file(specimens.pdf(), "Acta.pdf")}
    page = late.client.post(address, data=sent).get_data(as_text=True)
    carried = re.search(r'name="carried" value="([^"]+)"', page)
    assert carried is not None
    token = TOKEN.search(page)
    assert token is not None
    back = late.client.post(
        "/entrar",
        data={
            "csrf_token": token[1], "email": "ana.discua@demo.siproc.hn", "password": DEMO_PASSWORD, "carried": carried[1],
        },
    )  # fmt: skip
    page = back.get_data(as_text=True)
    values = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))

    shown = late.client.post(address, data=values)

    assert shown.status_code == 200
    assert "no se pudieron conservar" in shown.get_data(as_text=True)
    assert 'value="Todo escrito"' in shown.get_data(as_text=True)
    assert rows(working) == []
