"""The catalogue says what the files say, the same each time, and its pictures hold everything that is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from engine.cli.catalogue import catalogue
from engine.reports.catalogue import shortly
from engine.reports.pictures import svg
from tests.scenarios.diagrams import PROCEDURES, read

SVG = "{http://www.w3.org/2000/svg}"


def test_it_is_written_of_the_files_and_always_the_same(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]

    for folder in folders:
        assert CliRunner().invoke(catalogue, [str(folder)]).exit_code == 0

    written = [{file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders]
    assert written[0] == written[1]
    assert set(written[0]) == {"README.md"} | {f"{file.stem}.{end}" for file in PROCEDURES for end in ("md", "svg")}
    visit = written[0]["sp02_visita_consular.md"].decode()
    assert "| Levantar acta de visita | Agente consular | 24 h | F-SP-02 Acta de visita consular |" in visit
    assert "- `D-01-1` Solicitud de acceso y visita consular" in visit
    assert "Fuente" not in visit.partition("Fuentes del manual")[0]


@pytest.mark.parametrize("file", PROCEDURES, ids=lambda file: file.stem)
def test_a_picture_holds_everything_that_is_drawn(file: Path) -> None:
    drawn = read(file)

    picture = etree.fromstring(svg(file.read_bytes()).encode())

    ends = [node for node in picture.iter(f"{SVG}path") if node.get("marker-end")]
    boxes = [node for kind in ("rect", "polygon", "circle") for node in picture.iter(f"{SVG}{kind}")]
    assert len(ends) == len(drawn.edges)
    assert len(boxes) >= len(drawn.shapes)
    assert picture.find(f".//{SVG}script") is None


def test_what_designers_wrote_stays_text() -> None:
    name = "&lt;script&gt;alert(1)&lt;/script&gt;"
    content = PROCEDURES[0].read_text("utf-8").replace('name="', f'name="{name} ')

    picture = svg(content.encode())

    assert "<script" not in picture
    etree.fromstring(picture.encode())


@given(st.text(max_size=30))
def test_any_text_has_a_short_form(text: str) -> None:
    assert isinstance(shortly(text), str)


@pytest.mark.parametrize(
    ("length", "said"),
    [("PT48H", "48 h"), ("P5D", "5 d"), ("P6M", "6 mes"), ("P1DT2H30M", "1 d 2 h 30 min"), ("=x", "=x")],
)
def test_durations_are_said_as_they_are_written(length: str, said: str) -> None:
    assert shortly(length) == said
