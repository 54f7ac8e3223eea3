"""The diagrams can be read: nothing lies on something else, and everything says what it is."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from engine.cli.reading import model_files
from engine.definitions.check import check
from engine.handlers import HANDLERS
from tests.scenarios.diagrams import FRAMES, NS, PROCEDURES, ROOT, read

PREFIXES = {
    "startEvent": ("se_",), "endEvent": ("ee_",), "userTask": ("ut_",), "serviceTask": ("st_",), "sendTask": ("sd_",),
    "businessRuleTask": ("br_",), "scriptTask": ("sc_",), "callActivity": ("ca_", "mi_"), "exclusiveGateway": ("xg_",),
    "parallelGateway": ("pg_",), "inclusiveGateway": ("ig_",), "eventBasedGateway": ("eg_",), "boundaryEvent": ("be_",),
    "intermediateCatchEvent": ("rc_", "tm_"), "intermediateThrowEvent": ("th_",), "subProcess": ("sub_", "ev_"),
}  # fmt: skip
# What is still too long for one sheet; who brings one onto it takes it off the list.
SEVERAL_SHEETS = {
    "derechos_humanos", "identificacion_restos", "intake", "penal", "retorno", "sp13_repatriacion_persona",
}  # fmt: skip
PRINTABLE, LETTERS, READABLE = (
    (400, 277),
    12,
    5.1,
)  # A3 without its margins in mm; letters in px, and in points on paper
every_diagram = pytest.mark.parametrize("file", PROCEDURES, ids=lambda file: file.stem)


def test_all_procedures_and_forms_hold_together() -> None:
    files, _ = model_files([str(ROOT / "processes"), str(ROOT / "forms")])

    checked = check(files, task_types=HANDLERS)

    assert [item for item in checked.findings if item.severity != "info"] == []


def test_a_file_is_called_after_what_it_holds() -> None:
    files, _ = model_files([str(ROOT / "processes")])
    checked = check(files, references=False)

    assert {Path(name).stem for name, _ in checked.processes.values()} == set(checked.processes)
    assert {Path(name).stem for name, _ in checked.decisions.values()} <= set(checked.decisions)


def test_a_diagram_can_be_read_on_one_sheet_of_paper() -> None:
    points = {}
    for file in PROCEDURES:
        picture = read(file)
        page = next(box for id, box in picture.shapes.items() if picture.kinds[id] == "participant")
        points[file.stem] = LETTERS * min(PRINTABLE[0] / page.width, PRINTABLE[1] / page.height) * 72 / 25.4

    assert {name for name, size in points.items() if size < READABLE} <= SEVERAL_SHEETS


@every_diagram
def test_no_shape_lies_on_another(file: Path) -> None:
    picture = read(file)
    shapes = {id: box for id, box in picture.shapes.items() if picture.kinds[id] not in FRAMES}

    def may(one: str, other: str) -> bool:
        return other in picture.around(one) or picture.hosts.get(one) == other

    assert [
        (one, other)
        for one, other in combinations(shapes, 2)
        if shapes[one].meets(shapes[other]) and not may(one, other) and not may(other, one)
    ] == []


@every_diagram
def test_no_edge_runs_through_a_shape(file: Path) -> None:
    picture = read(file)
    through = []
    for edge, ends in picture.ends.items():
        for id, box in picture.shapes.items():
            if picture.kinds[id] in FRAMES or id in ends or id in picture.around(edge):
                continue
            if any(piece.meets(box, 1) for piece in picture.segments(edge)):
                through.append((edge, id))

    assert through == []


@every_diagram
def test_edges_are_drawn_at_right_angles(file: Path) -> None:
    picture = read(file)

    assert [
        edge for edge in picture.ends if any(piece.width and piece.height for piece in picture.segments(edge))
    ] == []


@every_diagram
def test_labels_are_free_and_on_the_page(file: Path) -> None:
    picture = read(file)
    page = next(box for id, box in picture.shapes.items() if picture.kinds[id] == "participant")
    shapes = {id: box for id, box in picture.shapes.items() if picture.kinds[id] not in FRAMES | {"subProcess"}}

    assert [id for id, label in picture.labels.items() if not page.holds(label)] == []
    assert [
        (id, other) for id, label in picture.labels.items() for other, box in shapes.items() if label.meets(box)
    ] == []
    assert [
        (one, other)
        for one, other in combinations(picture.labels, 2)
        if picture.labels[one].meets(picture.labels[other])
    ] == []


@every_diagram
def test_every_element_has_a_word_for_an_id_and_tells_what_to_do(file: Path) -> None:
    picture = read(file)
    silent, odd = [], []
    for node in picture.elements():
        kind = picture.kinds[node.get("id", "")]
        if kind in PREFIXES:
            if not (node.findtext("bpmn:documentation", "", NS)).rstrip().endswith("]."):
                silent.append(node.get("id"))
            if not node.get("id", "").startswith(PREFIXES[kind]):
                odd.append(node.get("id"))

    assert silent == []
    assert odd == []


@every_diagram
def test_gateways_ask_and_their_flows_answer(file: Path) -> None:
    picture = read(file)
    leaving: dict[str, list[str]] = {}
    names = {node.get("id"): node.get("name", "") for node in picture.elements()}
    for edge, (source, _) in picture.ends.items():
        leaving.setdefault(source, []).append(edge)
    asking = [
        id for id in leaving if picture.kinds[id] in ("exclusiveGateway", "inclusiveGateway") and len(leaving[id]) > 1
    ]

    assert [id for id in asking if not re.fullmatch(r"¿.+\?", names[id])] == []
    assert [edge for id in asking for edge in leaving[id] if not names[edge]] == []


@every_diagram
def test_deadlines_are_rows_and_never_numbers(file: Path) -> None:
    text = file.read_text("utf-8").replace("&quot;", '"')
    tables = {table.stem: table.read_text("utf-8") for table in (ROOT / "processes").rglob("plazos_*.dmn")}
    asked = re.findall(r'(?:deadline\("(\w+)", "|decide\("(plazos_\w+)", \{tarea: ")(\w+)"', text)

    assert [
        (table or other, row)
        for table, other, row in asked
        if f"<text>&quot;{row}" not in tables[table or other] and f'<text>"{row}' not in tables[table or other]
    ] == []
    assert re.findall(r'(?:duration\("|>\s*=?"?)P(?:T?\d+[DHMSWY])', text) == []
