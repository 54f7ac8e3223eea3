"""What does not run as drawn is refused: with rule, element, line and a reason in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.definitions.check import check
from engine.errors import Finding
from tests.conformance.diagram import bpmn, line_of

BASE = "start s\nend e\ns -> e\n"

# rule, element that it names, diagram
REFUSED = [
    ("ad-hoc.events", "x", BASE + "adhoc ah:\n  start x\n  task t"),
    ("boundary.event-subprocess", "b", BASE + "event ev:\n  start es ; signal g\nboundary b on ev ; signal h"),
    ("boundary.host", "b", BASE + "boundary b on nobody ; signal h"),
    ("boundary.host", "b", BASE + "parallel g\nboundary b on g ; signal h"),
    ("boundary.incoming", "b", BASE + "task a\nboundary b on a ; signal h\ns -> a\na -> b"),
    ("boundary.interrupting", "b", BASE + "task a\nboundary b on a ; error E1 ; quiet"),
    ("call.binding", "c", BASE + 'call c ; calls q bindingType="versionTag"'),
    ("call.binding", "c", BASE + 'call c ; calls q bindingType="newest"'),
    ("call.binding", "r", BASE + 'rule r ; extension <zeebe:calledDecision decisionId="d" resultVariable="x" '
     'bindingType="versionTag" versionTag="v1"/>'),
    ("call.missing", "c", BASE + "call c"),
    ("cancel.host", "b", BASE + "sub a:\n  task t\nboundary b on a ; cancel"),
    ("cancel.loop", "x", BASE + "transaction tx ; times =2:\n  end x ; cancel\nboundary b on tx ; cancel"),
    ("cancel.no-boundary", "x", BASE + "transaction tx:\n  task a\n  end x ; cancel\n  a -> x"),
    ("cancel.outside", "x", BASE + "end x ; cancel"),
    ("compensation.activity", "x", BASE + "throw x ; compensate nobody"),
    ("compensation.handler", "b", BASE + "task a\nboundary b on a ; compensate"),
    ("compensation.handler-flows", "h", BASE + "task a\nboundary b on a ; compensate\ntask h ; undo true\n"
     "association as1 b h\na -> h"),
    ("compensation.no-wait", "x", BASE + 'throw x ; inner <compensateEventDefinition waitForCompletion="false"/>'),
    ("compensation.out-of-reach", "x", BASE + "task a\nsub sp:\n  throw x ; compensate a"),
    ("compensation.out-of-reach", "x", BASE + "throw x ; compensate a\nsub sp:\n  task a"),
    ("compensation.outgoing", "b", BASE + "task a\nboundary b on a ; compensate\ntask h ; undo true\ntask z\n"
     "association as1 b h\nb -> z"),
    ("compensation.unreached", "h", BASE + "task h ; undo true"),
    ("data.assignment", "a", BASE + "task a ; inner <dataInputAssociation><assignment/></dataInputAssociation>"),
    ("data.io-specification", "a", BASE + 'task a ; inner <ioSpecification><dataInput id="di"/></ioSpecification>'
     "<dataInputAssociation><sourceRef>d</sourceRef><targetRef>di</targetRef></dataInputAssociation>"),
    ("decision.missing", "r", BASE + "rule r"),
    ("element.duplicate-id", "a", BASE + "task a\nuser a"),
    ("element.id", None, BASE + "xml <task/>"),
    ("element.quantity", "a", BASE + "task a ; startQuantity 0"),
    ("element.quantity", "a", BASE + "task a ; completionQuantity many"),
    ("element.unsupported", "a", BASE + 'xml <choreographyTask id="a"/>'),
    ("end.outgoing", "e", BASE + "task a\ne -> a"),
    ("error.code", "x", BASE + "end x ; error *"),
    ("error.missing", "x", BASE + 'end x ; inner <errorEventDefinition errorRef="nothing"/>'),
    ("escalation.code", "x", BASE + "throw x ; escalation *"),
    ("escalation.missing", "x", BASE + 'end x ; inner <escalationEventDefinition escalationRef="nothing"/>'),
    ("event-subprocess.flows", "ev", BASE + "task a\nevent ev:\n  start es ; signal g\na -> ev"),
    ("event-subprocess.loop", "ev", BASE + "event ev:\n  start es ; signal g\n  xml <standardLoopCharacteristics loopMaximum=\"2\"/>"),
    ("event-subprocess.start", "ev", BASE + "event ev:\n  task t"),
    ("event-subprocess.start", "ev", BASE + "event ev:\n  start x ; signal g\n  start y ; signal h"),
    ("event.condition", "c", BASE + "catch c ; when x > 1"),
    ("event.kind", "c", BASE + "catch c ; error E1"),
    ("event.kind", "c", BASE + "catch c"),
    ("event.kind", "t", BASE + "throw t ; timer PT1H"),
    ("event.kind", "x", BASE + "end x ; timer PT1H"),
    ("event.kind", "b", BASE + "task a\nboundary b on a ; link L"),
    ("event.link-name", "t", BASE + "throw t ; inner <linkEventDefinition/>"),
    ("event.multiple", "b", BASE + "task a\nboundary b on a ; signal g ; error E1"),
    ("event.multiple", "x", BASE + "end x ; signal g ; terminate"),
    ("event.parallel-multiple", "c", BASE + "catch c ; signal g ; parallelMultiple true"),
    ("event.static", "x", BASE + "start x ; signal =who"),
    ("event.static", "b", BASE + "task a\nboundary b on a ; error =code"),
    ("event.static", "es", BASE + "event ev:\n  start es ; escalation =code"),
    ("expression.language", "f9", BASE + 'task a\nxml <sequenceFlow id="f9" sourceRef="s" targetRef="a">'
     '<conditionExpression language="groovy">=x</conditionExpression></sequenceFlow>'),
    ("expression.not-feel", "f9", BASE + 'task a\nxml <sequenceFlow id="f9" sourceRef="s" targetRef="a">'
     "<conditionExpression>${x > 1}</conditionExpression></sequenceFlow>"),
    ("expression.not-feel", "j", BASE + "complex j ; activation x > 1"),
    ("expression.not-feel", "a", BASE + "task a ; loop i < 3"),
    ("expression.not-feel", "a", BASE + "task a ; each xs as x"),
    ("expression.syntax", "a", BASE + "script a ; set x =1 +"),
    ("expression.syntax", "f9", BASE + "task a\ns -> a [x >] #f9"),
    ("extension.listener", "p", "xml <extensionElements><zeebe:executionListeners/></extensionElements>\n" + BASE),
    ("extension.misplaced", "a", BASE + "task a ; job work"),
    ("extension.misplaced", "ah", BASE + "adhoc ah ; job work:\n  task t"),
    ("extension.misplaced", "a", BASE + "task a ; set x =1"),
    ("extension.misplaced", "a", BASE + "user a ; calls q"),
    ("extension.misplaced", "b", BASE + "task a\nboundary b on a ; signal g ; in x =1"),
    ("extension.misplaced", "g", BASE + "parallel g ; out x =1"),
    ("extension.unknown", "a", BASE + "task a ; extension <zeebe:magic/>"),
    ("extension.unread", "c", BASE + "catch c ; inner <conditionalEventDefinition><extensionElements>"
     '<zeebe:conditionalFilter variableNames="x"/></extensionElements><condition>=x</condition></conditionalEventDefinition>'),
    ("extension.unread", "f9", BASE + 'task a\nxml <sequenceFlow id="f9" sourceRef="s" targetRef="a"><extensionElements>'
     "<zeebe:executionListeners/></extensionElements></sequenceFlow>"),
    ("extension.unsupported", "a", BASE + "task a ; extension <zeebe:executionListeners><zeebe:executionListener/>"
     "</zeebe:executionListeners>"),
    ("flow.condition-ignored", "g", BASE + "parallel g\ntask a\ng -> a [x > 1]"),
    ("flow.crosses-border", "f9", BASE + "sub sp:\n  task t\ns -> t #f9"),
    ("flow.dangling", "f9", BASE + "s -> nowhere #f9"),
    ("flow.default", "g", BASE + "exclusive g ; default f1"),
    ("flow.default-condition", "g", BASE + "exclusive g ; default f9\ntask a\ntask b\ng -> a [x > 1]\ng -> b [x < 1] #f9"),
    ("flow.no-condition", "f9", BASE + "exclusive g\ntask a\ntask b\ng -> a [x > 1]\ng -> b #f9"),
    ("form.binding", "a", BASE + 'user a ; extension <zeebe:formDefinition formId="f" bindingType="deployment"/>'),
    ("gateway.event-parallel", "g", BASE + "eventbased g ; eventGatewayType Parallel\ncatch c ; signal g\ng -> c"),
    ("gateway.event-target", "g", BASE + "eventbased g\ntask a\ng -> a"),
    ("gateway.instantiate", "g", BASE + "eventbased g ; instantiate true\ncatch c ; signal x\ns -> g -> c"),
    ("gateway.no-events", "g", BASE + "eventbased g\ns -> g"),
    ("link.incoming", "c", BASE + "catch c ; link L\ns -> c"),
    ("link.outgoing", "t", BASE + "throw t ; link L\ncatch c ; link L\nt -> e"),
    ("link.repeated", "d", BASE + "throw t ; link L\ncatch c ; link L\ncatch d ; link L"),
    ("link.unmatched", "t", BASE + "throw t ; link L\ncatch c ; link M"),
    ("loop.behavior", "a", BASE + 'task a ; times =2 ; behavior behavior="Some"'),
    ("loop.behavior-event", "a", BASE + 'task a ; times =2 ; behavior behavior="One"'),
    ("loop.collection", "a", BASE + "task a ; inner <multiInstanceLoopCharacteristics/>"),
    ("loop.endless", "a", BASE + "task a ; loop"),
    ("loop.maximum", "a", BASE + "task a ; max many"),
    ("loop.output", "a", BASE + "task a ; inner <multiInstanceLoopCharacteristics><extensionElements>"
     '<zeebe:loopCharacteristics inputCollection="=x" outputCollection="ys"/></extensionElements>'
     "</multiInstanceLoopCharacteristics>"),
    ("mapping.target", "a", BASE + "task a ; in not-a-name =1"),
    ("message.correlation-key", "c", BASE + "catch c ; message m none"),
    ("message.correlation-key", "r", BASE + "receive r ; message m none"),
    ("message.correlation-key", "es", BASE + "event ev:\n  start es ; message m none"),
    ("message.missing", "c", BASE + 'catch c ; inner <messageEventDefinition messageRef="nothing"/>'),
    ("message.name", "c", 'root <message id="mm"/>\n' + BASE + 'catch c ; inner <messageEventDefinition messageRef="mm"/>'),
    ("process.empty", "p", "xml <documentation>nada</documentation>"),
    ("reference.decision", "r", BASE + "rule r ; decides x nowhere"),
    ("reference.form", "a", BASE + "user a ; formId nowhere"),
    ("reference.process", "c", BASE + "call c ; calls nowhere"),
    ("reference.start", "c", "process p:\n  start s\n  call c ; calls q\n  s -> c\nprocess q:\n  start m ; message m\n  task t\n  m -> t"),
    ("reference.task-type", "a", BASE + "service a ; job nobody-does-it"),
    ("script.language", "a", BASE + "script a ; inner <script>print(1)</script>"),
    ("script.missing", "a", BASE + "script a"),
    ("signal.missing", "c", BASE + "catch c ; signal *"),
    ("start.compensation", "es", BASE + "event ev:\n  start es ; compensate"),
    ("start.incoming", "s", BASE + "task a\na -> s"),
    ("start.interrupting", "es", BASE + "event ev:\n  start es ; error E1 ; quiet"),
    ("start.kind", "x", BASE + "start x ; when =a"),
    ("start.kind", "x", BASE + "start x ; error E1"),
    ("start.kind", "x", BASE + "sub sp:\n  start x ; timer PT1H"),
    ("start.kind", "x", BASE + "event ev:\n  start x"),
    ("start.nothing", "p", "task a\ntask b\na -> b -> a"),
    ("start.nothing", "sp", BASE + "sub sp:\n  task a\n  task b\n  a -> b -> a"),
    ("start.nothing", "ah", BASE + "adhoc ah:\n  task a\n  a -> a"),
    ("start.nothing", "p", "event ev:\n  start es ; signal g\n  task t\n  es -> t"),
    ("start.several-none", "x", BASE + "start x"),
    ("subprocess.empty", "sp", BASE + "sub sp"),
    ("subprocess.empty", "ah", BASE + "adhoc ah"),
    ("task.performer", "a", BASE + "user a ; inner <potentialOwner/>"),
    ("task.no-type", "a", BASE + "service a"),
    ("task.no-type", "a", BASE + "send a"),
    ("transaction.method", "tx", BASE + "transaction tx ; method ##Store:\n  task a"),
    ("timer.definition", "c", BASE + "catch c ; inner <timerEventDefinition/>"),
    ("timer.definition", "c", BASE + "catch c ; inner <timerEventDefinition><timeDuration>PT1H</timeDuration>"
     "<timeCycle>R/PT1H</timeCycle></timerEventDefinition>"),
]  # fmt: skip


def found(rule: str, data: bytes) -> list[Finding]:
    """The refusals by ``rule`` of one file."""
    items = check({"model.bpmn": data}, task_types={"work"}).findings
    return [item for item in items if item.rule == rule and item.severity == "error"]


@pytest.mark.parametrize(("rule", "element", "text"), REFUSED, ids=[f"{rule}-{id}" for rule, id, _ in REFUSED])
def test_it_refuses_and_says_where_and_why(rule: str, element: str | None, text: str) -> None:
    data = bpmn(text)
    items = found(rule, data)
    assert items, [item.rule for item in check({"model.bpmn": data}).findings]
    first = items[0]
    assert first.element_id == element
    assert first.file == "model.bpmn"
    line = line_of(data, element) if element else next(n for n, t in enumerate(data.splitlines(), 1) if t == b"<task/>")
    if rule == "element.duplicate-id":
        line += 1
    if rule == "event-subprocess.loop":
        assert first.line is not None
    elif rule == "message.name":
        assert first.line == line_of(data, "mm")
    else:
        assert first.line == line
    spanish, english = first.text.in_language("es"), first.text.in_language("en")
    assert spanish != english
    assert not re.search(r"\{[a-z_]+\}", spanish + english)


def test_the_plain_diagram_is_accepted() -> None:
    assert check({"model.bpmn": bpmn(BASE)}).findings == []


@pytest.mark.parametrize(
    ("space", "attribute"),
    [
        ("http://camunda.org/schema/1.0/bpmn", "assignee"),
        ("http://activiti.org/bpmn", "class"),
        ("http://flowable.org/bpmn", "delegateExpression"),
    ],
)
def test_what_belongs_to_another_engine_is_refused(space: str, attribute: str) -> None:
    data = bpmn(BASE + f'xml <userTask id="a" xmlns:o="{space}" o:{attribute}="x"/>')
    assert found("dialect.foreign", data)[0].element_id == "a"
    data = bpmn(BASE + f'xml <task id="a"><extensionElements><o:x xmlns:o="{space}"/></extensionElements></task>')
    assert found("dialect.foreign", data)[0].element_id == "a"


@pytest.mark.parametrize(
    "place",
    [
        '<sequenceFlow id="x" sourceRef="s" targetRef="e"><extensionElements><o:executionListener/></extensionElements>'
        "</sequenceFlow>",
        '<task id="x"><multiInstanceLoopCharacteristics o:collection="xs"><loopCardinality>2</loopCardinality>'
        "</multiInstanceLoopCharacteristics></task>",
        '<intermediateThrowEvent id="x"><escalationEventDefinition o:other="y"/></intermediateThrowEvent>',
    ],
)
def test_what_belongs_to_another_engine_is_refused_wherever_it_stands(place: str) -> None:
    space = "http://camunda.org/schema/1.0/bpmn"
    data = bpmn(BASE + f"xml {place}").replace(b"<definitions ", f'<definitions xmlns:o="{space}" '.encode())
    assert [item.element_id for item in found("dialect.foreign", data)] == ["x"]


def test_a_listener_of_another_engine_on_the_process_is_refused() -> None:
    listener = '<extensionElements><o:executionListener xmlns:o="http://activiti.org/bpmn"/></extensionElements>'
    assert found("dialect.foreign", bpmn(f"xml {listener}\n{BASE}"))[0].element_id == "p"


def test_an_extension_that_must_be_understood_is_refused() -> None:
    data = bpmn('root <extension mustUnderstand="true" definition="x:sla"/>\n' + BASE)
    assert found("extension.must-understand", data)[0].line == 2
    data = bpmn('root <extension mustUnderstand="false" definition="x:sla"/>\n' + BASE)
    assert not found("extension.must-understand", data)


def test_a_file_without_a_process_is_refused() -> None:
    data = bpmn(BASE).split(b"<process")[0] + b"</definitions>"
    assert found("process.none", data)


def test_a_file_without_an_executable_process_is_refused() -> None:
    assert found("process.not-executable", bpmn(BASE).replace(b'isExecutable="true"', b""))[0].element_id == "p"


def test_something_else_than_bpmn_is_refused() -> None:
    assert found("xml.not-bpmn", b"<html/>")[0].line == 1


def test_a_process_in_two_files_is_refused() -> None:
    items = check({"a.bpmn": bpmn(BASE), "b.bpmn": bpmn(BASE)}).findings
    assert [(item.rule, item.file, item.element_id) for item in items] == [("process.duplicate", "b.bpmn", "p")]


def test_a_start_timer_that_says_nothing_is_refused_when_published(play) -> None:  # type: ignore[no-untyped-def]
    run = play("start s ; timer cycle never\ntask a\ns -> a")
    assert [(item.rule, item.element_id) for item in run.findings] == [("timer.value", "s")]


def test_every_refusal_has_its_diagram() -> None:
    folder = Path(__file__).parent.parent.parent / "engine" / "bpmn"
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    rules = set(re.findall(r'"((?:[a-z]+-)*[a-z]+\.(?:[a-z]+-)*[a-z]+)"', source)) - {"model.bpmn"}
    tested = {rule for rule, _, _ in REFUSED}
    tested |= set(re.findall(r'found\("([a-z.-]+)"', Path(__file__).read_text("utf-8")))
    elsewhere = {"limit.nesting", "xml.refused"}  # test_hostile.py
    assert rules - tested - elsewhere == set()
