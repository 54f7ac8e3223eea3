"""Decision services: decisions called like a function."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from engine.dmn import DecisionModel

Model = Callable[..., DecisionModel]
Value = Callable[..., Any]


def service(outputs: str, *, inside: str = "", decisions: str = "", data: str = "", type_: str = "") -> str:
    """A service; each group names ids."""
    groups = (
        ("outputDecision", outputs),
        ("encapsulatedDecision", inside),
        ("inputDecision", decisions),
        ("inputData", data),
    )
    refs = "".join(f'<{group} href="#{id}"/>' for group, ids in groups for id in ids.split())
    typed = f' typeRef="{type_}"' if type_ else ""
    return f'<decisionService id="s" name="el servicio"><variable name="el servicio"{typed}/>{refs}</decisionService>'


@pytest.fixture
def parts(write: SimpleNamespace) -> str:
    """Two decisions, the second of them on the first."""
    body = write.input_data("n", "number")
    body += write.decision("a", write.literal("n * 2"), needs=write.needs_input("n"), type_="number")
    body += write.decision("b", write.literal("a + 1"), needs=write.needs_decision("a"))
    return str(body)


def test_a_service_is_called_with_its_inputs(value: Value, write: SimpleNamespace, parts: str) -> None:
    body = parts + service("d_b", inside="d_a", data="i_n")
    body += write.decision("d", write.literal("el servicio(5)"), needs=write.needs_knowledge("s"))
    body += write.decision("e", write.literal("el servicio(n: 6)"), needs=write.needs_knowledge("s"))

    assert value(body, "d") == 11
    assert value(body, "e") == 13
    assert value(body, "el servicio", {"n": 1}) == 3


def test_an_input_decision_is_given_and_not_evaluated(value: Value, write: SimpleNamespace, parts: str) -> None:
    body = parts + service("d_b", decisions="d_a")
    body += write.decision("d", write.literal("el servicio(5)"), needs=write.needs_knowledge("s"))

    assert value(body, "d") == 6
    assert value(body, "s", {"a": 9}) == 10


def test_several_outputs_give_a_context(value: Value, write: SimpleNamespace, parts: str) -> None:
    body = parts + service("d_a d_b", data="i_n")
    body += write.decision("d", write.literal("el servicio(5).b"), needs=write.needs_knowledge("s"))

    assert value(body, "el servicio", {"n": 5}) == {"a": 10, "b": 11}
    assert value(body, "d") == 11


def test_an_argument_of_another_type_makes_it_null(model: Model, write: SimpleNamespace, parts: str) -> None:
    body = parts + service("d_b", data="i_n")
    body += write.decision("d", write.literal('el servicio("x")'), needs=write.needs_knowledge("s"))

    result = model(body).evaluate("d", {})

    assert result.value is None
    assert "«n»" in result.warnings[0].es


def test_too_few_arguments_make_it_null(value: Value, write: SimpleNamespace, parts: str) -> None:
    body = parts + service("d_b", data="i_n")
    body += write.decision("d", write.literal("el servicio()"), needs=write.needs_knowledge("s"))

    assert value(body, "d") is None


def test_its_value_is_of_its_type(value: Value, write: SimpleNamespace, parts: str) -> None:
    assert value(parts + service("d_b", data="i_n", type_="string"), "s", {"n": 1}) is None
    assert value(parts + service("d_b", data="i_n", type_="number"), "s", {"n": 1}) == 3


def test_the_tables_inside_are_in_the_trace(model: Model, write: SimpleNamespace) -> None:
    body = write.input_data("n") + write.decision(
        "t", write.table(["n"], ["t"], [["> 1", '"x"']]), needs=write.needs_input("n")
    )
    body += service("d_t", data="i_n")
    body += write.decision("d", write.literal("el servicio(5)"), needs=write.needs_knowledge("s"))

    result = model(body).evaluate("d", {})

    assert [table.name for table in result.trace] == ["t"]
