"""Start, intermediate and end events of every kind."""

from __future__ import annotations

import pytest

from tests.conformance.diagram import bpmn
from tests.conformance.play import Play, after, done, message, signal, trace


def test_without_a_start_event_what_has_no_incoming_flow_starts(play: Play) -> None:
    assert trace(play("task a\ntask b\ntask c\na -> c")) == "a b c | completed"


def test_a_message_starts_an_instance_and_brings_its_variables(play: Play) -> None:
    run = play("start s ; message m\nuser a\ns -> a", message("m", "x", v=1), "a")
    assert trace(run) == "s a | completed"
    assert run.variables == {"v": 1}


def test_a_message_without_receivers_starts_nothing_else(play: Play) -> None:
    assert trace(play("start s ; message m\nuser a\ns -> a", message("other", "x"))) == " | waiting"


def test_a_signal_starts_an_instance(play: Play) -> None:
    run = play("start s ; signal sig\ntask a\ns -> a", signal("sig", v=1))
    assert trace(run) == "s a | completed"
    assert run.variables == {"v": 1}


def test_a_timer_starts_instances_as_often_as_its_cycle_says(play: Play) -> None:
    run = play("start s ; timer R2/PT1H\ntask a\ns -> a", after("PT5H"))
    assert trace(run) == "s a s a | completed"


def test_a_timer_date_starts_one_instance(play: Play) -> None:
    run = play("start s ; timer 2026-03-02T18:00:00Z\ntask a\ns -> a", after("P1D"))
    assert trace(run) == "s a | completed"


def test_several_start_events_start_each_their_own(play: Play) -> None:
    text = "start s\nstart m ; message hello\nstart g ; signal sig\nuser a\ntask b\ntask c\ns -> a\nm -> b\ng -> c"
    run = play(text, message("hello", "1"), signal("sig"), "a")
    assert trace(run) == "s a m b g c | completed"


@pytest.mark.parametrize(
    ("timer", "before", "at"),
    [
        ("PT90M", "PT89M", "PT1M"),
        ("P1M", "P30D", "P1D"),
        ("date 2026-03-02T12:00:00-06:00", "PT2H", "PT1H"),
        ('=duration("PT1H")', "PT59M", "PT1M"),
        ('duration =duration("PT1H")', "PT59M", "PT1M"),
        ('date =now() + duration("P2D")', "P1D", "P1D"),
        ("cycle 0 16 * * *", "PT59M", "PT1M"),
    ],
)
def test_a_timer_fires_when_it_is_due_and_not_before(play: Play, timer: str, before: str, at: str) -> None:
    if timer.startswith("="):
        timer = f"duration {timer}"
    text = f"start s\ncatch t ; timer {timer}\nend e\ns -> t -> e"
    assert trace(play(text, after(before))) == "s | waiting t"
    run = play("start s2\nend e2\ns2 -> e2", after(at), process="p")
    assert run.completed[:3] == ["s", "t", "e"]


def test_a_timer_that_is_past_fires_at_once(play: Play) -> None:
    assert trace(play("start s\ncatch t ; timer 2020-01-01T00:00:00Z\ns -> t", after("PT0S"))) == "s t | completed"


def test_a_timer_that_says_nothing_is_an_incident(play: Play) -> None:
    run = play("start s\ncatch t ; timer duration =missing\ns -> t")
    assert trace(run) == "s | failed timer"


def test_a_message_is_caught_by_name_and_key(play: Play) -> None:
    text = "start s\ncatch c ; message m =case_number\nend e\ns -> c -> e"
    run = play(text, message("m", "8", v=1), message("n", "7", v=2), message("m", 7, v=3), case_number=7.0)
    assert trace(run) == "s c e | completed"
    assert run.variables["v"] == 3


def test_outputs_of_a_message_are_mapped(play: Play) -> None:
    run = play("start s\ncatch c ; message m ; out got =v + 1\ns -> c", message("m", v=1), key="k")
    assert run.variables == {"key": "k", "got": 2}


def test_a_key_that_gives_nothing_is_an_incident(play: Play) -> None:
    assert trace(play("start s\ncatch c ; message m =missing\ns -> c")) == "s | failed correlation_key"


def test_a_thrown_message_reaches_who_waits_and_carries_its_inputs(play: Play) -> None:
    text = """
    start s
    parallel g
    catch c ; message m
    throw t ; message m ; in v =x + 1
    end e
    s -> g -> c -> e
    g -> t -> e
    """
    run = play(text, key="k", x=1)
    assert trace(run) == "s g t e c e | completed"
    assert run.variables["v"] == 2


def test_a_message_end_event_starts_another_process(play: Play) -> None:
    other = bpmn("start s2 ; message m\nuser b\ns2 -> b", process="q")
    run = play("start s\nend e ; message m ; in v =5\ns -> e", "b", files={"q.bpmn": other}, process="p", key="k")
    assert trace(run) == "s e s2 b | completed"
    assert run.variables["v"] == 5


def test_a_thrown_message_may_be_a_job(play: Play) -> None:
    text = "start s\nthrow t ; message m ; job post\nend e ; message m ; job post\ns -> t -> e"
    assert trace(play(text, "t", "e", key="k")) == "s t e | completed"


def test_a_thrown_message_lives_until_its_receiver_comes(play: Play) -> None:
    definition = (
        '<messageEventDefinition messageRef="message_m"><extensionElements>'
        '<zeebe:publishMessage correlationKey="=key" timeToLive="PT1H"/></extensionElements></messageEventDefinition>'
    )
    text = f"""
    start s
    throw t ; inner {definition}
    user a
    catch c ; message m
    end e
    s -> t -> a -> c -> e
    """
    assert trace(play(text, after("PT59M"), "a", key="k")) == "s t a c e | completed"
    assert trace(play(text, after("PT2H"), "a", process="p", key="z")).endswith("waiting c")


def test_a_signal_is_caught_and_thrown(play: Play) -> None:
    text = """
    start s
    parallel g
    catch c ; signal sig
    catch c2 ; signal sig
    throw t ; signal sig
    end e
    s -> g -> c -> e
    g -> c2 -> e
    g -> t -> e
    """
    assert trace(play(text)) == "s g t c c2 e e e | completed"


def test_a_signal_end_event_is_heard_by_another_process(play: Play) -> None:
    other = bpmn("start s2 ; signal sig\ntask b\ns2 -> b", process="q")
    run = play("start s\nend e ; signal sig\ns -> e", files={"q.bpmn": other}, process="p")
    assert trace(run) == "s e s2 b | completed"


def test_a_conditional_event_reacts_to_a_change_elsewhere(play: Play) -> None:
    text = """
    start s
    parallel g
    user a
    catch c ; when =v = 3
    end e
    s -> g -> a -> e
    g -> c -> e
    """
    assert trace(play(text, done("a", v=2))) == "s g a e | waiting c"


def test_a_conditional_event_fires_when_it_becomes_true(play: Play) -> None:
    text = "start s\nparallel g\nuser a\ncatch c ; when =v = 3\nend e\ns -> g -> a -> e\ng -> c -> e"
    assert trace(play(text, done("a", v=3))) == "s g a c e e | completed"


def test_a_link_jumps(play: Play) -> None:
    text = "start s\nthrow l1 ; link L\ncatch l2 ; link L\nend e\ns -> l1\nl2 -> e"
    assert trace(play(text)) == "s l1 l2 e | completed"


def test_a_plain_throw_event_passes(play: Play) -> None:
    assert trace(play("start s\nthrow t\nend e\ns -> t -> e")) == "s t e | completed"


def test_a_terminate_end_event_ends_all_of_its_scope(play: Play) -> None:
    text = "start s\nparallel g\nuser a\ntask b\nend t ; terminate\ns -> g -> a\ng -> b -> t"
    assert trace(play(text)) == "s g b t | completed"


def test_a_terminate_end_event_in_a_subprocess_ends_only_that(play: Play) -> None:
    text = """
    start s
    sub sp:
      start s1
      parallel g
      user a
      end t ; terminate
      s1 -> g -> a
      g -> t
    task after
    s -> sp -> after
    """
    assert trace(play(text)) == "s s1 g t sp after | completed"


def test_an_uncaught_error_end_is_an_incident(play: Play) -> None:
    run = play("start s\nend e ; error E1\ns -> e")
    assert trace(run) == "s | failed error_not_caught"
    assert run.incidents[0]["element"] == "e"


def test_an_escalation_that_nobody_catches_goes_unheard(play: Play) -> None:
    text = "start s\nthrow t ; escalation ES\nend e ; escalation ES\ns -> t -> e"
    assert trace(play(text)) == "s t e | completed"


def test_an_escalation_end_event_is_caught_outside(play: Play) -> None:
    text = """
    start s
    sub sp:
      start s1
      end e1 ; escalation ES
      s1 -> e1
    boundary b on sp ; escalation ES
    task h
    end e
    s -> sp -> e
    b -> h
    """
    assert trace(play(text)) == "s s1 b h | completed"


def test_an_event_definition_may_be_referred_to(play: Play) -> None:
    text = """
    root <terminateEventDefinition id="shared"/>
    start s
    parallel g
    user a
    end t ; inner <eventDefinitionRef>shared</eventDefinitionRef>
    s -> g -> a
    g -> t
    """
    assert trace(play(text)) == "s g t | completed"


SIGNALLED = """
start s
sub sp:
  start s1
  {throw}
  s1 -> t{after}
  {listener}
end e
s -> sp -> e
"""
HANDLER = """event ev:
    start es ; signal sig{quiet}
    task et
    es -> et"""


@pytest.mark.parametrize(("quiet", "expected"), [(" ; quiet", "s s1 t es b et ev sp e"), ("", "s s1 t es et ev sp e")])
def test_a_signal_is_heard_at_the_moment_it_is_thrown(play: Play, quiet: str, expected: str) -> None:
    listener = HANDLER.format(quiet=quiet)
    text = SIGNALLED.format(throw="throw t ; signal sig\n  task b", after=" -> b", listener=listener)
    run = play(text)
    assert sorted(trace(run).split()) == sorted(f"{expected} | completed".split())


def test_a_signal_end_event_is_heard_by_the_boundary_event_of_its_own_subprocess(play: Play) -> None:
    text = (
        SIGNALLED.format(throw="end t ; signal sig", after="", listener="")
        + "boundary b on sp ; signal sig\ntask h\nb -> h"
    )
    assert trace(play(text)) == "s s1 t b h | completed"


def test_a_signal_is_not_kept_for_one_who_waits_only_later(play: Play) -> None:
    assert trace(play("start s\nthrow t ; signal sig\ncatch c ; signal sig\ns -> t -> c")) == "s t | waiting c"


def test_a_signal_waits_for_parallel_branches_to_come_to_rest(play: Play) -> None:
    text = """
    start s
    parallel g
    throw t ; signal sig
    task a
    catch c ; signal sig
    end e
    s -> g -> t
    g -> a -> c -> e
    """
    assert trace(play(text)) == "s g a t c e | completed"


def test_a_condition_interrupts_before_the_next_element_moves(play: Play) -> None:
    text = """
    start s
    sub sp:
      start s1
      script x1 ; set v =1
      script x2 ; set v =2
      s1 -> x1 -> x2
    boundary b on sp ; when =v = 1
    task h
    s -> sp
    b -> h
    """
    assert trace(play(text)) == "s s1 x1 b h | completed"


def test_the_condition_of_an_activity_does_not_see_what_completes_it(play: Play) -> None:
    text = "start s\nuser a\nboundary b on a ; when =v = 1\ntask h\nend e\ns -> a -> e\nb -> h"
    assert trace(play(text, done("a", v=1))) == "s a e | completed"
