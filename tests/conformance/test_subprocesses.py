"""Embedded, ad-hoc and transaction subprocesses, compensation, lanes and collaborations."""

from __future__ import annotations

import pytest

from tests.conformance.diagram import bpmn
from tests.conformance.play import Play, after, done, fails, signal, trace


def test_a_subprocess_completes_when_nothing_is_left_in_it(play: Play) -> None:
    text = """
    start s
    sub sp:
      start s1
      parallel g
      user a
      user b
      s1 -> g -> a
      g -> b
    end e
    s -> sp -> e
    """
    assert trace(play(text, "a", "b")) == "s s1 g a b sp e | completed"


def test_a_subprocess_without_a_start_event_starts_what_has_no_incoming_flow(play: Play) -> None:
    assert trace(play("start s\nsub sp:\n  task a\n  task b\nend e\ns -> sp -> e")) == "s a b sp e | completed"


def test_subprocesses_nest(play: Play) -> None:
    text = """
    start s
    sub x:
      sub y:
        sub z:
          user a
    end e
    s -> x -> e
    """
    assert trace(play(text, "a")) == "s a z y x e | completed"


AD_HOC = """
start s
adhoc ah{how}:
  user a
  user b
  task c
  a -> c{more}
end e
s -> ah -> e
"""


def test_an_ad_hoc_subprocess_without_a_condition_ends_when_all_is_done(play: Play) -> None:
    assert trace(play(AD_HOC.format(how="", more=""), "b", "a")) == "s b a c ah e | completed"


def test_an_ad_hoc_subprocess_ends_when_its_condition_holds(play: Play) -> None:
    text = AD_HOC.format(how="", more="\n  xml <completionCondition>=n = 1</completionCondition>")
    assert trace(play(text, done("b", n=1), n=0)) == "s b ah e | completed"


def test_an_ad_hoc_subprocess_may_let_the_rest_finish(play: Play) -> None:
    more = "\n  xml <completionCondition>=n = 1</completionCondition>"
    text = AD_HOC.format(how=" ; cancelRemainingInstances false", more=more)
    assert trace(play(text, done("b", n=1), n=0)) == "s b | waiting a"


def test_a_sequential_ad_hoc_subprocess_does_one_after_the_other(play: Play) -> None:
    text = AD_HOC.format(how=" ; ordering Sequential", more="")
    assert trace(play(text, "a")) == "s a c | waiting b"


def test_an_ad_hoc_subprocess_may_choose_its_elements(play: Play) -> None:
    text = AD_HOC.format(
        how=' ; extension <zeebe:adHoc activeElementsCollection="=chosen" outputCollection="got" outputElement="=n"/>',
        more="",
    )
    assert trace(play(text, "b", chosen=["b"], n=1)) == "s b ah e | completed"


def test_an_ad_hoc_subprocess_with_a_bad_choice_is_an_incident(play: Play) -> None:
    text = AD_HOC.format(how=' ; extension <zeebe:adHoc activeElementsCollection="=chosen"/>', more="")
    assert trace(play(text, chosen=["zz"])) == "s | failed ad_hoc_elements"


UNDO = """
start s
task a
boundary ca on a ; compensate
task ha ; undo true
association as1 ca ha
task b
boundary cb on b ; compensate
user hb ; undo true
association as2 cb hb
user stop
{throw}
end e
s -> a -> b -> stop -> th{on}
"""
THROW = "throw th ; compensate"


def test_compensation_undoes_in_reverse_order_one_after_the_other(play: Play) -> None:
    text = UNDO.format(throw=THROW, on=" -> e")
    assert trace(play(text, "stop", "hb")) == "s a b stop hb ha th e | completed"


def test_compensation_waits_for_each_handler(play: Play) -> None:
    run = play(UNDO.format(throw=THROW, on=" -> e"), "stop")
    assert run.completed == ["s", "a", "b", "stop"]
    assert {"id": "hb", "for": "user task"} in run.waiting


def test_compensation_of_one_activity(play: Play) -> None:
    text = UNDO.format(throw="throw th ; compensate a", on=" -> e")
    assert trace(play(text, "stop")) == "s a b stop ha th e | completed"


def test_a_compensation_end_event(play: Play) -> None:
    text = UNDO.format(throw="end th ; compensate", on="")
    assert trace(play(text, "stop", "hb")) == "s a b stop hb ha th | completed"


def test_what_never_completed_is_not_undone(play: Play) -> None:
    text = """
    start s
    parallel g
    user a
    boundary ca on a ; compensate
    task ha ; undo true
    association as1 ca ha
    throw th ; compensate
    s -> g -> a
    g -> th
    """
    assert trace(play(text, "a")) == "s g th a | completed"


def test_compensation_happens_once(play: Play) -> None:
    text = """
    start s
    task a
    boundary ca on a ; compensate
    task ha ; undo true
    association as1 ca ha
    throw t1 ; compensate
    throw t2 ; compensate
    s -> a -> t1 -> t2
    """
    assert trace(play(text)) == "s a ha t1 t2 | completed"


def test_a_completed_subprocess_is_undone_from_within(play: Play) -> None:
    text = """
    start s
    sub sp:
      task a
      boundary ca on a ; compensate
      task ha ; undo true
      association as1 ca ha
      task b
      boundary cb on b ; compensate
      task hb ; undo true
      association as2 cb hb
      a -> b
    throw th ; compensate
    s -> sp -> th
    """
    assert trace(play(text)) == "s a b sp hb ha th | completed"


def test_a_compensation_event_subprocess_undoes_its_subprocess(play: Play) -> None:
    text = """
    start s
    sub sp:
      task a
      event ev:
        start es ; compensate
        task u
        es -> u
    throw th ; compensate
    s -> sp -> th
    """
    assert trace(play(text)) == "s a sp es u ev th | completed"


def test_a_compensation_event_subprocess_may_undo_what_was_done_inside(play: Play) -> None:
    text = """
    start s
    sub sp:
      task a
      boundary ca on a ; compensate
      user ha ; undo true
      association as1 ca ha
      event ev:
        start es ; compensate
        task u
        throw ct ; compensate
        es -> u -> ct
    task z
    boundary cz on z ; compensate
    task hz ; undo true
    association as2 cz hz
    throw th ; compensate
    s -> sp -> z -> th
    """
    assert trace(play(text, "ha")) == "s a sp z hz es u ha ct ev th | completed"


def test_a_handler_sees_the_variables_of_the_time_it_undoes(play: Play) -> None:
    text = """
    start s
    sub sp ; in v =1:
      task a
      boundary ca on a ; compensate
      script ha ; undo true ; set seen =v
      association as1 ca ha
    script change ; set v =2
    throw th ; compensate
    s -> sp -> change -> th
    """
    assert play(text).variables["seen"] == 1


TRANSACTION = """
start s
transaction tx:
  start s1
  task a
  boundary ca on a ; compensate
  task ha ; undo true
  association as1 ca ha
  parallel g
  user other
  user decide
  end ce ; cancel
  s1 -> a -> g -> other
  g -> decide -> ce
boundary cx on tx ; cancel
task t
end e
s -> tx -> e
cx -> t
"""


def test_a_cancelled_transaction_is_undone_and_left_by_its_cancel_event(play: Play) -> None:
    assert trace(play(TRANSACTION, "decide")) == "s s1 a g decide ha ce cx t | completed"


def test_a_transaction_that_is_not_cancelled_completes(play: Play) -> None:
    text = "start s\ntransaction tx:\n  user a\nend e\ns -> tx -> e"
    assert trace(play(text, "a")) == "s a tx e | completed"


def test_an_error_leaves_a_transaction_without_undoing(play: Play) -> None:
    text = """
    start s
    transaction tx:
      task a
      boundary ca on a ; compensate
      task ha ; undo true
      association as1 ca ha
      service j ; job work
      a -> j
    boundary b on tx ; error E1
    task h
    s -> tx
    b -> h
    """
    assert trace(play(text, fails("j", "E1"))) == "s a b h | completed"


def test_lanes_and_data_objects_do_not_stand_in_the_way(play: Play) -> None:
    text = """
    xml <laneSet id="ls"><lane id="agente" name="Agente"><flowNodeRef>a</flowNodeRef></lane></laneSet>
    start s
    user a
    data d1
    xml <dataObjectReference id="r1" name="Ficha" dataObjectRef="d1"/>
    xml <dataStoreReference id="r2" name="Archivo"/>
    xml <textAnnotation id="t1"><text>nota</text></textAnnotation>
    end e
    s -> a -> e
    """
    assert trace(play(text, "a")) == "s a e | completed"


def test_a_collaboration_of_two_processes_exchanges_messages(play: Play) -> None:
    text = """
    root <collaboration id="c"><participant id="pa" processRef="one"/><participant id="pb" processRef="two"/></collaboration>
    process one:
      start s
      throw t ; message ask ; in n =1
      catch c1 ; message answer
      end e
      s -> t -> c1 -> e
    process two:
      start s2 ; message ask
      script calc ; set r =n + 1
      end e2 ; message answer ; in r =r
      s2 -> calc -> e2
    """
    run = play(text, process="one", key="k")
    # The second process has no variable "key" of its own, so its answer has no address.
    assert trace(run) == "s t s2 calc | failed correlation_key"


def test_a_process_called_by_its_version_tag(play: Play) -> None:
    called = bpmn('xml <extensionElements><zeebe:versionTag value="v1"/></extensionElements>\ntask one', process="q")
    text = 'start s\ncall c ; calls q bindingType="versionTag" versionTag="v1"\ns -> c'
    assert trace(play(text, files={"q.bpmn": called})) == "s one c | completed"


def test_a_process_called_from_the_same_deployment(play: Play) -> None:
    called = bpmn("task one", process="q")
    text = 'start s\ncall c ; calls q bindingType="deployment"\ns -> c'
    assert trace(play(text, files={"q.bpmn": called})) == "s one c | completed"


def test_a_called_process_chosen_by_an_expression_that_gives_nothing_is_an_incident(play: Play) -> None:
    assert trace(play("start s\ncall c ; calls =missing\ns -> c")) == "s | failed called_process"


def test_a_called_process_that_does_not_exist_at_run_time_is_an_incident(play: Play) -> None:
    assert trace(play("start s\ncall c ; calls =which\ns -> c", which="zz")) == "s | failed process_not_found"


@pytest.mark.parametrize(("step", "expected"), [(signal("go"), "s c sp e"), (after("PT1H"), "s b h")])
def test_an_event_inside_and_one_at_the_border_race(play: Play, step: dict[str, object], expected: str) -> None:
    text = """
    start s
    sub sp:
      catch c ; signal go
    boundary b on sp ; timer PT1H
    task h
    end e
    s -> sp -> e
    b -> h
    """
    assert trace(play(text, step)) == f"{expected} | completed"


def test_an_ad_hoc_subprocess_collects_what_its_elements_give(play: Play) -> None:
    more = ' ; extension <zeebe:adHoc outputCollection="got" outputElement="=n"/>'
    run = play(AD_HOC.format(how=more, more=""), done("b", n=1), done("a", n=2))
    assert run.variables["got"] == [1, 2]


def test_a_called_process_that_only_an_event_starts_is_an_incident(play: Play) -> None:
    called = bpmn("start m ; message m\ntask t\nm -> t", process="q")
    run = play("start s\ncall c ; calls =which\ns -> c", files={"q.bpmn": called}, which="q", process="p")
    assert trace(run) == "s | failed called_process_start"
