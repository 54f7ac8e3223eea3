"""Corner cases that the pages in docs/semantics promise: things that happen at once, and what is where it seldom is."""

from __future__ import annotations

from datetime import timedelta

from engine.clock import MovableClock
from engine.store import Store
from tests.conformance.diagram import bpmn
from tests.conformance.play import Forgetful, Play, after, done, message, signal, trace

TIMED = "start s\nuser a\nboundary b on a ; timer PT1H\ntask h\nend e\ns -> a -> e\nb -> h"


def test_a_completion_wins_over_a_timer_that_is_due_but_has_not_fired(sqlite_store: Store, clock: MovableClock) -> None:
    sandbox = Forgetful(sqlite_store, clock)
    sandbox.run({"model.bpmn": bpmn(TIMED)})

    clock.set(clock.now() + timedelta(hours=1))
    sandbox.take(1, {"complete": "a"})
    sandbox.take(2, after("PT0S"))

    assert trace(sandbox.outcome([], None)) == "s a e | completed"


def test_a_timer_that_has_fired_wins_over_a_completion(play: Play) -> None:
    run = play(TIMED, after("PT1H"), "a")
    assert run.completed == ["s", "b", "h"]
    assert run.error is not None


def test_of_two_timers_due_at_once_the_one_drawn_first_fires_first(play: Play) -> None:
    text = """
    start s
    user a
    boundary b1 on a ; timer PT1H
    boundary b2 on a ; timer PT1H
    task h1
    task h2
    s -> a
    b1 -> h1
    b2 -> h2
    """
    assert trace(play(text, after("PT1H"))) == "s b1 h1 | completed"


def test_of_timers_due_in_one_jump_the_earlier_fires_first(play: Play) -> None:
    text = "start s\nuser a\nboundary b1 on a ; timer PT2H\nboundary b2 on a ; timer PT1H\ns -> a"
    assert trace(play(text, after("PT9H"))) == "s b2 | completed"


def test_a_signal_reaches_all_that_still_wait_when_their_turn_comes(play: Play) -> None:
    text = """
    start s
    parallel g
    user a
    boundary b on a ; signal sig
    boundary q on a ; signal sig ; quiet
    catch c ; signal sig
    s -> g -> a
    g -> c
    """
    # The interrupting one was there first and took its activity away; the catch event is somewhere else.
    assert trace(play(text, signal("sig"))) == "s g b c | completed"


def test_a_message_reaches_one_of_two_receivers_the_next_one_the_other(play: Play) -> None:
    text = "start s\nparallel g\nreceive r1 ; message m\nreceive r2 ; message m\ns -> g -> r1\ng -> r2"
    assert trace(play(text, message("m"), key="k")) == "s g r1 | waiting r2"
    assert trace(play(text, message("m"), message("m"), process="p", key="z")).endswith("waiting r1 r2")


def test_a_message_goes_to_the_innermost_receiver(play: Play) -> None:
    text = """
    start s
    sub sp:
      receive r ; message m
    boundary b on sp ; message m
    s -> sp
    """
    assert trace(play(text, message("m"), key="k")) == "s r sp | completed"


def test_a_boundary_event_and_its_own_activity_wait_for_the_same_message(play: Play) -> None:
    text = "start s\nreceive r ; message m\nboundary b on r ; message m\ns -> r"
    assert trace(play(text, message("m"), key="k")) == "s b | completed"


def test_a_terminate_end_ends_only_its_own_instance_of_a_multi_instance(play: Play) -> None:
    text = """
    start s
    sub sp ; times =2:
      start s1
      parallel g
      user a
      user b
      end t ; terminate
      s1 -> g -> a
      g -> b -> t
    s -> sp
    """
    assert trace(play(text, "b", "b")) == "s s1 s1 g g b t sp b t sp | completed"


def test_every_instance_of_a_multi_instance_has_event_subprocesses_of_its_own(play: Play) -> None:
    text = """
    start s
    sub sp ; times =2:
      user a
      event ev:
        start es ; signal sig
        user t
        es -> t
    s -> sp
    """
    assert trace(play(text, signal("sig"), "t", "t")) == "s es es t ev sp t ev sp | completed"


def test_links_have_one_target_and_as_many_sources_as_are_drawn(play: Play) -> None:
    text = "start s\nparallel g\nthrow l1 ; link L\nthrow l2 ; link L\ncatch l3 ; link L\ntask a\ns -> g -> l1\ng -> l2\nl3 -> a"
    assert trace(play(text)) == "s g l1 l2 l3 l3 a a | completed"


def test_a_signal_and_an_escalation_leave_a_called_process(play: Play) -> None:
    called = bpmn("start s2\nthrow t ; escalation ES\nend e2 ; signal sig\ns2 -> t -> e2", process="q")
    text = "start s\ncall c ; calls q\nboundary b on c ; signal sig\nboundary x on c ; escalation ES ; quiet\ns -> c"
    assert trace(play(text, files={"q.bpmn": called})) == "s s2 t x e2 b | completed"


def test_what_a_called_process_did_is_not_undone_from_outside(play: Play) -> None:
    called = bpmn("task a\nboundary ca on a ; compensate\ntask ha ; undo true\nassociation x ca ha", process="q")
    text = "start s\ncall c ; calls q\nthrow th ; compensate\ns -> c -> th"
    assert trace(play(text, files={"q.bpmn": called})) == "s a c th | completed"


def test_the_handler_of_a_multi_instance_runs_once(play: Play) -> None:
    text = "start s\ntask a ; times =2\nboundary ca on a ; compensate\ntask ha ; undo true\nassociation x ca ha\nthrow th ; compensate\ns -> a -> th"
    assert trace(play(text)) == "s a a ha th | completed"


def test_an_activity_that_was_done_twice_is_undone_twice(play: Play) -> None:
    text = """
    start s
    exclusive m
    user a
    boundary ca on a ; compensate
    task ha ; undo true
    association x ca ha
    exclusive g ; default out
    throw th ; compensate
    s -> m -> a -> g
    g -> m [again]
    g -> th #out
    """
    run = play(text, done("a", again=True), done("a", again=False))
    assert trace(run) == "s m a g m a g ha ha th | completed"


def test_the_handler_at_the_border_goes_before_what_is_inside(play: Play) -> None:
    text = """
    start s
    sub sp:
      task a
      boundary ca on a ; compensate
      task ha ; undo true
      association x ca ha
    boundary cs on sp ; compensate
    task hs ; undo true
    association y cs hs
    throw th ; compensate
    s -> sp -> th
    """
    assert trace(play(text)) == "s a sp hs th | completed"


def test_an_interrupted_compensation_ends(play: Play) -> None:
    text = """
    start s
    sub sp:
      task a
      boundary ca on a ; compensate
      user ha ; undo true
      association x ca ha
      throw th ; compensate
      a -> th
    boundary b on sp ; signal sig
    s -> sp
    """
    assert trace(play(text, signal("sig"))) == "s a b | completed"


def test_a_transaction_inside_another_is_cancelled_by_itself(play: Play) -> None:
    text = """
    start s
    transaction tx:
      transaction ty:
        task a
        boundary ca on a ; compensate
        task ha ; undo true
        association x ca ha
        end cy ; cancel
        a -> cy
      boundary by on ty ; cancel
      task go
      by -> go
    s -> tx
    """
    assert trace(play(text)) == "s a ha cy by go tx | completed"


def test_parallel_join_waits_for_ever_for_a_branch_that_was_not_taken(play: Play) -> None:
    text = "start s\nexclusive g ; default d\ntask a\ntask b\nparallel j\ns -> g\ng -> a [false]\ng -> b #d\na -> j\nb -> j"
    run = play(text)
    assert trace(run) == "s g b | waiting j"
    assert run.waiting == [{"id": "j", "for": "join"}]


def test_a_condition_that_gives_no_truth_value_does_not_fire_an_event(play: Play) -> None:
    text = "start s\nparallel g\nuser a\ncatch c ; when =v\ns -> g -> a\ng -> c"
    assert trace(play(text, done("a", v=5))) == "s g a | waiting c"


def test_events_inside_an_ad_hoc_subprocess(play: Play) -> None:
    text = "start s\nadhoc ah:\n  user a\n  boundary b on a ; signal sig ; quiet\n  task h\n  b -> h\ns -> ah"
    assert trace(play(text, signal("sig"), "a")) == "s b h a ah | completed"
