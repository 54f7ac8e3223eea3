"""Boundary events of every kind, interrupting and not."""

from __future__ import annotations

import pytest

from tests.conformance.play import Play, after, done, fails, message, signal, trace

HOST = """
start s
user a
boundary b on a ; {event}
task h
end e
s -> a -> e
b -> h
"""


@pytest.mark.parametrize(
    ("event", "step"),
    [
        ("message m", message("m", v=1)),
        ("timer PT1H", after("PT1H")),
        ("signal sig", signal("sig", v=1)),
    ],
)
def test_an_interrupting_boundary_event_ends_its_activity(play: Play, event: str, step: dict[str, object]) -> None:
    run = play(HOST.format(event=event), step, key="k")
    assert trace(run) == "s b h | completed"
    assert run.variables.get("v") == (None if "timer" in event else 1)


@pytest.mark.parametrize(
    ("event", "step"),
    [
        ("message m", message("m")),
        ("timer R2/PT1H", after("PT1H")),
        ("signal sig", signal("sig")),
    ],
)
def test_a_quiet_boundary_event_happens_as_often_as_it_comes(play: Play, event: str, step: dict[str, object]) -> None:
    run = play(HOST.format(event=f"{event} ; quiet"), step, step, "a", key="k")
    assert trace(run) == "s b h b h a e | completed"


def test_a_quiet_timer_without_a_cycle_happens_once(play: Play) -> None:
    run = play(HOST.format(event="timer PT1H ; quiet"), after("PT9H"), "a")
    assert trace(run) == "s b h a e | completed"


def test_a_quiet_timer_with_a_bounded_cycle_stops(play: Play) -> None:
    run = play(HOST.format(event="timer R3/PT1H ; quiet"), after("P2D"), "a")
    assert trace(run) == "s b h b h b h a e | completed"


def test_a_quiet_timer_with_an_endless_cycle_stops_with_its_activity(play: Play) -> None:
    run = play(HOST.format(event="timer R/PT1H ; quiet"), after("PT2H"), "a", after("P2D"))
    assert trace(run) == "s b h b h a e | completed"


def test_a_boundary_event_no_longer_listens_when_its_activity_is_done(play: Play) -> None:
    run = play(HOST.format(event="signal sig"), "a", signal("sig"), after("P9D"))
    assert trace(run) == "s a e | completed"


def test_an_interrupting_condition_ends_its_activity(play: Play) -> None:
    text = """
    start s
    parallel g
    user a
    user x
    boundary b on a ; when =v > 3
    task h
    s -> g -> a
    g -> x
    b -> h
    """
    assert trace(play(text, done("x", v=4), v=0)) == "s g x b h | completed"


def test_a_quiet_condition_happens_each_time_it_becomes_true(play: Play) -> None:
    text = """
    start s
    user x1
    user x2
    user x3
    parallel g
    user a
    boundary b on a ; when =v > 3 ; quiet
    task h
    s -> g -> a
    g -> x1 -> x2 -> x3
    b -> h
    """
    run = play(text, done("x1", v=4), done("x2", v=1), done("x3", v=5), "a", v=0)
    assert trace(run) == "s g x1 b h x2 x3 b h a | completed"


def test_a_condition_that_stays_true_happens_once(play: Play) -> None:
    text = """
    start s
    parallel g
    user x1
    user x2
    user a
    boundary b on a ; when =v > 3 ; quiet
    task h
    s -> g -> a
    g -> x1 -> x2
    b -> h
    """
    assert trace(play(text, done("x1", v=4), done("x2", v=5), "a", v=0)) == "s g x1 b h x2 a | completed"


ERROR = """
start s
sub sp:
  start s1
  user a
  end e1 ; error E1
  s1 -> a -> e1
boundary b on sp ; error {code}
task h
end e
s -> sp -> e
b -> h
"""


@pytest.mark.parametrize("code", ["E1", "*"])
def test_an_error_is_caught_by_its_code_or_by_who_catches_all(play: Play, code: str) -> None:
    assert trace(play(ERROR.format(code=code), "a")) == "s s1 a e1 b h | completed"


def test_an_error_of_another_code_is_not_caught(play: Play) -> None:
    assert trace(play(ERROR.format(code="E2"), "a")) == "s s1 a | failed error_not_caught"


def test_the_code_goes_before_the_catch_all(play: Play) -> None:
    text = """
    start s
    service a ; job work
    boundary all on a ; error *
    boundary one on a ; error E1
    task h
    task i
    s -> a
    all -> h
    one -> i
    """
    assert trace(play(text, fails("a", "E1"))) == "s one i | completed"


def test_an_error_goes_outwards_through_the_levels(play: Play) -> None:
    text = """
    start s
    sub outer:
      start s1
      sub inner:
        start s2
        service a ; job work
        s2 -> a
      boundary no on inner ; error OTHER
      task n
      s1 -> inner
      no -> n
    boundary b on outer ; error E1
    task h
    s -> outer
    b -> h
    """
    assert trace(play(text, fails("a", "E1"))) == "s s1 s2 b h | completed"


ESCALATION = """
start s
sub sp:
  start s1
  user a
  throw t ; escalation ES
  task b
  s1 -> a -> t -> b
boundary x on sp ; escalation {how}
task h
end e
s -> sp -> e
x -> h
"""


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("ES", "s s1 a x h | completed"),
        ("*", "s s1 a x h | completed"),
        ("ES ; quiet", "s s1 a t x b sp h e | completed"),
        ("OTHER", "s s1 a t b sp e | completed"),
    ],
)
def test_an_escalation_is_caught_at_the_border(play: Play, how: str, expected: str) -> None:
    assert trace(play(ESCALATION.format(how=how), "a")) == expected


def test_an_interrupted_subprocess_ends_with_everything_in_it(play: Play) -> None:
    text = """
    start s
    sub sp:
      start s1
      parallel g
      user a
      catch c ; message m
      service j ; job work
      s1 -> g -> a
      g -> c
      g -> j
    boundary b on sp ; timer PT1H
    task h
    s -> sp
    b -> h
    """
    run = play(text, after("PT1H"), message("m"), key="k")
    assert trace(run) == "s s1 g b h | completed"
    assert run.waiting == []


def test_a_boundary_event_reads_the_inputs_of_its_activity(play: Play) -> None:
    text = 'start s\nuser a ; in term ="PT2H"\nboundary b on a ; timer duration =term\ntask h\ns -> a\nb -> h'
    assert trace(play(text, after("PT1H"))) == "s | waiting a"


def test_several_boundary_events_stand_side_by_side(play: Play) -> None:
    text = """
    start s
    user a
    boundary b1 on a ; timer PT1H ; quiet
    boundary b2 on a ; timer PT2H
    task h
    task i
    s -> a
    b1 -> h
    b2 -> i
    """
    assert trace(play(text, after("PT3H"))) == "s b1 h b2 i | completed"


def test_a_boundary_event_of_a_call_ends_what_was_called(play: Play) -> None:
    from tests.conformance.diagram import bpmn

    called = bpmn("start s2\nuser b\ns2 -> b", process="q")
    text = "start s\ncall c ; calls q\nboundary t on c ; signal stop\ntask h\ns -> c\nt -> h"
    assert trace(play(text, signal("stop"), files={"q.bpmn": called})) == "s s2 t h | completed"


def test_a_boundary_event_of_a_receive_task(play: Play) -> None:
    text = "start s\nreceive r ; message m\nboundary t on r ; timer PT1H\ntask h\ns -> r\nt -> h"
    assert trace(play(text, after("PT1H"), key="k")) == "s t h | completed"
