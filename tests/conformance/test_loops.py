"""Multi-instance and standard loops."""

from __future__ import annotations

import pytest

from tests.conformance.play import Play, after, done, fails, trace

EACH = "start s\nuser a ; each =xs as x ; collect ys =x * 2{more}\nend e\ns -> a -> e"


def test_a_parallel_multi_instance_opens_all_at_once_and_collects(play: Play) -> None:
    assert trace(play(EACH.format(more=""), xs=[1, 2, 3])) == "s | waiting a a a"


def test_a_parallel_multi_instance_collects_in_the_order_of_the_collection(play: Play) -> None:
    run = play(EACH.format(more=""), "a", "a", "a", xs=[1, 2, 3])
    assert trace(run) == "s a a a e | completed"
    assert run.variables == {"xs": [1, 2, 3], "ys": [2, 4, 6]}


def test_a_sequential_multi_instance_opens_one_after_the_other(play: Play) -> None:
    run = play(EACH.format(more=" ; sequential"), "a", xs=[1, 2, 3])
    assert trace(run) == "s a | waiting a"


def test_a_completion_condition_ends_it_early(play: Play) -> None:
    run = play(EACH.format(more=" ; sequential ; until =numberOfCompletedInstances = 2"), "a", "a", xs=[1, 2, 3])
    assert trace(run) == "s a a e | completed"
    assert run.variables["ys"] == [2, 4, None]


def test_a_completion_condition_ends_the_parallel_ones_that_still_run(play: Play) -> None:
    run = play(EACH.format(more=" ; until =numberOfCompletedInstances >= 1"), "a", xs=[1, 2, 3])
    assert trace(run) == "s a e | completed"


def test_an_empty_collection_goes_on_at_once(play: Play) -> None:
    run = play(EACH.format(more=""), xs=[])
    assert trace(run) == "s e | completed"
    assert run.variables["ys"] == []


def test_a_cardinality_says_how_many(play: Play) -> None:
    text = "start s\nscript a ; times =n ; sequential ; set last =loopCounter\nend e\ns -> a -> e"
    run = play(text, n=3)
    assert trace(run) == "s a a a e | completed"
    assert run.variables["last"] == 3


def test_a_collection_that_is_no_list_is_an_incident(play: Play) -> None:
    assert trace(play(EACH.format(more=""), xs=5)) == "s | failed loop_collection"


@pytest.mark.parametrize("n", [-1, 1.5, "many", 5001])
def test_a_cardinality_that_is_no_count_is_an_incident(play: Play, n: object) -> None:
    assert trace(play("start s\ntask a ; times =n\ns -> a", n=n)) == "s | failed loop_cardinality"


def test_a_multi_instance_subprocess_runs_each_in_a_scope_of_its_own(play: Play) -> None:
    text = """
    start s
    sub sp ; each =xs as x ; collect ys =r ; sequential:
      script c ; set r =x * 10
    end e
    s -> sp -> e
    """
    run = play(text, xs=[1, 2])
    assert trace(run) == "s c sp c sp e | completed"
    assert run.variables == {"xs": [1, 2], "ys": [10, 20]}


def test_a_multi_instance_call_runs_each(play: Play) -> None:
    from tests.conformance.diagram import bpmn

    text = """
    start s
    call c ; each =xs as x ; collect ys =r ; calls q propagateAllChildVariables="false" ; out r =b
    end e
    s -> c -> e
    """
    called = bpmn("script k ; set b =x + 100", process="q")
    run = play(text, files={"q.bpmn": called}, xs=[1, 2])
    assert trace(run) == "s k c k c e | completed"
    assert run.variables["ys"] == [101, 102]


def test_a_boundary_event_of_a_multi_instance_ends_all_of_it(play: Play) -> None:
    text = "start s\nuser a ; each =xs as x\nboundary b on a ; timer PT1H\ntask h\ns -> a\nb -> h"
    run = play(text, "a", after("PT1H"), xs=[1, 2, 3])
    assert trace(run) == "s a b h | completed"
    assert run.waiting == []


def test_an_error_of_one_instance_is_caught_at_the_border_of_all(play: Play) -> None:
    text = "start s\nservice a ; job work ; each =xs as x\nboundary b on a ; error E1\ntask h\ns -> a\nb -> h"
    assert trace(play(text, "a", fails("a", "E1"), xs=[1, 2, 3])) == "s a b h | completed"


BEHAVIOR = """
root <signal id="one" name="one"/>
root <signalEventDefinition id="ref" signalRef="one"/>
start s
user a ; times =2 ; behavior behavior="{behavior}" {which}="ref"
boundary b on a ; signal one ; quiet
task h
end e
s -> a -> e
b -> h
"""


@pytest.mark.parametrize(
    ("behavior", "which", "expected"),
    [
        ("None", "noneBehaviorEventRef", "s a b h a b e h | completed"),
        ("One", "oneBehaviorEventRef", "s a b h a e | completed"),
        ("All", "noneBehaviorEventRef", "s a a e | completed"),
    ],
)
def test_the_event_behaviours_of_a_multi_instance(play: Play, behavior: str, which: str, expected: str) -> None:
    assert trace(play(BEHAVIOR.format(behavior=behavior, which=which), "a", "a")) == expected


def test_the_complex_behaviour_of_a_multi_instance(play: Play) -> None:
    loop = (
        '<multiInstanceLoopCharacteristics behavior="Complex"><loopCardinality>=3</loopCardinality>'
        "<complexBehaviorDefinition><condition>=numberOfCompletedInstances = 2</condition><event>"
        '<signalEventDefinition signalRef="one"/></event></complexBehaviorDefinition>'
        "</multiInstanceLoopCharacteristics>"
    )
    text = f"""
    root <signal id="one" name="one"/>
    start s
    user a ; inner {loop}
    boundary b on a ; signal one ; quiet
    task h
    s -> a
    b -> h
    """
    assert trace(play(text, "a", "a", "a")) == "s a a b h a | completed"


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("max 3", "s a a a e"),
        ("loop =i < 2", "s a a e"),
        ("loop =i < 0", "s a e"),
        ("loop =i < 0 ; testBefore", "s e"),
        ("loop =i < 5 ; max 2", "s a a e"),
        ("loop =i < 2 ; testBefore", "s a a e"),
    ],
)
def test_a_standard_loop_repeats_while_its_condition_holds(play: Play, loop: str, expected: str) -> None:
    text = f"start s\nscript a ; {loop} ; set i =i + 1\nend e\ns -> a -> e"
    assert trace(play(text, i=0)) == f"{expected} | completed"


def test_a_looping_user_task_opens_again(play: Play) -> None:
    text = "start s\nuser a ; loop =not(good)\nend e\ns -> a -> e"
    assert trace(play(text, done("a", good=False), done("a", good=True), good=False)) == "s a a e | completed"


def test_a_looping_subprocess(play: Play) -> None:
    text = "start s\nsub sp ; max 2:\n  user a\nend e\ns -> sp -> e"
    assert trace(play(text, "a", "a")) == "s a sp a sp e | completed"
