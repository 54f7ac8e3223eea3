"""Hostile and broken files end in a finding or an incident, in bounded time, and never in a raw traceback."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from engine.definitions.check import check
from engine.runtime import sandbox
from tests.conformance.diagram import HEAD, bpmn
from tests.conformance.play import Play, after, trace


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 20


BOMB = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><definitions>&d;</definitions>"""
EXTERNAL = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>'


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        EXTERNAL,
        b"",
        b"not xml",
        b"\x00\xff\xfe",
        b"<a><b></a>",
        b"<?xml version='1.0' encoding='UTF-7'?><a/>",
        HEAD.encode() + b"<x>" * 300 + b"</x>" * 300 + b"</definitions>",
        HEAD.encode() + b"<message/>" * 61_000 + b"</definitions>",
    ],
    ids=["bomb", "external", "empty", "text", "binary", "unbalanced", "encoding", "deep", "many"],
)
def test_unsafe_or_broken_xml_is_refused(data: bytes) -> None:
    items = check({"model.bpmn": data}).findings
    assert [item.rule for item in items] == ["xml.refused"]
    assert items[0].text.in_language("es") != items[0].text.in_language("en")


def test_too_many_nested_subprocesses_are_refused() -> None:
    inside = "".join(f'<subProcess id="s{i}">' for i in range(40)) + '<task id="t"/>' + "</subProcess>" * 40
    data = (HEAD + f'<process id="p" isExecutable="true">{inside}</process></definitions>').encode()
    assert "limit.nesting" in [item.rule for item in check({"model.bpmn": data}).findings]


def test_a_big_model_is_read_in_bounded_time() -> None:
    lines = ["start s", *(f"task t{i}" for i in range(3_000)), "s -> t0"]
    lines += [f"t{i} -> t{i + 1}" for i in range(2_999)]
    assert not check({"model.bpmn": bpmn("\n".join(lines))}).refused


def test_an_endless_loop_is_an_answer_and_not_a_hang(play: Play) -> None:
    run = play("start s\ntask a\nexclusive g\ns -> a -> g -> a")
    assert run.state == "failed"
    assert run.error is not None
    assert "ciclo" in run.error.in_language("es")


def test_tokens_that_multiply_without_end_are_an_answer(play: Play) -> None:
    run = play("start s\ntask a\ntask b\ns -> a -> b -> a\na -> a")
    assert run.state == "failed"
    assert run.error is not None


def test_processes_that_call_one_another_in_a_circle_are_an_incident(play: Play) -> None:
    other = bpmn("start s2\ncall d ; calls p\ns2 -> d", process="q")
    run = play("start s\ncall c ; calls q\ns -> c", files={"q.bpmn": other}, process="p")
    assert run.state == "failed"
    assert [item["code"] for item in run.incidents] == ["call_depth"]


def test_messages_that_start_one_another_for_ever_are_an_answer(play: Play) -> None:
    text = "start s ; message m\nend e ; message m ; in n =1\ns -> e"
    run = play(text, {"message": "m", "key": "", "vars": {"key": "k"}})
    assert run.state == "failed"


def test_signals_that_start_one_another_for_ever_are_an_answer(play: Play) -> None:
    run = play("start s ; signal g\nend e ; signal g\ns -> e", {"signal": "g"})
    assert run.state == "failed"
    assert run.error is not None


def test_a_timer_that_fires_too_often_is_an_answer(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MAX_FIRINGS", 20)
    run = play("start s\nuser a\nboundary b on a ; timer R/PT1S ; quiet\ntask h\ns -> a\nb -> h", after("PT1M"))
    assert run.state == "failed"
    assert run.error is not None


@pytest.mark.parametrize("cycle", ["R/PT0S", "R0/PT1H", "R-1/PT1H", "R/", "R5", "* * *", "R/P1D/P1D/P1D", "@never"])
def test_a_cycle_without_sense_is_an_incident(play: Play, cycle: str) -> None:
    run = play(f"start s\nuser a\nboundary b on a ; timer cycle {cycle} ; quiet\ntask h\ns -> a\nb -> h")
    assert trace(run) == "s | failed timer"


@pytest.mark.parametrize("duration", ["P999999D", "P99999Y", "PT999999999H"])
def test_a_duration_beyond_all_time_waits(play: Play, duration: str) -> None:
    assert trace(play(f"start s\ncatch c ; timer {duration}\ns -> c", after("P10Y"))) == "s | waiting c"


def test_a_variable_of_deep_json_is_kept(play: Play) -> None:
    value: object = 1
    for _ in range(60):
        value = [value]
    assert play("start s\nuser a\ns -> a", "a", v=value).variables["v"] == value


def test_a_step_at_nothing_is_an_answer(play: Play) -> None:
    run = play("start s\nuser a\ns -> a", "zz")
    assert run.state == "failed"
    assert "zz" in str(run.error)
