"""The models: each a diagram, what the world does to it, its full trace, and the control-flow patterns that it shows.

Which elements and attributes a model covers is read from its diagram and its trace (``features``), so it cannot be claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.diagram import bpmn
from tests.conformance.play import after, done, fails, message, signal

DECISION = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="dd" name="dd" namespace="x">
<decision id="twice" name="twice"><variable id="v" name="twice"/>
<literalExpression id="l"><text>n * 2</text></literalExpression></decision></definitions>"""
FORM = b'{"id": "F-1", "schemaVersion": 16, "type": "default", "components": []}'


@dataclass(frozen=True)
class Model:
    """One model. ``steps`` are what the world does; ``expected`` is the trace as ``play.trace`` writes it."""

    name: str
    text: str
    expected: str
    steps: tuple[Mapping[str, Any], ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    gives: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    patterns: tuple[int, ...] = ()
    process: str | None = None

    def all_files(self) -> dict[str, bytes]:
        """The diagram and what goes with it."""
        return {"model.bpmn": bpmn(self.text), **self.files}


MODELS: list[Model] = []


def model(
    name: str,
    text: str,
    expected: str,
    *steps: Mapping[str, Any] | str,
    gives: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
    patterns: tuple[int, ...] = (),
    process: str | None = None,
    **variables: Any,
) -> None:
    """Add a model."""
    plan = tuple({"complete": step} if isinstance(step, str) else step for step in steps)
    MODELS.append(Model(name, text, expected, plan, variables, gives or {}, files or {}, patterns, process))


# -- tasks -------------------------------------------------------------------------------------------------------------

model("sequence", "start s\ntask a\nmanual b\nend e\ns -> a -> b -> e", "s a b e | completed", patterns=(1,))
model(
    "user_task",
    """
    start s
    user a ; assignee =null ; candidateGroups agente ; candidateUsers =[] ; dueDate =now() + duration("P1D")
    user b ; candidateGroups =["agente", "consul"] ; priority 70 ; followUpDate =now() ; formId F-1 ; header oficina MX-TAP
    end e
    s -> a -> b -> e
    """,
    "s a b e | completed",
    done("a", x=1),
    "b",
    files={"F-1.form": FORM},
    gives={"x": 1},
)
model(
    "script_task",
    "start s\nscript a ; set y =x + 1\nscript b ; job work\nend e\ns -> a -> b -> e",
    "s a b e | completed",
    "b",
    x=1,
    gives={"y": 2},
)
model(
    "service_task",
    "start s\nservice a ; job work x5 ; header kind fast\nend e\ns -> a -> e",
    "s a e | completed",
    done("a", r="ok"),
    gives={"r": "ok"},
)
model(
    "send_and_receive_tasks",
    """
    start s
    parallel g
    receive r ; message m
    send t ; message m ; in z =1
    send j ; job post
    end e
    s -> g -> r -> e
    g -> t -> j -> e
    """,
    "s g t r e j e | completed",
    "j",
    key="k",
    gives={"z": 1},
)
model(
    "receive_task_that_starts",
    "receive r ; message m ; instantiate true\nuser a\nr -> a",
    "r a | completed",
    message("m", "x"),
    "a",
)
model(
    "business_rule_task",
    """
    start s
    rule a ; decides r twice
    rule b ; extension <zeebe:calledDecision decisionId="twice" resultVariable="q" bindingType="deployment"/>
    rule c ; job work
    s -> a -> b -> c
    """,
    "s a b c | completed",
    "c",
    files={"d.dmn": DECISION},
    n=21,
    gives={"r": 42, "q": 42},
)
model(
    "start_and_completion_quantity",
    "start s\ntask a ; completionQuantity 3\nuser b ; startQuantity 3\nend e\ns -> a -> b -> e",
    "s a b e | completed",
    "b",
    patterns=(41, 42),
)
model(
    "a_start_quantity_that_is_never_reached",
    "start s\ntask a\ntask b ; startQuantity 2\ns -> a -> b",
    "s a | waiting b",
)
model(
    "conditional_and_default_flows_of_an_activity",
    """
    start s
    user a ; default otherwise
    task b
    task c
    task d
    s -> a
    a -> b [x > 1]
    a -> c [x > 2]
    a -> d #otherwise
    """,
    "s a b c | completed",
    done("a", x=3),
    patterns=(6,),
)
model(
    "the_default_flow_of_an_activity",
    "start s\ntask a ; default otherwise\ntask b\ntask d\ns -> a\na -> b [x > 1]\na -> d #otherwise",
    "s a d | completed",
    x=0,
)
model(
    "all_flows_of_an_activity", "start s\ntask a\nuser b\nuser c\ns -> a -> b\na -> c", "s a c b | completed", "c", "b"
)
model(
    "mappings",
    "start s\nuser a ; in v =x + 1 ; out r.of =v * y\nend e\ns -> a -> e",
    "s a e | completed",
    done("a", y=10),
    x=1,
    gives={"x": 1, "r": {"of": 20}},
)
model(
    "lanes_and_data",
    """
    root <collaboration id="co"><participant id="pa" name="SIPROC" processRef="p"/></collaboration>
    xml <property id="p1" name="v"/>
    xml <laneSet id="ls"><lane id="l" name="agente"><flowNodeRef>a</flowNodeRef></lane></laneSet>
    data d1
    xml <dataObjectReference id="r1" name="Ficha" dataObjectRef="d1"/>
    xml <dataStoreReference id="r2" name="Archivo"/>
    xml <textAnnotation id="t1"><text>nota</text></textAnnotation>
    start s
    user a ; inner <property id="q1" name="__targetRef_placeholder"/><dataInputAssociation id="da"><sourceRef>r1</sourceRef><targetRef>q1</targetRef></dataInputAssociation>
    end e
    s -> a -> e
    """,
    "s a e | completed",
    "a",
)

# -- gateways ----------------------------------------------------------------------------------------------------------

CHOICE = "start s\nuser u\nexclusive g ; default d\ntask a\ntask b\nexclusive m\nend e\ns -> u -> g\ng -> a [x > 1]\ng -> b #d\na -> m\nb -> m -> e"
model("exclusive_choice", CHOICE, "s u g a m e | completed", done("u", x=2), patterns=(4, 5))
model("exclusive_default", CHOICE, "s u g b m e | completed", done("u", x=1))
model(
    "exclusive_without_a_way_out",
    "start s\nexclusive g\ntask a\ntask b\ns -> g\ng -> a [x > 1]\ng -> b [x < 0]",
    "s | failed no_flow_taken",
    x=1,
)
model(
    "parallel_split_and_join",
    "start s\nparallel g\nuser a\nuser b\nparallel j\nend e\ns -> g -> a -> j -> e\ng -> b -> j",
    "s g b a j e | completed",
    "b",
    "a",
    patterns=(2, 3),
)
model(
    "multi_merge",
    "start s\nparallel g\nuser a\nuser b\nexclusive m\ntask c\ns -> g -> a -> m -> c\ng -> b -> m",
    "s g a m c b m c | completed",
    "a",
    "b",
    patterns=(8,),
)
model(
    "generalized_join",
    """
    start s
    parallel g
    user a
    user b
    exclusive m
    user c
    parallel j
    end e
    s -> g -> a -> m -> j -> e
    g -> b -> m
    g -> c -> j
    """,
    "s g a m c j e b m | waiting j",
    "a",
    "c",
    "b",
    patterns=(33,),
)
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
model("inclusive_choice_of_two", INCLUSIVE, "s g b a j e | completed", "b", "a", x=3, patterns=(6, 7, 37))
model("inclusive_choice_of_one", INCLUSIVE, "s g a j e | completed", "a", x=2)
model("inclusive_default", INCLUSIVE, "s g c j e | completed", x=0)
model(
    "an_inclusive_join_in_a_loop",
    """
    start s
    inclusive j
    user a
    exclusive x ; default out
    end e
    s -> j -> a -> x
    x -> j [again]
    x -> e #out
    """,
    "s j a x j a x e | completed",
    done("a", again=True),
    done("a", again=False),
    patterns=(38,),
)
model(
    "an_inclusive_join_of_unstructured_branches",
    """
    start s
    parallel g
    user a
    exclusive x ; default xj
    user b
    inclusive j
    end e
    end e2
    s -> g -> a -> j -> e
    g -> b -> x
    x -> e2 [away]
    x -> j #xj
    """,
    "s g a b x e2 j e | completed",
    "a",
    done("b", away=True),
    patterns=(38,),
)
model(
    "arbitrary_cycles",
    """
    start s
    exclusive m1
    user a
    exclusive m2
    user b
    exclusive x ; default out
    end e
    s -> m1 -> a -> m2 -> b -> x
    x -> m1 [to = 1]
    x -> m2 [to = 2]
    x -> e #out
    """,
    "s m1 a m2 b x m2 b x m1 a m2 b x e | completed",
    "a",
    done("b", to=2),
    done("b", to=1),
    "a",
    done("b", to=0),
    patterns=(10,),
)
COMPLEX = "start s\nparallel g\nuser a\nuser b\nuser c\ncomplex j ; activation =activationCount >= {n}\nend e\ns -> g -> a -> j -> e\ng -> b -> j\ng -> c -> j"
model("discriminator", COMPLEX.format(n=1), "s g b j e a c | completed", "b", "a", "c", patterns=(9,))
model("partial_join", COMPLEX.format(n=2), "s g b a j e c | completed", "b", "a", "c", patterns=(30,))
model(
    "cancelling_discriminator",
    """
    start s
    sub sp:
      start s1
      parallel g
      user a
      user b
      complex j ; activation =activationCount >= 1
      end t ; terminate
      s1 -> g -> a -> j -> t
      g -> b -> j
    end e
    s -> sp -> e
    """,
    "s s1 g b j t sp e | completed",
    "b",
    patterns=(29,),
)
model(
    "cancelling_partial_join",
    """
    start s
    sub sp:
      start s1
      parallel g
      user a
      user b
      user c
      complex j ; activation =activationCount >= 2
      end t ; terminate
      s1 -> g -> a -> j -> t
      g -> b -> j
      g -> c -> j
    end e
    s -> sp -> e
    """,
    "s s1 g b c j t sp e | completed",
    "b",
    "c",
    patterns=(32,),
)
model(
    "complex_choice_and_default",
    "start s\nuser u\ncomplex g ; default d\ntask a\ntask b\ntask c\ns -> u -> g\ng -> a [x > 1]\ng -> b [x > 2]\ng -> c #d",
    "s u g a b | completed",
    done("u", x=3),
)
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
for number, (step, patterns) in enumerate(
    [(message("m"), (16, 24)), (after("PT1H"), ()), (signal("sig"), (16, 23)), (None, ()), (message("n"), ())], 1
):
    if step is not None:
        model(
            f"event_based_gateway_{number}",
            EVENTS,
            f"s g c{number} e | completed",
            step,
            key="k",
            ready=False,
            patterns=patterns,
        )
model(
    "event_based_gateway_4",
    "start s\nparallel f\nuser a" + EVENTS.replace("start s", "").replace("s -> g", "s -> f -> g\nf -> a"),
    "s f a g c4 e | completed",
    done("a", ready=True),
    key="k",
    ready=False,
)
model(
    "event_based_gateway_that_starts",
    "eventbased g ; instantiate true\ncatch c1 ; message m\ncatch c2 ; message n\nuser a\nuser b\ng -> c1 -> a\ng -> c2 -> b",
    "g c2 b | completed",
    message("n", "1"),
    "b",
)

# -- events ------------------------------------------------------------------------------------------------------------

model(
    "message_start",
    "start s ; message m\nuser a\ns -> a",
    "s a | completed",
    message("m", "x", v=1),
    "a",
    gives={"v": 1},
)
model("signal_start", "start s ; signal sig\nuser a\ns -> a", "s a | completed", signal("sig"), "a")
model(
    "timer_start_cycle", "start s ; timer R2/PT1H\ntask a\ns -> a", "s a s a | completed", after("PT1H"), after("PT5H")
)
model("timer_start_date", "start s ; timer 2026-03-02T18:00:00Z\ntask a\ns -> a", "s a | completed", after("P1D"))
model(
    "several_starts",
    "start s\nstart m ; message hello\nuser a\nuser b\ns -> a\nm -> b",
    "s a m b | completed",
    message("hello", "1"),
    "a",
    "b",
)
model("without_start_events", "user a\ntask b\ntask c\na -> c", "b a c | completed", "a")
for name, timer, step in [
    ("duration", "PT1H", after("PT1H")),
    ("date", 'date =now() + duration("PT1H")', after("PT1H")),
    ("cycle", "R3/PT1H", after("PT1H")),
    ("cron", "cycle 0 16 * * *", after("PT25H")),
]:
    model(f"timer_catch_{name}", f"start s\ncatch t ; timer {timer}\nend e\ns -> t -> e", "s t e | completed", step)
model(
    "message_catch_and_throw",
    """
    start s
    parallel g
    catch c ; message m ; out got =v
    throw t ; message m ; in v =1
    end e ; message other none
    s -> g -> c -> e
    g -> t
    """,
    "s g t c e | completed",
    key="k",
    gives={"got": 1},
)
model(
    "a_message_that_lives_on",
    """
    start s
    throw t ; inner <messageEventDefinition messageRef="message_m"><extensionElements><zeebe:publishMessage correlationKey="=key" messageId="=key" timeToLive="PT1H"/></extensionElements></messageEventDefinition>
    user a
    catch c ; message m
    end e
    s -> t -> a -> c -> e
    """,
    "s t a c e | completed",
    "a",
    key="k",
    patterns=(24,),
)
model(
    "a_message_thrown_by_a_job",
    "start s\nthrow t ; message m ; job post\nend e ; message m ; job post\ns -> t -> e",
    "s t e | completed",
    "t",
    "e",
    key="k",
)
model(
    "signal_catch_and_throw",
    "start s\nparallel g\ncatch c ; signal sig\nthrow t ; signal sig ; in v =1\nend e ; signal other\ns -> g -> c -> e\ng -> t",
    "s g t c e | completed",
    gives={"v": 1},
    patterns=(23,),
)
model(
    "signal_missed",
    "start s\nthrow t ; signal sig\ncatch c ; signal sig\ns -> t -> c",
    "s t | waiting c",
    patterns=(23,),
)
model(
    "conditional_catch",
    "start s\nparallel g\nuser a\nuser b\ncatch c ; when =v = 3\ns -> g -> a -> b\ng -> c",
    "s g a b c | completed",
    done("a", v=2),
    done("b", v=3),
)
model(
    "link",
    "start s\nuser u\nthrow l1 ; link L\ncatch l2 ; link L\nend e\ns -> u -> l1\nl2 -> e",
    "s u l1 l2 e | completed",
    "u",
)
model("none_throw", "start s\nthrow t\nend e\ns -> t -> e", "s t e | completed")
model(
    "terminate",
    "start s\nparallel g\nuser a\nuser b\nend t ; terminate\ns -> g -> a\ng -> b -> t",
    "s g b t | completed",
    "b",
    patterns=(20, 43),
)
model(
    "implicit_termination",
    "start s\nparallel g\nuser a\nuser b\ns -> g -> a\ng -> b",
    "s g b a | completed",
    "b",
    "a",
    patterns=(11,),
)
model(
    "event_definition_ref",
    'root <terminateEventDefinition id="d"/>\nstart s\nparallel g\nuser a\nend t ; inner <eventDefinitionRef>d</eventDefinitionRef>\ns -> g -> a\ng -> t',
    "s g t | completed",
)
model("uncaught_error", "start s\nuser a\nend e ; error E1\ns -> a -> e", "s a | failed error_not_caught", "a")
model(
    "uncaught_escalation", "start s\nthrow t ; escalation ES\nend e ; escalation ES\ns -> t -> e", "s t e | completed"
)

MULTIPLE = "start s\nparallel g\ncatch c1 ; signal one ; timer PT1H\ncatch c2 ; signal two\nthrow t ; {thrown}\nend e\ns -> g -> c1 -> e\ng -> c2 -> e\ng -> t"
model("multiple_thrown", MULTIPLE.format(thrown="signal one ; signal two"), "s g t c1 c2 e e | completed")
model(
    "multiple_caught_by_the_second", MULTIPLE.format(thrown="signal two"), "s g t c2 e c1 e | completed", after("PT1H")
)
for name, steps in [("first", (signal("sig"),)), ("second", (message("m"),)), ("third", (after("PT1H"),))]:
    model(
        f"multiple_boundary_{name}",
        "start s\nuser a\nboundary b on a ; signal sig ; message m ; timer PT1H\ntask h\ns -> a\nb -> h",
        "s b h | completed",
        *steps,
        key="k",
    )
model(
    "multiple_boundary_quiet",
    "start s\nuser a\nboundary b on a ; signal sig ; timer R/PT1H ; quiet\ntask h\ns -> a\nb -> h",
    "s b h b h b h a | completed",
    signal("sig"),
    after("PT2H"),
    "a",
)
model(
    "multiple_event_subprocess",
    "start s\nuser a\nuser b\nevent ev:\n  start es ; signal sig ; when =v = 1 ; quiet\n  task t\n  es -> t\ns -> a -> b",
    "s es t ev a es t ev b | completed",
    signal("sig"),
    done("a", v=1),
    "b",
)
model(
    "multiple_start",
    "start s ; signal sig ; message m\nuser a\ns -> a",
    "s a s | waiting a",
    message("m", "1"),
    signal("sig"),
    "a",
)
model(
    "multiple_end",
    "start s\nuser a\nend e ; signal go ; message m none\ns -> a -> e\nstart s2 ; signal go\nstart s3 ; message m none\ntask b\ntask c\ns2 -> b\ns3 -> c",
    "s a e s3 c s2 b | completed",
    "a",
    process="p",
)
model(
    "multiple_behind_a_gateway",
    "start s\neventbased g\ncatch c1 ; signal one ; message m\ncatch c2 ; timer PT1H\nend e\ns -> g -> c1 -> e\ng -> c2 -> e",
    "s g c1 e | completed",
    message("m"),
    key="k",
)

# -- boundary events ---------------------------------------------------------------------------------------------------

HOST = "start s\nuser a\nboundary b on a ; {event}\nuser h\nend e\ns -> a -> e\nb -> h"
for name, event, step in [
    ("message", "message m", message("m")),
    ("timer", "timer PT1H", after("PT1H")),
    ("signal", "signal sig", signal("sig")),
]:
    model(f"boundary_{name}", HOST.format(event=event), "s b h | completed", step, "h", key="k", patterns=(19,))
    quiet = event.replace("timer PT", "timer R/PT") + " ; quiet"
    model(
        f"boundary_{name}_quiet",
        HOST.format(event=quiet),
        "s b b h h a e | completed",
        step,
        step,
        "h",
        "h",
        "a",
        key="k",
    )
WATCHED = "start s\nparallel g\nuser x\nuser y\nuser a\nboundary b on a ; when =v > 3{quiet}\ntask h\ns -> g -> a\ng -> x -> y\nb -> h"
model("boundary_conditional", WATCHED.format(quiet=""), "s g x b h y | completed", done("x", v=4), "y", v=0)
model(
    "boundary_conditional_quiet",
    WATCHED.format(quiet=" ; quiet"),
    "s g x b h y a | completed",
    done("x", v=4),
    done("y", v=5),
    "a",
    v=0,
)
ERROR = "start s\nsub sp:\n  start s1\n  user a\n  end e1 ; error E1\n  s1 -> a -> e1\nboundary b on sp ; error {code}\ntask h\nend e\ns -> sp -> e\nb -> h"
model("boundary_error", ERROR.format(code="E1"), "s s1 a e1 b h | completed", "a")
model("boundary_error_any", ERROR.format(code="*"), "s s1 a e1 b h | completed", "a")
model("boundary_error_of_another_code", ERROR.format(code="E2"), "s s1 a | failed error_not_caught", "a")
model(
    "boundary_error_of_a_job",
    "start s\nservice a ; job work\nboundary b on a ; error E1\ntask h\ns -> a\nb -> h",
    "s b h | completed",
    fails("a", "E1", why="x"),
    gives={"why": "x"},
)
ESCALATION = "start s\nsub sp:\n  start s1\n  user a\n  {throw}\n  s1 -> a -> t\nboundary x on sp ; escalation {how}\nuser h\nend e\ns -> sp -> e\nx -> h"
model(
    "boundary_escalation",
    ESCALATION.format(throw="throw t ; escalation ES", how="ES"),
    "s s1 a x h | completed",
    "a",
    "h",
)
model(
    "boundary_escalation_any_quiet",
    ESCALATION.format(throw="end t ; escalation ES", how="* ; quiet"),
    "s s1 a t sp x e h | completed",
    "a",
    "h",
)
model(
    "boundary_of_a_subprocess_cancels_a_region",
    "start s\nsub sp:\n  user a\n  service j ; job work\nboundary b on sp ; timer PT1H\ntask h\ns -> sp\nb -> h",
    "s b h | completed",
    after("PT1H"),
    patterns=(25,),
)

# -- event subprocesses ------------------------------------------------------------------------------------------------

LEVEL = "start s\nsub sp:\n  start s1\n  user a\n  event ev:\n    start es ; {event}\n    user et\n    es -> et\n  s1 -> a\nend e\ns -> sp -> e"
for name, event, step in [
    ("message", "message m", message("m")),
    ("timer", "timer PT1H", after("PT1H")),
    ("signal", "signal sig", signal("sig")),
]:
    model(f"event_subprocess_{name}", LEVEL.format(event=event), "s s1 es et ev sp e | completed", step, "et", key="k")
    quiet = LEVEL.format(event=f"{event} ; quiet")
    model(f"event_subprocess_{name}_quiet", quiet, "s s1 es et ev a sp e | completed", step, "et", "a", key="k")
CONDITION = "start s\nparallel g\nuser x\nuser a\nevent ev:\n  start es ; when =v = 1{quiet}\n  task et\n  es -> et\ns -> g -> a\ng -> x"
model("event_subprocess_conditional", CONDITION.format(quiet=""), "s g x es et ev | completed", done("x", v=1), v=0)
model(
    "event_subprocess_conditional_quiet",
    CONDITION.format(quiet=" ; quiet"),
    "s g x es et ev a | completed",
    done("x", v=1),
    "a",
    v=0,
)
CAUGHT = "start s\nuser a\n{throw}\nevent ev:\n  start es ; {event}\n  user et\n  es -> et\ns -> a -> t"
model(
    "event_subprocess_error",
    CAUGHT.format(throw="end t ; error E1", event="error E1"),
    "s a t es et ev | completed",
    "a",
    "et",
)
model(
    "event_subprocess_error_any",
    CAUGHT.format(throw="service t ; job work", event="error *"),
    "s a es et ev | completed",
    "a",
    fails("t", "E"),
    "et",
)
model(
    "event_subprocess_escalation",
    CAUGHT.format(throw="throw t ; escalation ES", event="escalation ES"),
    "s a es et ev | completed",
    "a",
    "et",
)
model(
    "event_subprocess_escalation_quiet",
    CAUGHT.format(throw="throw t ; escalation ES", event="escalation * ; quiet"),
    "s a t es et ev | completed",
    "a",
    "et",
)
model(
    "event_subprocess_compensation",
    "start s\nsub sp:\n  task a\n  event ev:\n    start es ; compensate\n    user u\n    es -> u\nthrow th ; compensate\ns -> sp -> th",
    "s a sp es u ev th | completed",
    "u",
)
model(
    "event_subprocess_inside_another",
    "start s\nuser a\nevent ev:\n  start es ; signal sig\n  user b\n  event inner:\n    start is ; message m\n    task it\n    is -> it\n  es -> b\ns -> a",
    "s es is it inner ev | completed",
    signal("sig"),
    message("m"),
    key="k",
)

# -- loops -------------------------------------------------------------------------------------------------------------

EACH = "start s\nuser a ; each =xs as x ; collect ys =x * 2{more}\nend e\ns -> a -> e"
model(
    "multi_instance_parallel",
    EACH.format(more=""),
    "s a a a e | completed",
    "a",
    "a",
    "a",
    xs=[1, 2, 3],
    gives={"ys": [2, 4, 6]},
    patterns=(14,),
)
model(
    "multi_instance_sequential",
    EACH.format(more=" ; sequential"),
    "s a a e | completed",
    "a",
    "a",
    xs=[1, 2],
    gives={"ys": [2, 4]},
    patterns=(14,),
)
model(
    "multi_instance_cardinality",
    "start s\nuser a ; times 3\nend e\ns -> a -> e",
    "s a a a e | completed",
    "a",
    "a",
    "a",
    patterns=(13,),
)
model("multi_instance_of_none", EACH.format(more=""), "s e | completed", xs=[], gives={"ys": []})
model(
    "multi_instance_completion_condition",
    EACH.format(more=" ; until =numberOfCompletedInstances >= 2"),
    "s a a e | completed",
    "a",
    "a",
    xs=[1, 2, 3],
    patterns=(27, 34, 35),
)
model(
    "multi_instance_cancelled",
    "start s\nuser a ; times =3\nboundary b on a ; timer PT1H\ntask h\ns -> a\nb -> h",
    "s a b h | completed",
    "a",
    after("PT1H"),
    patterns=(26,),
)
model(
    "multi_instance_without_synchronization",
    "start s\nuser more ; loop =again\nsub work:\n  user w\nevent ev:\n  start es ; signal go ; quiet\n  user u\n  es -> u\ns -> more -> work",
    "s es es more u ev w work u ev | completed",
    signal("go"),
    signal("go"),
    done("more", again=False),
    "u",
    "w",
    "u",
    patterns=(12,),
)
BEHAVIOR = '{roots}\nstart s\nuser a ; times =2 ; behavior behavior="{behavior}" {which}="ref"\nboundary b on a ; {event} ; quiet\ntask h\nend e\ns -> a -> e\nb -> h'
SIGNAL = 'root <signal id="one" name="one"/>\nroot <signalEventDefinition id="ref" signalRef="one"/>'
model(
    "multi_instance_behavior_none",
    BEHAVIOR.format(roots=SIGNAL, behavior="None", which="noneBehaviorEventRef", event="signal one"),
    "s a b h a b e h | completed",
    "a",
    "a",
)
model(
    "multi_instance_behavior_one",
    BEHAVIOR.format(roots=SIGNAL, behavior="One", which="oneBehaviorEventRef", event="signal one"),
    "s a b h a e | completed",
    "a",
    "a",
)
model(
    "multi_instance_behavior_all",
    BEHAVIOR.format(roots=SIGNAL, behavior="All", which="noneBehaviorEventRef", event="signal one"),
    "s a a e | completed",
    "a",
    "a",
)
COMPLEX_BEHAVIOR = (
    '<multiInstanceLoopCharacteristics behavior="Complex"><loopCardinality>=3</loopCardinality>'
    "<complexBehaviorDefinition><condition>=numberOfCompletedInstances = 2</condition><event>"
    '<signalEventDefinition signalRef="one"/></event></complexBehaviorDefinition></multiInstanceLoopCharacteristics>'
)
model(
    "multi_instance_behavior_complex",
    f'root <signal id="one" name="one"/>\nstart s\nuser a ; inner {COMPLEX_BEHAVIOR}\nboundary b on a ; signal one ; quiet\ntask h\ns -> a\nb -> h',
    "s a a b h a | completed",
    "a",
    "a",
    "a",
)
for name, loop, steps, expected in [
    ("maximum", "max 3", ("a", "a", "a"), "s a a a e"),
    ("condition", "loop =v < 2", (done("a", v=1), done("a", v=2)), "s a a e"),
    ("condition_and_maximum", "loop =true ; max 2", ("a", "a"), "s a a e"),
    ("test_before", "loop =v < 0 ; testBefore", (), "s e"),
    ("test_before_with_maximum", "max 0 ; testBefore", (), "s e"),
]:
    model(
        f"loop_{name}",
        f"start s\nuser a ; {loop}\nend e\ns -> a -> e",
        f"{expected} | completed",
        *steps,
        v=0,
        patterns=(21,),
    )  # type: ignore[arg-type]
model(
    "loop_of_a_subprocess",
    "start s\nsub sp ; max 2:\n  user a\nend e\ns -> sp -> e",
    "s a sp a sp e | completed",
    "a",
    "a",
    patterns=(21,),
)
model(
    "multi_instance_of_a_subprocess",
    "start s\nsub sp ; each =xs as x ; collect ys =r:\n  user a ; out r =x * y\nend e\ns -> sp -> e",
    "s a sp a sp e | completed",
    done("a", y=1),
    done("a", y=10),
    xs=[1, 2],
    gives={"ys": [1, 20]},
)

# -- containers --------------------------------------------------------------------------------------------------------

model(
    "subprocess",
    "start s\nsub sp:\n  start s1\n  user a\n  end e1\n  s1 -> a -> e1\nend e\ns -> sp -> e",
    "s s1 a e1 sp e | completed",
    "a",
)
CALLED = bpmn("start s2\nuser b\nend e2\ns2 -> b -> e2", process="q")
model(
    "call_activity",
    "start s\ncall c ; calls q\nend e\ns -> c -> e",
    "s s2 b e2 c e | completed",
    done("b", y=2),
    files={"q.bpmn": CALLED},
    x=1,
    gives={"x": 1, "y": 2},
)
model(
    "call_activity_with_mappings",
    'start s\ncall c ; calls ="q" propagateAllChildVariables="false" propagateAllParentVariables="false" ; in a =x ; out r =y\ns -> c',
    "s s2 b e2 c | completed",
    done("b", y=2),
    files={"q.bpmn": CALLED},
    x=1,
    gives={"x": 1, "r": 2},
)
model(
    "call_activity_by_attribute",
    "start s\ncall c ; calledElement q\ns -> c",
    "s s2 b e2 c | completed",
    "b",
    files={"q.bpmn": CALLED},
)
model(
    "call_activity_same_deployment",
    'start s\ncall c ; calls q bindingType="deployment"\ns -> c',
    "s s2 b e2 c | completed",
    "b",
    files={"q.bpmn": CALLED},
)
TAGGED = bpmn('xml <extensionElements><zeebe:versionTag value="v1"/></extensionElements>\nuser one', process="q")
model(
    "call_activity_version_tag",
    'start s\ncall c ; calls q bindingType="versionTag" versionTag="v1"\ns -> c',
    "s one c | completed",
    "one",
    files={"q.bpmn": TAGGED},
)
model(
    "recursion",
    "start s\nuser a\nexclusive g ; default out\ncall c ; calls p\nend e\ns -> a -> g\ng -> c [n > 0]\nc -> e\ng -> e #out",
    "s a g s a g e c e | completed",
    done("a", n=1),
    done("a", n=0),
    process="p",
    patterns=(22,),
)
GLOBAL = bpmn("").replace(b'<process id="p" isExecutable="true">\n</process>', b'<globalUserTask id="gt" name="G"/>')
model(
    "global_task",
    "start s\ncall c ; calls gt\nend e\ns -> c -> e",
    "s gt c e | completed",
    "gt",
    files={"g.bpmn": GLOBAL},
)
AD_HOC = "start s\nadhoc ah{how}:\n  user a\n  user b\n  task c\n  a -> c{more}\nend e\ns -> ah -> e"
UNTIL = "\n  xml <completionCondition>=n = 1</completionCondition>"
model("ad_hoc", AD_HOC.format(how="", more=""), "s b a c ah e | completed", "b", "a")
model(
    "ad_hoc_sequential",
    AD_HOC.format(how=" ; ordering Sequential", more=""),
    "s a c b ah e | completed",
    "a",
    "b",
    patterns=(17, 40),
)
model("ad_hoc_completion_condition", AD_HOC.format(how="", more=UNTIL), "s b ah e | completed", done("b", n=1), n=0)
model(
    "ad_hoc_lets_the_rest_finish",
    AD_HOC.format(how=" ; cancelRemainingInstances false", more=UNTIL),
    "s b a c ah e | completed",
    done("b", n=1),
    "a",
    n=0,
)
model(
    "ad_hoc_of_chosen_elements",
    AD_HOC.format(
        how=' ; extension <zeebe:adHoc activeElementsCollection="=chosen" outputCollection="got" outputElement="=n"/>',
        more="",
    ),
    "s b ah e | completed",
    done("b", n=7),
    chosen=["b"],
    gives={"got": [7]},
)

# -- compensation and transactions -------------------------------------------------------------------------------------

UNDO = "start s\ntask a\nboundary ca on a ; compensate\ntask ha ; undo true\nassociation as1 ca ha\ntask b\nboundary cb on b ; compensate\nuser hb ; undo true\nassociation as2 cb hb\nuser stop\n{throw}\nend e\ns -> a -> b -> stop -> th{on}"
model(
    "compensation_in_reverse_order",
    UNDO.format(throw="throw th ; compensate", on=" -> e"),
    "s a b stop hb ha th e | completed",
    "stop",
    "hb",
)
model(
    "compensation_of_one_activity",
    UNDO.format(throw="throw th ; compensate a", on=" -> e"),
    "s a b stop ha th e | completed",
    "stop",
)
model(
    "compensation_end", UNDO.format(throw="end th ; compensate", on=""), "s a b stop hb ha th | completed", "stop", "hb"
)
INNER = "task a\n  boundary ca on a ; compensate\n  user ha ; undo true\n  association as1 ca ha"
model(
    "compensation_of_a_subprocess",
    f"start s\nsub sp:\n  {INNER}\nthrow th ; compensate sp\ns -> sp -> th",
    "s a sp ha th | completed",
    "ha",
)
model(
    "compensation_of_a_multi_instance",
    f"start s\nsub sp ; times =2:\n  {INNER}\nthrow th ; compensate\ns -> sp -> th",
    "s a sp a sp ha ha th | completed",
    "ha",
    "ha",
)
model(
    "compensation_from_an_event_subprocess",
    f"start s\nsub sp:\n  {INNER}\n  end f ; error E\n  a -> f\n  event ev:\n    start es ; error E\n    throw th ; compensate\n    es -> th\nend e\ns -> sp -> e",
    "s a f es ha th ev sp e | completed",
    "ha",
)
TRANSACTION = (
    "start s\ntransaction tx:\n  start s1\n  "
    + INNER
    + "\n  parallel g\n  user other\n  user decide\n  end ce ; cancel\n  s1 -> a -> g -> other\n  g -> decide -> ce\nboundary cx on tx ; cancel\ntask t\nend e\ns -> tx -> e\ncx -> t"
)
model("transaction_cancelled", TRANSACTION, "s s1 a g decide ha ce cx t | completed", "decide", "ha")
model("transaction_completed", "start s\ntransaction tx:\n  user a\nend e\ns -> tx -> e", "s a tx e | completed", "a")
model(
    "transaction_left_by_an_error",
    f"start s\ntransaction tx:\n  {INNER}\n  service j ; job work\n  a -> j\nboundary b on tx ; error E1\ntask h\ns -> tx\nb -> h",
    "s a b h | completed",
    fails("j", "E1"),
)

# -- several processes -------------------------------------------------------------------------------------------------

model(
    "two_processes_exchange_messages",
    """
    root <collaboration id="c"><participant id="pa" processRef="one"/><participant id="pb" processRef="two"/></collaboration>
    process one:
      start s
      throw t ; message ask ; in key =key
      catch c1 ; message answer
      end e
      s -> t -> c1 -> e
    process two:
      start s2 ; message ask
      user u
      end e2 ; message answer
      s2 -> u -> e2
    """,
    "s t c1 e s2 u e2 | completed",
    "u",
    process="one",
    key="k",
)
model(
    "a_signal_to_several_processes",
    "process one:\n  start s\n  user a\n  end e ; signal go\n  s -> a -> e\nprocess two:\n  start s2 ; signal go\n  task b\n  s2 -> b\nprocess three:\n  start s3 ; signal go\n  task c\n  s3 -> c",
    "s a e s2 b s3 c | completed",
    "a",
    process="one",
)
