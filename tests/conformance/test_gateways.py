"""Gateways: which flows are taken, and what is waited for before going on."""

from __future__ import annotations

import pytest

from tests.conformance.play import Play, after, done, message, signal, trace

CHOICE = """
start s
exclusive g ; default d
task a
task b
s -> g
g -> a [x > 1]
g -> b #d
"""


@pytest.mark.parametrize(("x", "expected"), [(2, "s g a | completed"), (1, "s g b | completed")])
def test_an_exclusive_gateway_takes_the_first_that_holds_or_the_default(play: Play, x: int, expected: str) -> None:
    assert trace(play(CHOICE, x=x)) == expected


def test_an_exclusive_gateway_takes_one_flow_only(play: Play) -> None:
    text = "start s\nexclusive g\ntask a\ntask b\ns -> g\ng -> a [x > 1]\ng -> b [x > 0]"
    assert trace(play(text, x=5)) == "s g a | completed"


def test_an_exclusive_gateway_without_a_way_out_is_an_incident(play: Play) -> None:
    run = play("start s\nexclusive g\ntask a\ntask b\ns -> g\ng -> a [x > 1]\ng -> b [x < 0]", x=1)
    assert trace(run) == "s | failed no_flow_taken"
    assert run.incidents[0]["element"] == "g"


def test_a_condition_that_reads_nothing_is_an_incident_and_says_what(play: Play) -> None:
    run = play("start s\nexclusive g\ntask a\ntask b\ns -> g\ng -> a [zz > 1]\ng -> b [zz < 1]")
    assert trace(run) == "s | failed condition_not_boolean"
    assert "zz > 1" in run.incidents[0]["es"]


def test_an_exclusive_gateway_merges_without_waiting(play: Play) -> None:
    text = "start s\nparallel g\ntask a\ntask b\nexclusive m\nend e\ns -> g\ng -> a -> m\ng -> b -> m -> e"
    assert trace(play(text)) == "s g a b m m e e | completed"


PARALLEL = """
start s
parallel g
user a
user b
parallel j
end e
s -> g
g -> a -> j
g -> b -> j -> e
"""


def test_a_parallel_gateway_waits_for_all(play: Play) -> None:
    assert trace(play(PARALLEL, "b")) == "s g b | waiting a j"


def test_a_parallel_gateway_goes_on_once(play: Play) -> None:
    assert trace(play(PARALLEL, "b", "a")) == "s g b a j e | completed"


def test_a_parallel_gateway_can_join_and_fork_at_once(play: Play) -> None:
    text = """
    start s
    parallel g
    task a
    task b
    parallel j
    task c
    task d
    s -> g -> a -> j -> c
    g -> b -> j
    j -> d
    """
    assert trace(play(text)) == "s g a b j c d | completed"


def test_a_parallel_gateway_keeps_a_second_token_of_the_same_flow_for_its_next_round(play: Play) -> None:
    text = """
    start s
    parallel g
    task a
    task b
    user u
    user v
    parallel j
    end e
    exclusive m
    s -> g
    g -> a -> m
    g -> b -> m -> j
    g -> u -> j
    g -> v -> j -> e
    """
    # Two tokens reach j by one flow; only one of them finds partners.
    assert trace(play(text, "u", "v")) == "s g a b m m u v j e | waiting j"


INCLUSIVE = """
start s
inclusive g ; default d
user a
user b
task c
inclusive j
end e
s -> g
g -> a [x > 1]
g -> b [x > 2]
g -> c #d
a -> j
b -> j
c -> j
j -> e
"""


@pytest.mark.parametrize(
    ("x", "steps", "expected"),
    [
        (3, ["b", "a"], "s g b a j e | completed"),
        (3, ["b"], "s g b | waiting a j"),
        (2, ["a"], "s g a j e | completed"),
        (0, [], "s g c j e | completed"),
    ],
)
def test_an_inclusive_join_waits_for_those_that_still_come(play: Play, x: int, steps: list[str], expected: str) -> None:
    assert trace(play(INCLUSIVE, *steps, x=x)) == expected


def test_an_inclusive_gateway_without_a_way_out_is_an_incident(play: Play) -> None:
    text = "start s\ninclusive g\ntask a\ntask b\ns -> g\ng -> a [x > 1]\ng -> b [x > 2]"
    assert trace(play(text, x=0)) == "s | failed no_flow_taken"


def test_an_inclusive_join_goes_on_when_a_boundary_event_took_the_missing_token_away(play: Play) -> None:
    text = """
    start s
    inclusive g
    user a
    user b
    boundary t on b ; timer PT1H
    inclusive j
    end e
    task other
    s -> g
    g -> a [true] #f_a
    g -> b [true] #f_b
    a -> j
    b -> j
    j -> e
    t -> other
    """
    assert trace(play(text, "a", after("PT1H"))) == "s g a t other j e | completed"


def test_an_inclusive_join_in_a_loop_does_not_wait_for_itself(play: Play) -> None:
    text = """
    start s
    inclusive j
    script n ; set i =i + 1
    exclusive x ; default out
    end e
    s -> j -> n -> x
    x -> j [i < 3]
    x -> e #out
    """
    assert trace(play(text, i=0)) == "s j n x j n x j n x e | completed"


def test_a_complex_gateway_goes_on_when_its_condition_holds_and_swallows_the_rest(play: Play) -> None:
    text = """
    start s
    parallel g
    user a
    user b
    user c
    complex j ; activation =activationCount >= 2
    end e
    s -> g
    g -> a -> j
    g -> b -> j
    g -> c -> j -> e
    """
    run = play(text, "c", "a")
    assert trace(run) == "s g c a j e | waiting b"


def test_late_tokens_at_a_complex_gateway_make_it_as_new(play: Play) -> None:
    text = """
    start s
    parallel g
    user a
    user b
    user c
    complex j ; activation =activationCount >= 2
    end e
    s -> g
    g -> a -> j
    g -> b -> j
    g -> c -> j -> e
    """
    assert trace(play(text, "c", "a", "b")) == "s g c a j e b | completed"


def test_a_complex_gateway_without_a_condition_waits_as_an_inclusive_one(play: Play) -> None:
    text = "start s\nparallel g\nuser a\nuser b\ncomplex j\nend e\ns -> g -> a -> j -> e\ng -> b -> j"
    assert trace(play(text, "a", "b")) == "s g a b j e | completed"


def test_a_complex_gateway_forks_by_conditions(play: Play) -> None:
    text = "start s\ncomplex g\ntask a\ntask b\ntask c\ns -> g\ng -> a [x > 1]\ng -> b [x > 2]\ng -> c [x > 9]"
    assert trace(play(text, x=3)) == "s g a b | completed"


EVENTS = """
start s
eventbased g
catch c1 ; message m
catch c2 ; timer PT1H
catch c3 ; signal sig
catch c4 ; when =ready
receive c5 ; message n
end e
s -> g
g -> c1 -> e
g -> c2 -> e
g -> c3 -> e
g -> c4 -> e
g -> c5 -> e
"""


@pytest.mark.parametrize(
    ("step", "name"),
    [(message("m", v=1), "c1"), (after("PT1H"), "c2"), (signal("sig", v=1), "c3"), (message("n", v=1), "c5")],
)
def test_an_event_based_gateway_goes_the_way_of_the_first_event(play: Play, step: dict[str, object], name: str) -> None:
    run = play(EVENTS, step, key="k", ready=False)
    assert trace(run) == f"s g {name} e | completed"
    assert run.variables.get("v") == (None if name == "c2" else 1)


def test_an_event_based_gateway_waits_for_all_of_its_events(play: Play) -> None:
    run = play(EVENTS, key="k", ready=False)
    assert {item["id"] for item in run.waiting} == {"c1", "c2", "c3", "c4", "c5"}


def test_a_condition_behind_an_event_based_gateway_that_already_holds(play: Play) -> None:
    assert trace(play(EVENTS, key="k", ready=True)) == "s g c4 e | completed"


def test_an_event_based_gateway_can_start_an_instance(play: Play) -> None:
    text = """
    eventbased g ; instantiate true
    catch c1 ; message m
    catch c2 ; message n
    user a
    user b
    g -> c1 -> a
    g -> c2 -> b
    """
    run = play(text, message("n", "key-1", v=4), done("b"))
    assert trace(run) == "g c2 b | completed"
    assert run.variables["v"] == 4


def test_a_complex_gateway_is_as_new_when_nothing_of_its_round_can_come_any_more(play: Play) -> None:
    text = """
    start s
    exclusive again
    inclusive g
    user a
    user b
    user c
    complex j ; activation =activationCount >= 2
    user more
    exclusive x ; default out
    end e
    s -> again -> g
    g -> a [true] #f_a
    g -> b [true] #f_b
    g -> c [third] #f_c
    a -> j
    b -> j
    c -> j
    j -> more -> x
    x -> again [third] #back
    x -> e #out
    """
    # In the first round only two of the three branches run; in the second, c is not late but one of the two.
    steps = ["a", "b", done("more", third=True), "c", "a", done("more", third=False)]
    assert trace(play(text, *steps, third=False)) == "s again g a b j more x again g c a j more x e | waiting b"


def test_conditions_are_tried_in_the_order_in_which_the_gateway_lists_its_flows(play: Play) -> None:
    text = """
    start s
    exclusive g ; inner <outgoing>second</outgoing><outgoing>first</outgoing>
    task a
    task b
    s -> g
    g -> a [x > 0] #first
    g -> b [x > 0] #second
    """
    assert trace(play(text, x=1)) == "s g b | completed"
