"""The refusals: what the engine does not run, said of each element before anything is built."""

from __future__ import annotations

from collections.abc import Callable, Collection

import re2

from engine.bpmn.findings import Findings
from engine.bpmn.model import GATEWAYS, Element, Event, Process

ALLOWED_EVENTS = {
    "intermediateCatchEvent": {"message", "timer", "signal", "link", "conditional"},
    "intermediateThrowEvent": {"none", "message", "signal", "link", "escalation", "compensation"},
    "endEvent": {"none", "message", "signal", "error", "escalation", "compensation", "terminate", "cancel"},
    "boundaryEvent": {
        "message", "timer", "signal", "conditional", "error", "escalation", "compensation", "cancel",
    },
}  # fmt: skip
PROCESS_STARTS = {"none", "message", "timer", "signal"}
EVENT_SUBPROCESS_STARTS = {"message", "timer", "signal", "conditional", "error", "escalation", "compensation"}
MULTIPLE_CAUGHT = {"message", "timer", "signal", "conditional"}
MULTIPLE_THROWN = {"message", "signal", "escalation"}
EVENT_GATEWAY_TARGETS = {"message", "timer", "signal", "conditional"}
WITH_JOB = {"serviceTask", "sendTask", "scriptTask", "businessRuleTask"}
VARIABLE = re2.compile(r"[\pL_][\pL\pN_]*(?:\.[\pL_][\pL\pN_]*)*")


class Check:
    """One pass over one process."""

    def __init__(self, process: Process, findings: Findings) -> None:
        self.process = process
        self.findings = findings

    def refuse(self, element: Element, rule: str, es: str, en: str, **values: object) -> None:
        """Refuse because of ``element``."""
        self.findings.refuse(rule, es, en, id=element.id, name=element.name, line=element.line, **values)

    def enclosing(self, element: Element) -> Element | None:
        """The subprocess around ``element``; None at the process's own level."""
        return self.process.elements.get(element.parent) if element.parent else None

    def children(self, element: Element | None) -> list[Element]:
        """What lies directly inside."""
        return list(self.process.inside(element.id if element else None))


def check(process: Process, findings: Findings) -> None:
    """Note in ``findings`` every reason for which ``process`` would not run as drawn."""
    c = Check(process, findings)
    if not process.elements:
        findings.refuse("process.empty", "El proceso está vacío.", "The process is empty.", id=process.id,
                        name=process.name, line=process.line)  # fmt: skip
    _starts(c, None)
    _links(c)
    for element in process.elements.values():
        for rule in RULES.get(element.kind, ()):
            rule(c, element)
        _common(c, element)


def _multiple(c: Check, element: Element) -> None:
    """Several definitions: what catches waits for any of them, what throws throws them all."""
    kinds = {event.kind for event in (element.event, *element.further_events) if event is not None}
    allowed = MULTIPLE_THROWN if element.kind in {"intermediateThrowEvent", "endEvent"} else MULTIPLE_CAUGHT
    if element.further_events and not kinds <= allowed:
        c.refuse(element, "event.multiple", "Un evento con varias definiciones no puede llevar estas: {kinds}.",
                 "An event with several definitions cannot have these: {kinds}.", kinds=", ".join(sorted(kinds)))  # fmt: skip
    for event in element.further_events:
        if event.kind == "message" and element.kind in {"intermediateCatchEvent", "boundaryEvent"}:
            _needs_key(c, element, event)
    if element.further_events and element.job_type is not None:
        c.refuse(element, "extension.misplaced", "«{what}» no tiene efecto en un elemento «{kind}».",
                 "“{what}” has no effect on an element “{kind}”.", what="zeebe:taskDefinition", kind=element.kind)  # fmt: skip


def _common(c: Check, element: Element) -> None:
    _multiple(c, element)
    if element.default is not None and element.default not in element.outgoing:
        c.refuse(element, "flow.default", "El flujo por defecto «{flow}» no sale de este elemento.",
                 "The default flow “{flow}” does not leave this element.", flow=element.default)  # fmt: skip
    elif element.default is not None and c.process.flows[element.default].condition is not None:
        c.refuse(element, "flow.default-condition", "El flujo por defecto «{flow}» no puede llevar condición.",
                 "The default flow “{flow}” cannot carry a condition.", flow=element.default)  # fmt: skip
    if element.parallel_multiple:
        c.refuse(element, "event.parallel-multiple", "Los eventos múltiples paralelos no se ejecutan.",
                 "Parallel multiple events are not run.")  # fmt: skip
    _misplaced(c, element)
    for mapping in (*element.inputs, *element.outputs):
        if not VARIABLE.fullmatch(mapping.target) or not mapping.source:
            c.refuse(element, "mapping.target", "La asignación «{target}» no tiene origen o destino válidos.",
                     "The mapping “{target}” has no valid source or target.", target=mapping.target)  # fmt: skip
    conditional = [flow for flow in element.outgoing if c.process.flows[flow].condition is not None]
    if conditional and element.kind in {"parallelGateway", "eventBasedGateway"}:
        c.refuse(element, "flow.condition-ignored", "Los flujos que salen de aquí no pueden llevar condición.",
                 "Flows that leave here cannot carry a condition.")  # fmt: skip
    if element.for_compensation and (element.incoming or element.outgoing):
        c.refuse(element, "compensation.handler-flows", "Un manejador de compensación no lleva flujos de secuencia.",
                 "A compensation handler has no sequence flows.")  # fmt: skip
    if element.is_activity and element.for_compensation:
        handled = any(other.compensation_handler == element.id for other in c.process.elements.values())
        if not handled:
            c.refuse(element, "compensation.unreached", "Ningún evento de compensación apunta a este manejador.",
                     "No compensation event points to this handler.")  # fmt: skip


def _misplaced(c: Check, element: Element) -> None:
    """Extension elements that this kind of element would ignore."""
    by_message = element.kind in {"intermediateThrowEvent", "endEvent"} and element.event_kind == "message"
    found = []
    if element.job_type is not None and element.kind not in WITH_JOB and not by_message:
        found.append("zeebe:taskDefinition")
    if element.script is not None and element.kind != "scriptTask":
        found.append("zeebe:script")
    if element.called is not None and element.kind not in {"callActivity", "businessRuleTask"}:
        found.append("zeebe:calledElement")
    if element.inputs and (element.kind in GATEWAYS or element.kind in {"startEvent", "boundaryEvent"}):
        found.append("zeebe:input")
    if element.outputs and element.kind in GATEWAYS:
        found.append("zeebe:output")
    for what in found:
        c.refuse(element, "extension.misplaced", "«{what}» no tiene efecto en un elemento «{kind}».",
                 "“{what}” has no effect on an element “{kind}”.", what=what, kind=element.kind)  # fmt: skip


def _static(c: Check, element: Element) -> None:
    """What is compared before any instance exists, or without its variables, cannot be an expression."""
    for event in (element.event, *element.further_events):
        text = (event.code if event.kind in {"error", "escalation"} else event.name) if event else None
        if text is None or not text.startswith("="):
            continue
        c.refuse(element, "event.static", "«{text}»: aquí el código o nombre debe ser un texto fijo.",
                 "“{text}”: the code or name has to be a fixed text here.", text=text)  # fmt: skip


def _starts(c: Check, container: Element | None) -> None:
    """The start events of a process or subprocess."""
    starts = [child for child in c.children(container) if child.kind == "startEvent"]
    plain = [start for start in starts if start.event_kind == "none"]
    if not starts and not any(_begins(c, child) for child in c.children(container)) and c.children(container):
        subject = container or c.process
        c.findings.refuse(
            "start.nothing",
            "Nada empieza aquí: no hay evento de inicio y a todo llega algún flujo.",
            "Nothing begins here: there is no start event, and a flow leads to everything.",
            id=subject.id,
            name=subject.name,
            line=subject.line,
        )
    for start in plain[1:]:
        c.refuse(start, "start.several-none", "Hay más de un evento de inicio sin disparador.",
                 "There is more than one start event without a trigger.")  # fmt: skip


def _begins(c: Check, element: Element) -> bool:
    """Whether an element begins when its level does, where that has no start event."""
    link = element.kind == "intermediateCatchEvent" and element.event_kind == "link"
    later = element.attached_to or element.triggered_by_event or element.for_compensation
    return not element.incoming and not later and not link


def _start_event(c: Check, element: Element) -> None:
    around = c.enclosing(element)
    if around is None or element.event_kind in {"error", "escalation"}:
        _static(c, element)
    if element.incoming:
        c.refuse(element, "start.incoming", "A un evento de inicio no llega ningún flujo.",
                 "No flow leads to a start event.")  # fmt: skip
    if around is None:
        allowed = PROCESS_STARTS
    elif around.triggered_by_event:
        allowed = EVENT_SUBPROCESS_STARTS
    else:
        allowed = {"none"}
    if element.event_kind not in allowed:
        c.refuse(element, "start.kind", "Un evento de inicio de tipo «{kind}» no se ejecuta en este lugar.",
                 "A start event of kind “{kind}” is not run in this place.", kind=element.event_kind)  # fmt: skip
    for event in (element.event, *element.further_events):
        if event is not None and event.kind == "message" and around is not None:
            _needs_key(c, element, event)
        if event is not None and event.kind not in allowed and event is not element.event:
            c.refuse(element, "start.kind", "Un evento de inicio de tipo «{kind}» no se ejecuta en este lugar.",
                     "A start event of kind “{kind}” is not run in this place.", kind=event.kind)  # fmt: skip
    if element.event_kind in {"error", "compensation"} and not element.interrupting:
        c.refuse(element, "start.interrupting", "Un inicio por error o compensación siempre interrumpe.",
                 "A start by error or compensation always interrupts.")  # fmt: skip
    if element.event_kind == "compensation" and around is not None and around.parent is None:
        c.refuse(element, "start.compensation", "La compensación se atrapa dentro de un subproceso.",
                 "Compensation is caught inside a subprocess.")  # fmt: skip


def _needs_key(c: Check, element: Element, event: Event | None = None) -> None:
    event = event or element.event
    if event is not None and event.name and not event.correlation_key:
        c.refuse(element, "message.correlation-key", "Al mensaje «{name_}» le falta la clave de correlación.",
                 "The message “{name_}” has no correlation key.", name_=event.name)  # fmt: skip


def _kind_allowed(c: Check, element: Element) -> None:
    if element.event_kind not in ALLOWED_EVENTS[element.kind]:
        c.refuse(element, "event.kind", "Un evento «{what}» de tipo «{kind}» no se ejecuta.",
                 "A “{what}” of kind “{kind}” is not run.", what=element.kind, kind=element.event_kind)  # fmt: skip


def _catch_event(c: Check, element: Element) -> None:
    _kind_allowed(c, element)
    if element.event_kind == "message":
        _needs_key(c, element)
    if element.event_kind == "link" and element.incoming:
        c.refuse(element, "link.incoming", "A un enlace de llegada no llega ningún flujo.",
                 "No flow leads to a catching link.")  # fmt: skip


def _end_event(c: Check, element: Element) -> None:
    _kind_allowed(c, element)
    if element.outgoing:
        c.refuse(element, "end.outgoing", "De un evento de fin no sale ningún flujo.",
                 "No flow leaves an end event.")  # fmt: skip
    around = c.enclosing(element)
    if element.event_kind == "cancel" and (around is None or around.kind != "transaction"):
        c.refuse(element, "cancel.outside", "«Cancelar» solo termina una transacción, directamente dentro de ella.",
                 "“Cancel” ends only a transaction, directly inside it.")  # fmt: skip
    if element.event_kind == "cancel" and around is not None and around.kind == "transaction":
        if not any(b.event_kind == "cancel" for b in c.process.boundary_events(around.id)):
            c.refuse(element, "cancel.no-boundary", "La transacción «{around}» no tiene en su borde un evento de cancelación.",
                     "The transaction “{around}” has no cancel event at its border.", around=around.name or around.id)  # fmt: skip
        if around.loop is not None:
            c.refuse(element, "cancel.loop", "Una transacción que se repite («{around}») no se cancela aquí.",
                     "A transaction that repeats (“{around}”) is not cancelled here.", around=around.name or around.id)  # fmt: skip
    if element.event_kind == "error" and element.event is not None and not element.event.code:
        c.refuse(element, "error.code", "Al fin por error le falta el código.", "The error end has no code.")
    _throws(c, element)


def _throws(c: Check, element: Element) -> None:
    event = element.event
    if event is None:
        return
    if event.kind == "escalation" and not event.code:
        c.refuse(element, "escalation.code", "A la escalación le falta el código.", "The escalation has no code.")
    if event.kind == "compensation" and event.activity is not None and event.activity not in c.process.elements:
        c.refuse(element, "compensation.activity", "La actividad «{activity}» que se compensaría no existe.",
                 "The activity “{activity}” to be compensated does not exist.", activity=event.activity)  # fmt: skip
    if event.kind == "compensation" and event.activity in c.process.elements:
        level = element.parent
        while level is not None and c.process.elements[level].triggered_by_event:
            level = c.process.elements[level].parent
        if c.process.elements[event.activity].parent != level:
            c.refuse(element, "compensation.out-of-reach", "La actividad «{activity}» está en otro nivel y desde aquí no se compensa.",
                     "The activity “{activity}” is on another level and cannot be compensated from here.",
                     activity=event.activity)  # fmt: skip
    if event.kind == "compensation" and not event.wait_for_completion:
        c.refuse(element, "compensation.no-wait", "La compensación siempre se espera aquí («waitForCompletion»).",
                 "Compensation is always waited for here (“waitForCompletion”).")  # fmt: skip


def _throw_event(c: Check, element: Element) -> None:
    _kind_allowed(c, element)
    _throws(c, element)
    if element.event_kind == "link" and element.outgoing:
        c.refuse(element, "link.outgoing", "De un enlace de salida no sale ningún flujo.",
                 "No flow leaves a throwing link.")  # fmt: skip


def _boundary(c: Check, element: Element) -> None:
    _kind_allowed(c, element)
    host = c.process.elements.get(element.attached_to or "")
    if host is None or not host.is_activity or host.parent != element.parent:
        c.refuse(element, "boundary.host", "El evento de borde no está unido a ninguna actividad («{host}»).",
                 "The boundary event is attached to no activity (“{host}”).", host=element.attached_to or "")  # fmt: skip
        return
    if element.incoming:
        c.refuse(element, "boundary.incoming", "A un evento de borde no llega ningún flujo.",
                 "No flow leads to a boundary event.")  # fmt: skip
    if element.event_kind in {"error", "cancel"} and not element.interrupting:
        c.refuse(element, "boundary.interrupting", "Un evento de borde de error o cancelación siempre interrumpe.",
                 "An error or cancel boundary event always interrupts.")  # fmt: skip
    if element.event_kind == "cancel" and host.kind != "transaction":
        c.refuse(element, "cancel.host", "«Cancelar» solo va en el borde de una transacción.",
                 "“Cancel” is only at the border of a transaction.")  # fmt: skip
    if element.event_kind in {"error", "escalation"}:
        _static(c, element)
    if element.event_kind == "message":
        _needs_key(c, element)
    if host.triggered_by_event:
        c.refuse(element, "boundary.event-subprocess", "Un subproceso de evento no lleva eventos de borde.",
                 "An event subprocess has no boundary events.")  # fmt: skip
    if element.event_kind == "compensation":
        handler = c.process.elements.get(element.compensation_handler or "")
        if handler is None or not handler.for_compensation:
            c.refuse(element, "compensation.handler", "La compensación no está asociada a su manejador.",
                     "The compensation is not associated with its handler.")  # fmt: skip
        if element.outgoing:
            c.refuse(element, "compensation.outgoing", "De una compensación no sale ningún flujo de secuencia.",
                     "No sequence flow leaves a compensation.")  # fmt: skip


def _links(c: Check) -> None:
    catches: dict[tuple[str | None, str], Element] = {}
    for element in c.process.elements.values():
        if element.event_kind == "link" and element.kind == "intermediateCatchEvent" and element.event:
            key = (element.parent, element.event.name or "")
            if key in catches:
                c.refuse(element, "link.repeated", "Dos enlaces de llegada se llaman «{link}».",
                         "Two catching links are called “{link}”.", link=key[1])  # fmt: skip
            catches[key] = element
    for element in c.process.elements.values():
        if element.event_kind == "link" and element.kind == "intermediateThrowEvent" and element.event:
            if (element.parent, element.event.name or "") not in catches:
                c.refuse(element, "link.unmatched", "El enlace «{link}» no tiene llegada en el mismo nivel.",
                         "The link “{link}” has no catching one on the same level.", link=element.event.name)  # fmt: skip


def _choice(c: Check, element: Element) -> None:
    """Exclusive and inclusive gateways: each of several flows needs its condition, or is the default."""
    if len(element.outgoing) < 2:
        return
    for flow_id in element.outgoing:
        flow = c.process.flows[flow_id]
        if flow.condition is None and flow_id != element.default:
            c.findings.refuse(
                "flow.no-condition",
                "El flujo no tiene condición ni es el flujo por defecto de su compuerta.",
                "The flow has no condition and is not the default flow of its gateway.",
                id=flow.id,
                name=flow.name,
                line=flow.line,
            )


def _event_gateway(c: Check, element: Element) -> None:
    if not element.outgoing:
        c.refuse(element, "gateway.no-events", "Tras la compuerta no hay ningún evento.",
                 "No event follows the gateway.")  # fmt: skip
    for flow_id in element.outgoing:
        target = c.process.elements.get(c.process.flows[flow_id].target)
        if target is None:
            continue
        good = (target.kind == "intermediateCatchEvent" and target.event_kind in EVENT_GATEWAY_TARGETS) or (
            target.kind == "receiveTask" and not any(c.process.boundary_events(target.id)) and target.loop is None
        )
        if not good:
            c.refuse(element, "gateway.event-target", "«{target}» no es un evento que se pueda esperar aquí.",
                     "“{target}” is no event that can be waited for here.", target=target.name or target.id)  # fmt: skip
    if element.instantiate and element.incoming:
        c.refuse(element, "gateway.instantiate", "Una compuerta que crea instancias no tiene flujos de llegada.",
                 "A gateway that creates instances has no incoming flows.")  # fmt: skip


def _service(c: Check, element: Element) -> None:
    if element.job_type is None:
        c.refuse(element, "task.no-type", "Falta el tipo de trabajo («zeebe:taskDefinition») de la tarea.",
                 "The task has no job type (“zeebe:taskDefinition”).")  # fmt: skip


def _send(c: Check, element: Element) -> None:
    if element.job_type is None and not (element.event and element.event.name):
        c.refuse(element, "task.no-type", "La tarea de envío no tiene ni tipo de trabajo ni mensaje.",
                 "The send task has neither a job type nor a message.")  # fmt: skip


def _receive(c: Check, element: Element) -> None:
    if not (element.event and element.event.name):
        return  # reading has refused it already
    if not (element.instantiate and not element.incoming):
        _needs_key(c, element)


def _script(c: Check, element: Element) -> None:
    if element.script is None and element.job_type is None:
        if element.foreign_script:
            c.refuse(element, "script.language", "El guion no es FEEL («zeebe:script»); aquí no se ejecuta otro lenguaje.",
                     "The script is not FEEL (“zeebe:script”); no other language is run here.")  # fmt: skip
        else:
            c.refuse(element, "script.missing", "La tarea de guion no tiene expresión.",
                     "The script task has no expression.")  # fmt: skip


def _rule(c: Check, element: Element) -> None:
    if element.job_type is None and not (element.called and element.called.id):
        c.refuse(element, "decision.missing", "Falta la decisión («zeebe:calledDecision»).",
                 "The decision is missing (“zeebe:calledDecision”).")  # fmt: skip
    _binding(c, element, {"latest", "deployment"})


def _user(c: Check, element: Element) -> None:
    if element.user_task is not None and element.user_task.form_binding != "latest":
        c.refuse(element, "form.binding", "Un formulario se muestra siempre en su última versión («{binding}» no).",
                 "A form is always shown in its latest version (not “{binding}”).",
                 binding=element.user_task.form_binding)  # fmt: skip


def _call(c: Check, element: Element) -> None:
    if element.called is None or not element.called.id:
        c.refuse(element, "call.missing", "Falta el proceso que se llama («zeebe:calledElement»).",
                 "The called process is missing (“zeebe:calledElement”).")  # fmt: skip
    _binding(c, element)


def _binding(c: Check, element: Element, known: Collection[str] = ("latest", "deployment", "versionTag")) -> None:
    called = element.called
    if called is not None and (
        called.binding not in known or (called.binding == "versionTag" and not called.version_tag)
    ):
        c.refuse(element, "call.binding", "El enlace de versión «{binding}» no se entiende.",
                 "The version binding “{binding}” cannot be read.", binding=called.binding)  # fmt: skip


def _subprocess(c: Check, element: Element) -> None:
    children = c.children(element)
    _starts(c, element)
    if element.triggered_by_event:
        starts = [child for child in children if child.kind == "startEvent"]
        if len(starts) != 1:
            c.refuse(element, "event-subprocess.start", "Un subproceso de evento tiene exactamente un evento de inicio.",
                     "An event subprocess has exactly one start event.")  # fmt: skip
        if element.incoming or element.outgoing:
            c.refuse(element, "event-subprocess.flows", "Un subproceso de evento no lleva flujos de secuencia.",
                     "An event subprocess has no sequence flows.")  # fmt: skip
        if element.loop is not None:
            c.refuse(element, "event-subprocess.loop", "Un subproceso de evento no se repite.",
                     "An event subprocess does not loop.")  # fmt: skip
    elif not children:
        c.refuse(element, "subprocess.empty", "El subproceso está vacío.", "The subprocess is empty.")


def _ad_hoc(c: Check, element: Element) -> None:
    for child in c.children(element):
        if child.kind in {"startEvent", "endEvent"}:
            c.refuse(child, "ad-hoc.events", "Un subproceso ad hoc no lleva eventos de inicio ni de fin.",
                     "An ad-hoc subprocess has no start or end events.")  # fmt: skip
    if not c.children(element):
        c.refuse(element, "subprocess.empty", "El subproceso está vacío.", "The subprocess is empty.")
    _starts(c, element)


RULES: dict[str, tuple[Callable[[Check, Element], None], ...]] = {
    "startEvent": (_start_event,),
    "endEvent": (_end_event,),
    "intermediateCatchEvent": (_catch_event,),
    "intermediateThrowEvent": (_throw_event,),
    "boundaryEvent": (_boundary,),
    "exclusiveGateway": (_choice,),
    "inclusiveGateway": (_choice,),
    "eventBasedGateway": (_event_gateway,),
    "serviceTask": (_service,),
    "sendTask": (_send,),
    "receiveTask": (_receive,),
    "scriptTask": (_script,),
    "businessRuleTask": (_rule,),
    "userTask": (_user,),
    "callActivity": (_call,),
    "subProcess": (_subprocess,),
    "transaction": (_subprocess,),
    "adHocSubProcess": (_ad_hoc,),
}
