"""A text notation for test diagrams, turned into BPMN XML of the dialect.

One element or chain of flows a line; what lies inside a subprocess is indented under a line that ends with a colon::

    start s
    user a ; candidateGroups agente ; due =now() + duration("P1D")
    boundary late on a ; timer PT1H ; quiet
    exclusive g ; default other
    s -> a -> g
    g -> e [x > 1]
    g -> e #other

Every element stands on one line of the XML, with everything that belongs to it, so that a finding's line is known.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "task": "task",
    "user": "userTask",
    "manual": "manualTask",
    "script": "scriptTask",
    "service": "serviceTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "rule": "businessRuleTask",
    "call": "callActivity",
    "sub": "subProcess",
    "event": "subProcess",
    "transaction": "transaction",
    "adhoc": "adHocSubProcess",
    "exclusive": "exclusiveGateway",
    "parallel": "parallelGateway",
    "inclusive": "inclusiveGateway",
    "complex": "complexGateway",
    "eventbased": "eventBasedGateway",
    "association": "association",
    "data": "dataObject",
    "process": "process",
    "xml": "",
}
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="siproc:test">'
)
USER = {
    "assignee": "assignmentDefinition",
    "candidateGroups": "assignmentDefinition",
    "candidateUsers": "assignmentDefinition",
    "dueDate": "taskSchedule",
    "followUpDate": "taskSchedule",
    "priority": "priorityDefinition",
    "formId": "formDefinition",
}
FLOW = re.compile(r"(\w+(?:\s*->\s*\w+)+)\s*(?:\[(.*)\])?\s*(?:#(\w+))?")


def bpmn(text: str, *, process: str = "p") -> bytes:
    """The BPMN file of ``text``; lines outside a ``process`` block are the process ``process``."""
    writer = _Writer()
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("//")]
    if not any(line.strip().startswith("process ") for line in lines):
        lines = [f"process {process}:", *(f"  {line}" for line in lines)]
    writer.write(lines)
    return "\n".join([HEAD, *writer.roots.values(), *writer.out, "</definitions>"]).encode()


def line_of(data: bytes, element_id: str) -> int:
    """The line on which ``element_id`` stands."""
    needle = f'id="{element_id}"'.encode()
    return next(number for number, line in enumerate(data.splitlines(), 1) if needle in line)


@dataclass
class _Parts:
    attributes: dict[str, str] = field(default_factory=dict)
    extensions: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    user: dict[str, dict[str, str]] = field(default_factory=dict)
    loop: dict[str, str] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)


class _Writer:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.roots: dict[str, str] = {}
        self.flows = 0

    def write(self, lines: list[str]) -> None:
        open_blocks: list[tuple[int, str]] = []
        for line in lines:
            depth = len(line) - len(line.lstrip())
            while open_blocks and depth <= open_blocks[-1][0]:
                self.out.append(f"</{open_blocks.pop()[1]}>")
            text = line.strip()
            flow = FLOW.fullmatch(text)
            if flow:
                self.flow(flow)
            elif text.startswith("xml "):
                self.out.append(text[4:])
            elif text.startswith("root "):
                self.roots[text] = text[5:]
            else:
                tag = self.element(text.removesuffix(":"), opens=text.endswith(":"))
                if text.endswith(":"):
                    open_blocks.append((depth, tag))
        self.out.extend(f"</{tag}>" for _, tag in reversed(open_blocks))

    def flow(self, match: re.Match[str]) -> None:
        names = re.split(r"\s*->\s*", match[1])
        for source, target in itertools.pairwise(names):
            last = target is names[-1]
            self.flows += 1
            flow_id = match[3] if last and match[3] else f"f{self.flows}"
            condition = ""
            if last and match[2]:
                condition = (
                    f'<conditionExpression xsi:type="tFormalExpression">={escape(match[2])}</conditionExpression>'
                )
            self.out.append(
                f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'
            )

    def element(self, text: str, *, opens: bool) -> str:
        head, *segments = [part.strip() for part in re.split(r"\s;\s", text)]
        words = head.split()
        word, element_id, rest = words[0], words[1], words[2:]
        tag = KINDS[word]
        parts = _Parts({"id": element_id})
        if word == "process":
            parts.attributes["isExecutable"] = "true"
        if word == "event":
            parts.attributes["triggeredByEvent"] = "true"
        if word == "association":
            parts.attributes |= {"sourceRef": rest[0], "targetRef": rest[1]}
        elif rest[:1] == ["on"]:
            parts.attributes["attachedToRef"] = rest[1]
        elif rest:
            parts.attributes["name"] = " ".join(rest)
        for segment in segments:
            self.segment(word, element_id, parts, segment)
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in parts.attributes.items())
        inner = _extensions(parts) + "".join(parts.children) + _loop(parts)
        self.out.append(f"<{tag}{attributes}>{inner}" + ("" if opens else f"</{tag}>"))
        return tag

    def segment(self, word: str, element_id: str, parts: _Parts, segment: str) -> None:
        key, _, value = segment.partition(" ")
        value = value.strip()
        if key in EVENTS:
            if word in {"receive", "send"}:
                parts.attributes["messageRef"] = self.message(value)
            else:
                parts.children.append(EVENTS[key](self, value))
        elif key in {"in", "out"}:
            target, _, source = value.partition(" ")
            tag = "input" if key == "in" else "output"
            parts.inputs.append(f"<zeebe:{tag} source={quoteattr(source)} target={quoteattr(target)}/>")
        elif key in USER:
            parts.user.setdefault(USER[key], {})[key] = value
        elif key == "job":
            kind, _, retries = value.partition(" x")
            more = f" retries={quoteattr(retries)}" if retries else ""
            parts.extensions.append(f"<zeebe:taskDefinition type={quoteattr(kind)}{more}/>")
        elif key == "header":
            name, _, text = value.partition(" ")
            parts.headers.append(f"<zeebe:header key={quoteattr(name)} value={quoteattr(text)}/>")
        elif key == "set":
            name, _, text = value.partition(" ")
            parts.extensions.append(f"<zeebe:script expression={quoteattr(text)} resultVariable={quoteattr(name)}/>")
        elif key == "decides":
            name, _, text = value.partition(" ")
            parts.extensions.append(
                f"<zeebe:calledDecision decisionId={quoteattr(text)} resultVariable={quoteattr(name)}/>"
            )
        elif key == "calls":
            parts.extensions.append(f"<zeebe:calledElement processId={_with_attributes(value)}/>")
        elif key == "extension":
            parts.extensions.append(value)
        elif key == "quiet":
            parts.attributes["cancelActivity" if word == "boundary" else "isInterrupting"] = "false"
        elif key == "undo":
            parts.attributes["isForCompensation"] = "true"
        elif key in {"each", "times", "loop", "collect", "until", "max", "testBefore", "sequential", "behavior"}:
            parts.loop[key] = value
        elif key in {"activation", "completion"}:
            parts.children.append(f"<{key}Condition>{escape(value)}</{key}Condition>")
        elif key == "inner":
            parts.children.append(value)
        else:
            parts.attributes[key] = value

    def message(self, value: str) -> str:
        name, _, key = value.partition(" ")
        key = key or "=key"
        extension = "" if key == "none" else _extension(f"<zeebe:subscription correlationKey={quoteattr(key)}/>")
        self.roots[f"message {name}"] = f'<message id="message_{name}" name="{name}">{extension}</message>'
        return f"message_{name}"

    def definition(self, kind: str, value: str, tag: str, attribute: str) -> str:
        if value in ("", "*"):
            return f"<{kind}EventDefinition/>"
        self.roots[f"{kind} {value}"] = f'<{tag} id="{kind}_{value}" {attribute}="{value}"/>'
        return f'<{kind}EventDefinition {kind}Ref="{kind}_{value}"/>'


def _extension(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>" if inner else ""


def _with_attributes(value: str) -> str:
    """The first word quoted, what follows as attributes."""
    first, _, more = value.partition(" ")
    return f"{quoteattr(first)} {more}"


def _extensions(parts: _Parts) -> str:
    inner = "".join(parts.extensions)
    if parts.inputs:
        inner += f"<zeebe:ioMapping>{''.join(parts.inputs)}</zeebe:ioMapping>"
    if parts.headers:
        inner += f"<zeebe:taskHeaders>{''.join(parts.headers)}</zeebe:taskHeaders>"
    if parts.user:
        inner += "<zeebe:userTask/>"
    for tag, attributes in parts.user.items():
        inner += f"<zeebe:{tag}{''.join(f' {name}={quoteattr(text)}' for name, text in attributes.items())}/>"
    return _extension(inner)


def _loop(parts: _Parts) -> str:
    loop = parts.loop
    if not loop:
        return ""
    if "each" not in loop and "times" not in loop:
        maximum = f' loopMaximum="{loop["max"]}"' if "max" in loop else ""
        before = ' testBefore="true"' if "testBefore" in loop else ""
        condition = f"<loopCondition>{escape(loop['loop'])}</loopCondition>" if loop.get("loop") else ""
        return f"<standardLoopCharacteristics{before}{maximum}>{condition}</standardLoopCharacteristics>"
    attributes = ""
    if "each" in loop:
        collection, _, item = loop["each"].partition(" as ")
        attributes = f" inputCollection={quoteattr(collection)} inputElement={quoteattr(item)}"
    if "collect" in loop:
        name, _, element = loop["collect"].partition(" ")
        attributes += f" outputCollection={quoteattr(name)} outputElement={quoteattr(element)}"
    inner = _extension(f"<zeebe:loopCharacteristics{attributes}/>") if attributes else ""
    if "times" in loop:
        inner += f"<loopCardinality>{escape(loop['times'])}</loopCardinality>"
    if "until" in loop:
        inner += f"<completionCondition>{escape(loop['until'])}</completionCondition>"
    sequential = ' isSequential="true"' if "sequential" in loop else ""
    behavior = f" {loop['behavior']}" if "behavior" in loop else ""
    return f"<multiInstanceLoopCharacteristics{sequential}{behavior}>{inner}</multiInstanceLoopCharacteristics>"


def _timer(writer: _Writer, value: str) -> str:
    tag = "timeCycle" if value.startswith("R") else "timeDuration" if value.startswith("P") else "timeDate"
    named = re.fullmatch(r"(date|duration|cycle) (.*)", value)
    if named:
        tag, value = f"time{named[1].capitalize()}", named[2]
    return f"<timerEventDefinition><{tag}>{escape(value)}</{tag}></timerEventDefinition>"


EVENTS = {
    "message": lambda writer, value: f'<messageEventDefinition messageRef="{writer.message(value)}"/>',
    "timer": _timer,
    "signal": lambda writer, value: writer.definition("signal", value, "signal", "name"),
    "error": lambda writer, value: writer.definition("error", value, "error", "errorCode"),
    "escalation": lambda writer, value: writer.definition("escalation", value, "escalation", "escalationCode"),
    "compensate": lambda writer, value: (
        f"<compensateEventDefinition{f' activityRef={quoteattr(value)}' if value else ''}/>"
    ),
    "link": lambda writer, value: f"<linkEventDefinition name={quoteattr(value)}/>",
    "cancel": lambda writer, value: "<cancelEventDefinition/>",
    "terminate": lambda writer, value: "<terminateEventDefinition/>",
    "when": lambda writer, value: (
        f"<conditionalEventDefinition><condition>{escape(value)}</condition></conditionalEventDefinition>"
    ),
}
