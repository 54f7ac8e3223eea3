"""Reads event definitions and what they refer to: messages, signals, errors, escalations and timers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.bpmn import model
from engine.bpmn.findings import Findings
from engine.bpmn.names import BPMN, ZEEBE, Node, local, namespace

TIMERS: dict[str, model.TimerKind] = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


@dataclass(slots=True)
class References:
    """Root elements of a file by id."""

    by_id: dict[str, Node]

    @classmethod
    def of(cls, root: Node) -> References:
        """Index the children of ``root`` that have an id."""
        return cls({child.get("id", ""): child for child in root if child.get("id")})

    def find(self, reference: str | None, tag: str) -> Node | None:
        """The root element ``reference`` (a QName, its prefix ignored) if it is a ``tag``."""
        if not reference:
            return None
        found = self.by_id.get(reference)
        if found is None:
            found = self.by_id.get(reference.rpartition(":")[2])
        return found if found is not None and local(found) == tag else None

    def referred_definitions(self, node: Node) -> list[Node]:
        """Event definitions that ``node`` names through ``eventDefinitionRef``."""
        found = (self.by_id.get((ref.text or "").strip()) for ref in node.findall(f"{{{BPMN}}}eventDefinitionRef"))
        return [item for item in found if item is not None]


def read_event(
    node: Node,
    definitions: Sequence[Node],
    element: model.Element,
    references: References,
    findings: Findings,
) -> model.Event:
    """The event definition of ``node``; findings say what is missing in it."""
    if element.kind in {"receiveTask", "sendTask"}:
        event = model.Event("message", line=node.sourceline)
        _message(node.get("messageRef"), event, element, references, findings, node)
        return event if event.name else model.Event("none")
    if not definitions:
        return model.Event("none")
    return read_definition(definitions[0], element, references, findings)


def read_definition(
    definition: Node, element: model.Element, references: References, findings: Findings
) -> model.Event:
    """Read one ``…EventDefinition``."""
    tag = local(definition)
    kind = tag.removesuffix("EventDefinition")
    event = model.Event("compensation" if kind == "compensate" else kind, line=definition.sourceline)  # type: ignore[arg-type]
    if kind == "message":
        _message(definition.get("messageRef"), event, element, references, findings, definition)
        _throw_extension(definition, element, event)
    elif kind == "signal":
        event.name = _named(definition, "signalRef", "signal", "name", element, references, findings)
    elif kind in {"error", "escalation"}:
        reference = definition.get(f"{kind}Ref")
        if reference:
            event.code = _named(definition, f"{kind}Ref", kind, f"{kind}Code", element, references, findings)
    elif kind == "timer":
        _timer(definition, event, element, findings)
    elif kind == "conditional":
        condition = definition.find(f"{{{BPMN}}}condition")
        event.expression = (condition.text or "").strip() if condition is not None else ""
        if not event.expression.startswith("="):
            _refuse(findings, element, "event.condition", "Falta la condición, o no empieza con «=».",
                    "The condition is missing, or does not start with “=”.", definition.sourceline)  # fmt: skip
    elif kind == "compensate":
        event.activity = definition.get("activityRef") or None
        event.wait_for_completion = definition.get("waitForCompletion", "true").strip().lower() in {"true", "1"}
    elif kind == "link":
        event.name = (definition.get("name") or "").strip() or None
        if event.name is None:
            _refuse(findings, element, "event.link-name", "Al enlace le falta el nombre.",
                    "The link has no name.", definition.sourceline)  # fmt: skip
    return event


def _timer(definition: Node, event: model.Event, element: model.Element, findings: Findings) -> None:
    parts = [child for child in definition if namespace(child) == BPMN and local(child) in TIMERS]
    texts = [(TIMERS[local(child)], (child.text or "").strip()) for child in parts]
    texts = [(kind, text) for kind, text in texts if text]
    if len(texts) != 1:
        _refuse(
            findings,
            element,
            "timer.definition",
            "El temporizador debe decir una sola cosa: una fecha, una duración o un ciclo.",
            "The timer has to say exactly one thing: a date, a duration or a cycle.",
            definition.sourceline,
        )
        return
    event.timer, event.expression = texts[0]


def _message(
    reference: str | None,
    event: model.Event,
    element: model.Element,
    references: References,
    findings: Findings,
    node: Node,
) -> None:
    message = references.find(reference, "message")
    if message is None:
        if element.kind == "sendTask" or (element.job_type and not reference):
            return  # a send task or throw event may be done by a handler alone
        _refuse(
            findings,
            element,
            "message.missing",
            "Falta el mensaje, o «{reference}» no es un mensaje de este archivo.",
            "The message is missing, or “{reference}” is no message of this file.",
            node.sourceline,
            reference=reference or "",
        )
        return
    event.name = (message.get("name") or "").strip() or None
    subscription = message.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}subscription")
    if subscription is not None:
        event.correlation_key = (subscription.get("correlationKey") or "").strip() or None
    if event.name is None:
        _refuse(findings, element, "message.name", "Al mensaje «{reference}» le falta el nombre.",
                "The message “{reference}” has no name.", message.sourceline, reference=reference or "")  # fmt: skip


def _throw_extension(definition: Node, element: model.Element, event: model.Event) -> None:
    for node in (definition, definition.getparent()):
        published = node.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}publishMessage") if node is not None else None
        if published is not None:
            event.correlation_key = published.get("correlationKey") or event.correlation_key
            event.message_id = published.get("messageId")
            event.time_to_live = published.get("timeToLive")


def _named(
    definition: Node,
    attribute: str,
    tag: str,
    name: str,
    element: model.Element,
    references: References,
    findings: Findings,
) -> str | None:
    reference = definition.get(attribute)
    target = references.find(reference, tag)
    value = (target.get(name) or "").strip() if target is not None else ""
    if not value:
        _refuse(
            findings,
            element,
            f"{tag}.missing",
            "Falta «{attribute}», o lo que nombra («{reference}») no tiene «{name}».",
            "“{attribute}” is missing, or what it names (“{reference}”) has no “{name}”.",
            definition.sourceline,
            attribute=attribute,
            reference=reference or "",
            name=name,
        )
        return None
    return value


def _refuse(
    findings: Findings, element: model.Element, rule: str, es: str, en: str, line: int | None, **values: str
) -> None:
    text = {key if key != "name" else "what": value for key, value in values.items()}
    findings.refuse(
        rule,
        es.replace("{name}", "{what}"),
        en.replace("{name}", "{what}"),
        id=element.id,
        name=element.name,
        line=line,
        **text,
    )
