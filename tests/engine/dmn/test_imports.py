"""Models that use other models."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.dmn import DmnError, in_folder, parse_dmn
from engine.dmn.parser import NAMESPACES

TYPE = NAMESPACES[4]


def importing(namespace: str, alias: str) -> str:
    """An import element."""
    return f'<import namespace="{namespace}" name="{alias}" importType="{TYPE}"/>'


def needs(namespace: str, kind: str, id: str) -> str:
    """A requirement of something imported."""
    outer = "knowledgeRequirement" if kind == "requiredKnowledge" else "informationRequirement"
    return f'<{outer}><{kind} href="{namespace}#{id}"/></{outer}>'


@pytest.fixture
def folder(tmp_path: Path, write: SimpleNamespace) -> Path:
    """A basic model, and two that use it."""
    base = """<itemDefinition name="tEdad"><typeRef>number</typeRef><allowedValues><text>[0..130]</text></allowedValues>
        </itemDefinition>"""
    base += write.input_data("la persona", "string")
    base += write.decision("el saludo", write.literal('"Hola, " + la persona'), needs=write.needs_input("la persona"))
    base += f"""<businessKnowledgeModel id="k" name="el doble"><encapsulatedLogic>
        <formalParameter name="n" typeRef="tEdad"/>{write.literal("n * 2")}</encapsulatedLogic></businessKnowledgeModel>"""
    (tmp_path / "base.dmn").write_bytes(write.definitions(base, namespace="urn:base"))
    middle = importing("urn:base", "la base")
    middle += write.decision(
        "cortés", write.literal('la base.el saludo + "."'), needs=needs("urn:base", "requiredDecision", "d_el saludo")
    )
    middle += write.decision(
        "edad", write.literal("la base.el doble(200)"), needs=needs("urn:base", "requiredKnowledge", "k")
    )
    middle += write.decision("typed", write.literal("500"), type_="la base.tEdad")
    middle += write.decision("instance", write.literal("5 instance of la base.tEdad"))
    (tmp_path / "middle.dmn").write_bytes(write.definitions(middle, namespace="urn:middle"))
    return tmp_path


def top(write: SimpleNamespace) -> bytes:
    """A model that imports the basic one twice: directly and through the middle one."""
    body = importing("urn:middle", "medio") + importing("urn:base", "base")
    body += write.decision(
        "todo",
        write.literal("medio.cortés + base.el saludo"),
        needs=needs("urn:middle", "requiredDecision", "d_cortés")
        + needs("urn:base", "requiredDecision", "d_el saludo"),
    )
    return bytes(write.definitions(body, namespace="urn:top"))


def test_imported_decisions_lie_under_the_name_of_the_import(folder: Path) -> None:
    model = parse_dmn((folder / "middle.dmn").read_bytes(), "middle.dmn", in_folder(folder))

    assert model.evaluate("cortés", {"la persona": "Ana"}).value == "Hola, Ana."
    assert model.evaluate("cortés", {"la base": {"la persona": "Beto"}}).value == "Hola, Beto."


def test_imported_types_are_checked(folder: Path) -> None:
    model = parse_dmn((folder / "middle.dmn").read_bytes(), "middle.dmn", in_folder(folder))

    assert model.evaluate("edad", {}).value is None
    assert model.evaluate("typed", {}).value is None
    assert model.evaluate("instance", {}).value is True


def test_a_model_imported_twice_has_inputs_of_its_own_in_each_place(folder: Path, write: SimpleNamespace) -> None:
    model = parse_dmn(top(write), "top.dmn", in_folder(folder))

    one = model.evaluate("todo", {"urn:base#la persona": "Ana"})
    two = model.evaluate("todo", {"medio": {"la base": {"la persona": "Ana"}}, "base": {"la persona": "Beto"}})

    assert one.value == "Hola, Ana.Hola, Ana"
    assert two.value == "Hola, Ana.Hola, Beto"
    assert model.decisions["d_todo"].inputs == ["la persona"]


def test_a_missing_model_is_a_finding(write: SimpleNamespace) -> None:
    with pytest.raises(DmnError) as caught:
        parse_dmn(top(write), "top.dmn")

    assert "import.missing" in {item.rule for item in caught.value.findings}


def test_models_that_import_one_another_are_refused(tmp_path: Path, write: SimpleNamespace) -> None:
    for here, there in (("a", "b"), ("b", "a")):
        data = write.definitions(importing(f"urn:{there}", there), namespace=f"urn:{here}")
        (tmp_path / f"{here}.dmn").write_bytes(data)

    with pytest.raises(DmnError) as caught:
        parse_dmn((tmp_path / "a.dmn").read_bytes(), "a.dmn", in_folder(tmp_path))

    assert [item.rule for item in caught.value.findings] == ["import.cycle"]


def test_the_findings_of_an_imported_model_are_told(tmp_path: Path, write: SimpleNamespace) -> None:
    bad = write.definitions(write.decision("d", write.literal("1 +")), namespace="urn:bad")
    (tmp_path / "bad.dmn").write_bytes(bad)

    with pytest.raises(DmnError) as caught:
        parse_dmn(write.definitions(importing("urn:bad", "bad")), "top.dmn", in_folder(tmp_path))

    assert [item.rule for item in caught.value.findings] == ["expression.syntax"]


def test_files_that_are_no_models_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "x.dmn").write_text("no xml")

    assert in_folder(tmp_path)("urn:x", None) is None
