"""Variables: where a write lands, what a read sees, and what mappings do."""

from __future__ import annotations

from tests.conformance.play import Play, done, trace


def test_a_write_lands_where_the_variable_already_is(play: Play) -> None:
    text = """
    start s
    sub sp ; in local =1:
      script a ; set local =local + 1
      script b ; set fresh =local
      a -> b
    end e
    s -> sp -> e
    """
    assert play(text, seen=0).variables == {"seen": 0, "fresh": 2}


def test_parallel_branches_see_each_other(play: Play) -> None:
    text = "start s\nparallel g\nuser a\nuser b\nscript c ; set sum =x + y\ns -> g -> a\ng -> b -> c"
    assert play(text, done("a", x=1), done("b", y=2)).variables == {"x": 1, "y": 2, "sum": 3}


def test_inputs_are_local_to_their_task(play: Play) -> None:
    run = play("start s\nuser a ; in secret =x + 1\nscript b ; set seen =secret\ns -> a -> b", "a", x=1)
    assert run.variables == {"x": 1, "seen": None}


def test_outputs_keep_the_rest_inside(play: Play) -> None:
    run = play("start s\nuser a ; out total =p * q\ns -> a", done("a", p=6, q=7))
    assert run.variables == {"total": 42}


def test_mappings_are_applied_in_order_and_reach_into_contexts(play: Play) -> None:
    text = "start s\ntask a ; in one =1 ; in two =one + 1 ; out r.x =two ; out r.y.z =one\ns -> a"
    assert play(text, r={"w": 0}).variables == {"r": {"w": 0, "x": 2, "y": {"z": 1}}}


def test_a_literal_source_is_text(play: Play) -> None:
    assert play("start s\ntask a ; out t hola\ns -> a").variables == {"t": "hola"}


def test_a_subprocess_hands_over_what_is_mapped(play: Play) -> None:
    text = """
    start s
    sub sp ; in n =5 ; out r =n:
      script a ; set n =n + 1
    s -> sp
    """
    assert play(text).variables == {"r": 6}


def test_dates_and_durations_survive_being_stored(play: Play) -> None:
    text = """
    start s
    script a ; set d =date("2026-03-02")
    script b ; set t =date and time("2026-03-02T10:00:00@America/Tegucigalpa")
    script c ; set u =duration("P1DT2H")
    user stop
    script z ; set r =[d + duration("P1D"), string(t + u), d.year]
    s -> a -> b -> c -> stop -> z
    """
    run = play(text, "stop")
    assert run.variables["r"] == ["2026-03-03", "2026-03-03T12:00:00@America/Tegucigalpa", 2026]


def test_numbers_survive_being_stored_exactly(play: Play) -> None:
    text = """
    start s
    script a ; set x =12345678901234567890.123456789
    user stop
    script z ; set same =x = 12345678901234567890.123456789 and 0.1 + 0.2 = 0.3
    s -> a -> stop -> z
    """
    assert play(text, "stop").variables["same"] is True


def test_the_process_is_known_to_expressions(play: Play) -> None:
    assert play("start s\nscript a ; set p =process.id + string(process.version)\ns -> a").variables["p"] == "p1"


def test_an_expression_over_the_limits_is_an_incident(play: Play) -> None:
    run = play("start s\nscript a ; set x =count(for i in 1..100000, j in 1..100000 return i)\ns -> a")
    assert run.state == "failed"
    assert run.incidents[0]["element"] == "a"


def test_user_task_texts_are_evaluated(play: Play) -> None:
    text = """
    start s
    user a ; candidateGroups =["agente", who] ; dueDate =now() + duration("P1D") ; priority =50 + 1
    s -> a
    """
    run = play(text, who="consul")
    assert run.waiting[0]["due"] == "2026-03-03T15:00:00+00:00"


def test_an_assignment_that_gives_nonsense_is_an_incident(play: Play) -> None:
    assert trace(play("start s\nuser a ; candidateGroups =[1, 2]\ns -> a")) == "s | failed assignment"


def test_a_due_date_that_gives_nonsense_is_an_incident(play: Play) -> None:
    assert trace(play('start s\nuser a ; dueDate ="mañana"\ns -> a')) == "s | failed schedule"


def test_a_priority_that_gives_nonsense_is_an_incident(play: Play) -> None:
    assert trace(play('start s\nuser a ; priority ="alta"\ns -> a')) == "s | failed priority"
