"""Event subprocesses of every trigger, at every level, interrupting and not."""

from __future__ import annotations

import pytest

from tests.conformance.play import Play, after, done, fails, message, signal, trace

ROOT = """
start s
user a
end e
event ev:
  start es ; {event}
  task et
  es -> et
s -> a -> e
"""
TRIGGERS = [
    ("message m", message("m", v=1)),
    ("timer PT1H", after("PT1H")),
    ("signal sig", signal("sig", v=1)),
]


@pytest.mark.parametrize(("event", "step"), TRIGGERS)
def test_an_interrupting_one_ends_all_else_of_its_level(play: Play, event: str, step: dict[str, object]) -> None:
    run = play(ROOT.format(event=event), step, key="k")
    assert trace(run) == "s es et ev | completed"
    assert run.variables.get("v") == (None if "timer" in event else 1)


@pytest.mark.parametrize(
    ("event", "step"), [("message m", message("m")), ("timer R/PT1H", after("PT1H")), ("signal sig", signal("sig"))]
)
def test_a_quiet_one_happens_as_often_as_its_trigger(play: Play, event: str, step: dict[str, object]) -> None:
    run = play(ROOT.format(event=f"{event} ; quiet"), step, step, "a", key="k")
    assert trace(run) == "s es et ev es et ev a e | completed"


def test_a_condition_starts_one(play: Play) -> None:
    text = """
    start s
    user a
    user b
    event ev:
      start es ; when =v = 1 ; quiet
      task et
      es -> et
    s -> a -> b
    """
    assert trace(play(text, done("a", v=1), "b")) == "s a es et ev b | completed"


def test_an_error_starts_one(play: Play) -> None:
    text = """
    start s
    service a ; job work
    event ev:
      start es ; error E1
      task et
      es -> et
    s -> a
    """
    run = play(text, fails("a", "E1", why=3))
    assert trace(run) == "s es et ev | completed"
    assert run.variables == {"why": 3}


@pytest.mark.parametrize(
    ("quiet", "expected"), [("", "s es et ev | completed"), (" ; quiet", "s t b es et ev | completed")]
)
def test_an_escalation_starts_one(play: Play, quiet: str, expected: str) -> None:
    text = f"""
    start s
    throw t ; escalation ES
    task b
    event ev:
      start es ; escalation ES{quiet}
      task et
      es -> et
    s -> t -> b
    """
    assert trace(play(text)) == expected


def test_one_inside_a_subprocess_listens_only_while_that_runs(play: Play) -> None:
    text = """
    start s
    sub sp:
      start s1
      user a
      event ev:
        start es ; signal sig
        task et
        es -> et
      s1 -> a
    user z
    s -> sp -> z
    """
    assert trace(play(text, signal("sig"), signal("sig"), "z")) == "s s1 es et ev sp z | completed"


def test_one_inside_another(play: Play) -> None:
    text = """
    start s
    user a
    event ev:
      start es ; signal sig
      user b
      event inner:
        start is ; message m
        task it
        is -> it
      es -> b
    s -> a
    """
    assert trace(play(text, signal("sig"), message("m"), key="k")) == "s es is it inner ev | completed"


def test_a_level_completes_only_after_its_quiet_one(play: Play) -> None:
    text = """
    start s
    user a
    event ev:
      start es ; signal sig ; quiet
      user b
      es -> b
    s -> a
    """
    assert trace(play(text, signal("sig"), "a")) == "s es a | waiting b"


def test_an_error_out_of_one_goes_outwards_and_not_to_itself(play: Play) -> None:
    text = """
    start s
    sub sp:
      start s1
      service a ; job work
      event ev:
        start es ; error E1
        end ee ; error E1
        es -> ee
      s1 -> a
    boundary b on sp ; error E1
    task h
    s -> sp
    b -> h
    """
    assert trace(play(text, fails("a", "E1"))) == "s s1 es ee b h | completed"


def test_an_interrupting_one_stops_the_others_of_its_level(play: Play) -> None:
    text = """
    start s
    user a
    event ev1:
      start x1 ; signal one
      user u
      x1 -> u
    event ev2:
      start x2 ; signal two ; quiet
      task v
      x2 -> v
    s -> a
    """
    assert trace(play(text, signal("one"), signal("two"), "u")) == "s x1 u ev1 | completed"


def test_no_other_one_begins_after_an_interrupting_one(play: Play) -> None:
    text = """
    start s
    sub sp:
      start s1
      user a
      event ev1:
        start x1 ; signal one
        service j ; job work
        x1 -> j
      event ev2:
        start x2 ; error E1
        task v
        x2 -> v
      s1 -> a
    boundary b on sp ; error E1
    task h
    s -> sp
    b -> h
    """
    # BPMN 2.0.2, 13.5.4: the error of the one that runs goes outwards, not to its neighbour.
    assert trace(play(text, signal("one"), fails("j", "E1"))) == "s s1 x1 b h | completed"


def test_none_begins_once_its_level_only_waits_for_others(play: Play) -> None:
    text = """
    start s
    user a
    event ev:
      start es ; signal sig ; quiet
      user b
      es -> b
    s -> a
    """
    # BPMN 2.0.2, 13.5.4: a level that is completing begins no new event subprocess.
    assert trace(play(text, signal("sig"), "a", signal("sig"), "b")) == "s es a b ev | completed"
