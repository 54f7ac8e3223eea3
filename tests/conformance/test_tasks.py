"""Tasks of every kind, and the flows that leave them."""

from __future__ import annotations

import pytest

from tests.conformance.diagram import bpmn
from tests.conformance.play import Play, done, fails, message, trace

DECISION = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="dd" name="dd" namespace="x">
<decision id="twice" name="twice"><variable id="v" name="twice"/>
<literalExpression id="l"><text>n * 2</text></literalExpression></decision></definitions>"""


def test_a_user_task_waits_and_its_values_become_variables(play: Play) -> None:
    text = "start s\nuser a\nend e\ns -> a -> e"
    waiting = play(text)
    assert trace(waiting) == "s | waiting a"
    assert waiting.waiting == [{"id": "a", "for": "user task"}]


def test_completing_a_user_task_goes_on(play: Play) -> None:
    run = play("start s\nuser a\nend e\ns -> a -> e", done("a", x=1, y=[1, "dos", None]))
    assert trace(run) == "s a e | completed"
    assert run.variables == {"x": 1, "y": [1, "dos", None]}


def test_undefined_and_manual_tasks_pass(play: Play) -> None:
    assert trace(play("start s\ntask a\nmanual m\nend e\ns -> a -> m -> e")) == "s a m e | completed"


def test_a_script_task_computes(play: Play) -> None:
    run = play("start s\nscript a ; set y =0.1 + x\nend e\ns -> a -> e", x=2)
    assert trace(run) == "s a e | completed"
    assert run.variables["y"] == 2.1


def test_a_script_task_may_be_a_job(play: Play) -> None:
    assert trace(play("start s\nscript a ; job work\ns -> a", done("a"))) == "s a | completed"


def test_a_service_task_waits_for_its_handler(play: Play) -> None:
    text = "start s\nservice a ; job work ; header kind fast\nend e\ns -> a -> e"
    waiting = play(text)
    assert waiting.waiting == [{"id": "a", "for": "job", "type": "work"}]


def test_a_job_gives_variables(play: Play) -> None:
    run = play('start s\nservice a ; job ="wo" + "rk"\nend e\ns -> a -> e', done("a", r="ok"))
    assert trace(run) == "s a e | completed"
    assert run.variables == {"r": "ok"}


def test_a_job_may_throw_an_error(play: Play) -> None:
    text = "start s\nservice a ; job work\nboundary b on a ; error E1\nend e\ntask h\ns -> a -> e\nb -> h"
    run = play(text, fails("a", "E1", why="busy"))
    assert trace(run) == "s b h | completed"
    assert run.variables == {"why": "busy"}


def test_an_error_that_nobody_catches_is_an_incident(play: Play) -> None:
    assert trace(play("start s\nservice a ; job work\ns -> a", fails("a", "E9"))) == "s | failed error_not_caught"


def test_a_business_rule_task_decides(play: Play) -> None:
    text = "start s\nrule a ; decides r twice\nend e\ns -> a -> e"
    run = play(text, files={"d.dmn": DECISION}, n=21)
    assert trace(run) == "s a e | completed"
    assert run.variables["r"] == 42


def test_a_receive_task_waits_for_its_message(play: Play) -> None:
    run = play("start s\nreceive a ; message m\nend e\ns -> a -> e", message("m", z=3), key="k")
    assert trace(run) == "s a e | completed"
    assert run.variables == {"key": "k", "z": 3}


def test_a_receive_task_does_not_take_the_message_of_another(play: Play) -> None:
    run = play("start s\nreceive a ; message m\nend e\ns -> a -> e", message("m", "other"), key="k")
    assert trace(run) == "s | waiting a"
    assert run.waiting == [{"id": "a", "for": "message", "name": "m", "key": "k"}]


def test_a_send_task_publishes_to_who_waits(play: Play) -> None:
    text = """
    start s
    parallel g
    receive r ; message m
    send t ; message m ; in z ="hola"
    end e
    s -> g -> r -> e
    g -> t -> e
    """
    run = play(text, key="k")
    assert trace(run) == "s g t e r e | completed"
    assert run.variables["z"] == "hola"


def test_a_send_task_may_be_a_job(play: Play) -> None:
    assert trace(play("start s\nsend a ; job post\ns -> a", done("a"))) == "s a | completed"


def test_a_called_process_runs_in_a_scope_of_its_own(play: Play) -> None:
    text = "start s\ncall c ; calls q\nend e\ns -> c -> e"
    called = bpmn("start s2\nuser b\nend e2\ns2 -> b -> e2", process="q")
    run = play(text, done("b", y=2), files={"q.bpmn": called}, x=1)
    assert trace(run) == "s s2 b e2 c e | completed"
    assert run.variables == {"x": 1, "y": 2}


def test_a_call_hands_over_only_what_is_mapped(play: Play) -> None:
    text = """
    start s
    call c ; calls q propagateAllChildVariables="false" propagateAllParentVariables="false" ; in a =x + 1 ; out r =b
    end e
    s -> c -> e
    """
    called = bpmn("start s2\nscript b2 ; set b =[a, x]\nend e2\ns2 -> b2 -> e2", process="q")
    run = play(text, files={"q.bpmn": called}, x=1)
    assert trace(run) == "s s2 b2 e2 c e | completed"
    assert run.variables == {"x": 1, "r": [2, None]}


def test_an_error_of_a_called_process_is_caught_at_its_border(play: Play) -> None:
    text = "start s\ncall c ; calls q\nboundary b on c ; error E1\nend e\ntask h\ns -> c -> e\nb -> h"
    called = bpmn("start s2\nend e2 ; error E1\ns2 -> e2", process="q")
    assert trace(play(text, files={"q.bpmn": called})) == "s s2 e2 b h | completed"


def test_a_global_task_can_be_called(play: Play) -> None:
    text = "start s\ncall c ; calls gt\nend e\ns -> c -> e"
    called = bpmn("").replace(
        b'<process id="p" isExecutable="true">\n</process>', b'<globalUserTask id="gt" name="G"/>'
    )
    assert trace(play(text, "gt", files={"g.bpmn": called})) == "s gt c e | completed"


def test_all_unconditional_flows_of_an_activity_are_taken(play: Play) -> None:
    assert trace(play("start s\ntask a\ntask b\ntask c\ns -> a -> b\na -> c")) == "s a b c | completed"


@pytest.mark.parametrize(("x", "expected"), [(1, "s a c"), (2, "s a b"), (3, "s a b d")])
def test_conditional_flows_of_an_activity_and_its_default(play: Play, x: int, expected: str) -> None:
    text = """
    start s
    task a ; default otherwise
    task b
    task c
    task d
    s -> a
    a -> b [x > 1]
    a -> c #otherwise
    a -> d [x > 2]
    """
    assert trace(play(text, x=x)) == f"{expected} | completed"


def test_a_condition_that_gives_neither_true_nor_false_is_an_incident(play: Play) -> None:
    run = play("start s\ntask a\ntask b\ns -> a\na -> b [missing > 1]")
    assert trace(run) == "s | failed condition_not_boolean"
    assert run.incidents[0]["element"] == "a"


def test_a_start_quantity_gathers_that_many_tokens(play: Play) -> None:
    text = "start s\nparallel g\ntask a\ntask b\nuser c ; startQuantity 2\nend e\ns -> g -> a -> c -> e\ng -> b -> c"
    assert trace(play(text, "c")) == "s g a b c e | completed"


def test_a_completion_quantity_sends_that_many_tokens(play: Play) -> None:
    assert trace(play("start s\ntask a ; completionQuantity 3\ntask b\ns -> a -> b")) == "s a b b b | completed"


def test_a_call_may_name_its_process_in_the_standard_s_own_attribute(play: Play) -> None:
    called = bpmn("task b", process="q")
    assert trace(play("start s\ncall c ; calledElement x:q\ns -> c", files={"q.bpmn": called})) == "s b c | completed"


def test_a_decision_of_the_same_deployment(play: Play) -> None:
    text = """
    start s
    rule a ; extension <zeebe:calledDecision decisionId="twice" resultVariable="r" bindingType="deployment"/>
    s -> a
    """
    assert play(text, files={"d.dmn": DECISION}, n=4).variables["r"] == 8
