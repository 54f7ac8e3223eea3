"""Reads a BPMN file into our model of it, and refuses what the dialect does not hold."""

from __future__ import annotations

from typing import Any

from lxml import etree

from engine.bpmn import model
from engine.bpmn.extensions import read_extensions
from engine.bpmn.findings import Findings
from engine.bpmn.names import BPMN, OTHER_ENGINES, ZEEBE, Node, local, namespace
from engine.bpmn.read_events import References, read_definition, read_event
from engine.bpmn.read_loops import read_loop
from engine.dmn.xml import XmlError, parse_xml
from engine.errors import Finding, Text

# Drawn for people, not for the engine.
INFORMATIVE = frozenset(
    {
        "documentation", "extensionElements", "textAnnotation", "association", "group", "dataObject",
        "dataObjectReference", "dataStoreReference", "laneSet", "incoming", "outgoing", "category", "auditing",
        "monitoring", "property", "ioSpecification", "dataInputAssociation", "dataOutputAssociation",
        "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "script", "completionCondition",
        "activationCondition", "supportedInterfaceRef", "correlationSubscription", "resourceRole", "performer",
        "potentialOwner", "humanPerformer",
    }
)  # fmt: skip
EVENT_DEFINITIONS = frozenset(
    f"{kind}EventDefinition"
    for kind in (
        "message", "timer", "signal", "conditional", "error", "escalation", "compensate", "link", "cancel", "terminate",
    )
)  # fmt: skip
ROOT_INFORMATIVE = frozenset(
    {
        "collaboration", "message", "signal", "error", "escalation", "itemDefinition", "category", "extensionElements",
        "documentation", "dataStore", "resource", "interface", "extension", "relationship", "import", "partnerEntity",
        "partnerRole", "endPoint", "correlationProperty", "eventDefinition",
    }
)  # fmt: skip
GLOBAL_TASKS = frozenset(
    {"globalTask", "globalUserTask", "globalScriptTask", "globalManualTask", "globalBusinessRuleTask"}
)
# Where the dialect's extension elements are read outside of flow nodes.
READ_OF = {
    "process": {"versionTag", "executionListeners", "userTaskForm"},
    "multiInstanceLoopCharacteristics": {"loopCharacteristics"},
    "messageEventDefinition": {"publishMessage", "taskDefinition", "taskHeaders"},
}
PERFORMERS = frozenset({"resourceRole", "performer", "humanPerformer", "potentialOwner"})
TRUE = frozenset({"true", "1"})
MAX_DEPTH_OF_SUBPROCESSES = 32


def parse_bpmn(data: bytes, file: str = "model.bpmn") -> tuple[model.Definitions, list[Finding]]:
    """Read a BPMN 2.0 XML file.

    Returns the model and the findings of reading; with an "error" among them the model is incomplete and must not
    run. Never raises on bad input.
    """
    findings = Findings(file)
    definitions = model.Definitions(file)
    try:
        root: Node = parse_xml(data, max_elements=60_000, max_depth=128)
    except XmlError as error:
        findings.items.append(Finding("xml.refused", "error", Text(error.es, error.en), line=error.line, file=file))
        return definitions, findings.items
    if local(root) != "definitions" or namespace(root) != BPMN:
        findings.refuse(
            "xml.not-bpmn",
            "El archivo no es un diagrama BPMN 2.0: su raíz es «{tag}».",
            "The file is no BPMN 2.0 diagram: its root is “{tag}”.",
            line=root.sourceline,
            tag=local(root),
        )
        return definitions, findings.items
    _Reader(root, definitions, findings).read()
    return definitions, findings.items


class _Reader:
    """Walks one file once; keeps what was seen so far."""

    def __init__(self, root: Node, definitions: model.Definitions, findings: Findings) -> None:
        self.root = root
        self.definitions = definitions
        self.findings = findings
        self.references = References.of(root)
        self.seen: dict[str, int | None] = {}
        self.order: dict[str, list[str]] = {}  # outgoing flows as each element lists them

    def read(self) -> None:
        for child in self.root:
            tag, space = local(child), namespace(child)
            if space != BPMN:
                continue
            if tag == "process":
                self.read_process(child)
            elif tag in GLOBAL_TASKS:
                self.read_global_task(child)
            elif tag == "extension" and child.get("mustUnderstand", "false").strip().lower() in TRUE:
                self.findings.refuse(
                    "extension.must-understand",
                    "El archivo exige entender la extensión «{definition}», y aquí no se conoce.",
                    "The file demands that the extension “{definition}” be understood, and it is not known here.",
                    line=child.sourceline,
                    definition=child.get("definition", ""),
                )
            elif tag not in ROOT_INFORMATIVE and not tag.endswith("EventDefinition"):
                self.unsupported(child)
        if not self.definitions.processes and not self.findings.refused:
            self.findings.refuse(
                "process.none",
                "El archivo no contiene ningún proceso.",
                "The file holds no process.",
                line=self.root.sourceline,
            )

    # -- processes ---------------------------------------------------------------------------------------------------

    def read_process(self, node: Node) -> None:
        process_id = self.id_of(node)
        if process_id is None:
            return
        process = model.Process(
            id=process_id,
            name=node.get("name", ""),
            file=self.definitions.file,
            line=node.sourceline,
            executable=node.get("isExecutable", "false").strip().lower() in TRUE,
            documentation=_documentation(node),
        )
        extension = node.find(f"{{{BPMN}}}extensionElements")
        if extension is not None:
            for item in extension:
                if item.tag == f"{{{ZEEBE}}}versionTag":
                    process.version_tag = item.get("value")
                elif item.tag == f"{{{ZEEBE}}}executionListeners":
                    self.refuse_listener(node)
        self.read_lanes(node, process)
        self.read_contents(node, process, None)
        self.foreign_elsewhere(node)
        self.connect(process)
        self.definitions.processes.append(process)

    def read_global_task(self, node: Node) -> None:
        """A global task is a process of one task, so that call activities can call it."""
        task_id = self.id_of(node)
        if task_id is None:
            return
        kind = {"globalTask": "task"}.get(local(node), local(node).removeprefix("global"))
        kind = kind[0].lower() + kind[1:]
        process = model.Process(
            task_id, node.get("name", ""), self.definitions.file, node.sourceline, documentation=_documentation(node)
        )
        element = model.Element(task_id, kind, node.get("name", ""), node.sourceline)
        read_extensions(node, element, self.findings)
        process.elements[task_id] = element
        self.definitions.processes.append(process)

    def read_lanes(self, node: Node, process: model.Process) -> None:
        for lane in node.iter(f"{{{BPMN}}}lane"):
            lane_id = lane.get("id", "")
            process.lanes[lane_id] = lane.get("name", "") or lane_id

    def read_contents(self, node: Node, process: model.Process, parent: str | None) -> None:
        """Read everything inside a process or subprocess, level by level (no recursion that a file could exhaust)."""
        levels: list[tuple[Node, str | None, int]] = [(node, parent, 0)]
        while levels:
            container, owner, depth = levels.pop()
            if depth > MAX_DEPTH_OF_SUBPROCESSES:
                self.findings.refuse(
                    "limit.nesting",
                    "Hay más de {limit} subprocesos uno dentro de otro.",
                    "More than {limit} subprocesses lie inside one another.",
                    id=owner,
                    line=container.sourceline,
                    limit=MAX_DEPTH_OF_SUBPROCESSES,
                )
                continue
            for child in container:
                tag = local(child)
                if namespace(child) != BPMN:
                    continue
                if tag == "sequenceFlow":
                    self.read_flow(child, process)
                elif tag in model.FLOW_NODES:
                    element = self.read_element(child, process, owner)
                    if element is not None and element.is_container:
                        levels.append((child, element.id, depth + 1))
                elif tag in {"dataObject", "dataObjectReference", "dataStoreReference"}:
                    process.data_objects[child.get("id", "")] = child.get("name", "")
                elif tag not in INFORMATIVE:
                    self.unsupported(child)

    def read_flow(self, node: Node, process: model.Process) -> None:
        flow_id = self.id_of(node)
        if flow_id is None:
            return
        condition = node.find(f"{{{BPMN}}}conditionExpression")
        text = None
        if condition is not None:
            text = (condition.text or "").strip()
            language = condition.get("language", "")
            if language and "feel" not in language.lower():
                self.findings.refuse(
                    "expression.language",
                    "La condición está escrita en otro lenguaje ({language}); aquí se escribe en FEEL.",
                    "The condition is written in another language ({language}); here it is written in FEEL.",
                    id=flow_id,
                    name=node.get("name"),
                    line=node.sourceline,
                    language=language,
                )
            self.needs_expression(text, flow_id, node)
        process.flows[flow_id] = model.Flow(
            flow_id,
            node.get("name", ""),
            node.get("sourceRef", ""),
            node.get("targetRef", ""),
            text,
            node.sourceline,
        )

    def needs_expression(self, text: str, id: str, node: Node) -> None:
        if not text.startswith("="):
            self.findings.refuse(
                "expression.not-feel",
                "La condición «{text}» no es una expresión: debe empezar con «=».",
                "The condition “{text}” is no expression: it has to start with “=”.",
                id=id,
                name=node.get("name"),
                line=node.sourceline,
                text=text,
            )

    # -- elements ----------------------------------------------------------------------------------------------------

    def read_element(self, node: Node, process: model.Process, parent: str | None) -> model.Element | None:
        element_id = self.id_of(node)
        if element_id is None:
            return None
        element = model.Element(
            id=element_id,
            kind=local(node),
            name=" ".join(node.get("name", "").split()),
            line=node.sourceline,
            parent=parent,
            documentation=_documentation(node),
            default=node.get("default"),
            attached_to=node.get("attachedToRef"),
            interrupting=_flag(node, "cancelActivity", True)
            if local(node) == "boundaryEvent"
            else _flag(node, "isInterrupting", True),
            parallel_multiple=_flag(node, "parallelMultiple", False),
            instantiate=_flag(node, "instantiate", False),
            for_compensation=_flag(node, "isForCompensation", False),
            triggered_by_event=_flag(node, "triggeredByEvent", False),
            start_quantity=self.quantity(node, "startQuantity"),
            completion_quantity=self.quantity(node, "completionQuantity"),
            cancel_remaining=_flag(node, "cancelRemainingInstances", True),
            ordering=node.get("ordering", "Parallel"),
        )
        if node.get("eventGatewayType") == "Parallel":
            self.findings.refuse(
                "gateway.event-parallel",
                "La compuerta basada en eventos de tipo paralelo no se ejecuta.",
                "An event-based gateway of parallel type is not run.",
                id=element_id,
                name=element.name,
                line=element.line,
            )
        method = node.get("method", "##Compensate").strip()
        if element.kind == "transaction" and method != "##Compensate":
            self.findings.refuse(
                "transaction.method",
                "Una transacción se deshace aquí por compensación («##Compensate»), no por «{method}».",
                "A transaction is undone by compensation here (“##Compensate”), not by “{method}”.",
                id=element_id,
                name=element.name,
                line=element.line,
                method=method,
            )
        self.foreign_attributes(node, element)
        read_extensions(node, element, self.findings)
        if element.kind == "callActivity" and element.called is None and node.get("calledElement"):
            element.called = model.Called(node.get("calledElement").rpartition(":")[2].strip())
        self.read_parts(node, element)
        self.order[element_id] = [(child.text or "").strip() for child in node.findall(f"{{{BPMN}}}outgoing")]
        process.elements[element_id] = element
        return element

    def read_parts(self, node: Node, element: model.Element) -> None:
        definitions = [child for child in node if local(child) in EVENT_DEFINITIONS and namespace(child) == BPMN]
        definitions += self.references.referred_definitions(node)
        for definition in definitions[1:]:
            if element.kind in model.EVENTS:
                element.further_events.append(read_definition(definition, element, self.references, self.findings))
        if element.kind in model.EVENTS or element.kind in {"receiveTask", "sendTask"}:
            element.event = read_event(node, definitions, element, self.references, self.findings)
        element.loop = read_loop(node, element, self.references, self.findings)
        for name, attribute in (
            ("activationCondition", "activation_condition"),
            ("completionCondition", "completion_condition"),
        ):
            child = node.find(f"{{{BPMN}}}{name}")
            if child is not None and child.text:
                setattr(element, attribute, child.text.strip())
                self.needs_expression(child.text.strip(), element.id, node)
        if element.kind == "scriptTask" and element.script is None and element.job_type is None:
            script = node.find(f"{{{BPMN}}}script")
            if script is not None and (script.text or "").strip():
                element.foreign_script = True
        self.refuse_data_transformations(node, element)
        self.refuse_performers(node, element)
        for child in node:
            tag = local(child)
            if namespace(child) != BPMN or element.is_container:
                continue
            if tag not in INFORMATIVE and tag not in EVENT_DEFINITIONS and tag not in {"eventDefinitionRef"}:
                self.unsupported(child, element)

    def refuse_performers(self, node: Node, element: model.Element) -> None:
        """Who does a task is said in the dialect's own way; another way must not go unread."""
        for child in node:
            if namespace(child) == BPMN and local(child) in PERFORMERS:
                self.findings.refuse(
                    "task.performer",
                    "«{tag}» no se lee aquí; diga quién hace la tarea con «zeebe:assignmentDefinition».",
                    "“{tag}” is not read here; say who does the task with “zeebe:assignmentDefinition”.",
                    id=element.id,
                    name=element.name,
                    line=child.sourceline,
                    tag=local(child),
                )

    def refuse_data_transformations(self, node: Node, element: model.Element) -> None:
        inside = node.find(f"{{{BPMN}}}ioSpecification")
        ports = {part.get("id") for part in inside} if inside is not None else set()
        for tag in ("dataInputAssociation", "dataOutputAssociation"):
            for association in node.findall(f"{{{BPMN}}}{tag}"):
                ends = {(part.text or "").strip() for part in association if local(part) in {"sourceRef", "targetRef"}}
                if ends & ports:
                    self.findings.refuse(
                        "data.io-specification",
                        "La asociación de datos copia a o de «{part}»; use asignaciones de entrada y salida.",
                        "The data association copies to or from “{part}”; use input and output mappings.",
                        id=element.id,
                        name=element.name,
                        line=association.sourceline,
                        part=", ".join(sorted(ends & ports)),
                    )
                for name in ("transformation", "assignment"):
                    if association.find(f"{{{BPMN}}}{name}") is not None:
                        self.findings.refuse(
                            "data.assignment",
                            "La asociación de datos calcula algo ({part}); use asignaciones de entrada y salida.",
                            "The data association computes something ({part}); use input and output mappings.",
                            id=element.id,
                            name=element.name,
                            line=association.sourceline,
                            part=name,
                        )

    def foreign_attributes(self, node: Node, element: model.Element) -> None:
        for attribute in node.attrib:
            space = etree.QName(attribute).namespace
            if space in OTHER_ENGINES:
                self.findings.refuse(
                    "dialect.foreign",
                    "El atributo «{attribute}» es de otro motor ({engine}) y aquí no se ejecuta.",
                    "The attribute “{attribute}” belongs to another engine ({engine}) and is not run here.",
                    id=element.id,
                    name=element.name,
                    line=element.line,
                    attribute=etree.QName(attribute).localname,
                    engine=OTHER_ENGINES[space],
                )

    def foreign_elsewhere(self, node: Node) -> None:
        """What another engine keeps in flows, loops, event definitions or the process itself."""
        nearest: dict[Any, str | None] = {}
        for child in node.iter():
            tag, space = local(child), namespace(child)
            own = child.get("id") if space == BPMN else None
            around = child.getparent() if child is not node else None
            nearest[child] = own or (nearest.get(around) if around is not None else None)
            owner = around.getparent() if around is not None and local(around) == "extensionElements" else None
            if space in OTHER_ENGINES and around is not None and namespace(around) == BPMN:
                if owner is None or local(owner) not in model.FLOW_NODES:
                    self.foreign(tag, OTHER_ENGINES[space], nearest[around], child.sourceline)
            elif (
                space == ZEEBE
                and tag != "properties"
                and owner is not None
                and tag not in READ_OF.get(local(owner), ())
            ):
                if local(owner) not in model.FLOW_NODES and local(owner) not in GLOBAL_TASKS:
                    self.unread(tag, local(owner), nearest[owner], child.sourceline)
            elif child is not node and tag not in model.FLOW_NODES:
                for attribute in child.attrib:
                    other = etree.QName(attribute).namespace
                    if other in OTHER_ENGINES and space not in OTHER_ENGINES:
                        name = etree.QName(attribute).localname
                        self.foreign(name, OTHER_ENGINES[other], nearest[child], child.sourceline)

    def unread(self, tag: str, owner: str, id: str | None, line: int | None) -> None:
        self.findings.refuse(
            "extension.unread",
            "La extensión «zeebe:{tag}» de «{owner}» no se lee aquí.",
            "The extension “zeebe:{tag}” of “{owner}” is not read here.",
            id=id,
            line=line,
            tag=tag,
            owner=owner,
        )

    def foreign(self, what: str, engine: str, id: str | None, line: int | None) -> None:
        self.findings.refuse(
            "dialect.foreign",
            "«{what}» es de otro motor ({engine}) y aquí no se ejecuta.",
            "“{what}” belongs to another engine ({engine}) and is not run here.",
            id=id,
            line=line,
            what=what,
            engine=engine,
        )

    def quantity(self, node: Node, attribute: str) -> int:
        text = node.get(attribute, "1").strip()
        if text.isascii() and text.isdigit() and 1 <= len(text) <= 4 and int(text) >= 1:
            return int(text)
        self.findings.refuse(
            "element.quantity",
            "«{attribute}» debe ser un número entero de 1 a 9999, y es «{text}».",
            "“{attribute}” has to be a whole number from 1 to 9999, and is “{text}”.",
            id=node.get("id"),
            name=node.get("name"),
            line=node.sourceline,
            attribute=attribute,
            text=text,
        )
        return 1

    def id_of(self, node: Node) -> str | None:
        """The id of ``node``; refuses a missing, oversized or repeated one."""
        value = (node.get("id") or "").strip()
        if not value or len(value) > 200:
            self.findings.refuse(
                "element.id",
                "A «{tag}» le falta un identificador, o es demasiado largo.",
                "“{tag}” has no id, or too long a one.",
                name=node.get("name"),
                line=node.sourceline,
                tag=local(node),
            )
            return None
        if value in self.seen:
            self.findings.refuse(
                "element.duplicate-id",
                "El identificador «{value}» ya se usó en la línea {first}.",
                "The id “{value}” was used before, in line {first}.",
                id=value,
                name=node.get("name"),
                line=node.sourceline,
                value=value,
                first=self.seen[value],
            )
            return None
        self.seen[value] = node.sourceline
        return value

    def unsupported(self, node: Node, element: model.Element | None = None) -> None:
        self.findings.refuse(
            "element.unsupported",
            "«{tag}» no se ejecuta en este dialecto.",
            "“{tag}” is not run in this dialect.",
            id=node.get("id") or (element.id if element else None),
            name=node.get("name") or (element.name if element else None),
            line=node.sourceline,
            tag=local(node),
        )

    def refuse_listener(self, node: Node) -> None:
        self.findings.refuse(
            "extension.listener",
            "Los «listeners» de ejecución no se ejecutan aquí.",
            "Execution listeners are not run here.",
            id=node.get("id"),
            name=node.get("name"),
            line=node.sourceline,
        )

    # -- after reading -----------------------------------------------------------------------------------------------

    def connect(self, process: model.Process) -> None:
        """Hang flows on their ends and find what a reference misses."""
        for flow in process.flows.values():
            for end, reference in (("sourceRef", flow.source), ("targetRef", flow.target)):
                if reference not in process.elements:
                    self.findings.refuse(
                        "flow.dangling",
                        "El flujo apunta a «{reference}» ({end}), que no existe en este proceso.",
                        "The flow points to “{reference}” ({end}), which does not exist in this process.",
                        id=flow.id,
                        name=flow.name,
                        line=flow.line,
                        reference=reference,
                        end=end,
                    )
            source, target = process.elements.get(flow.source), process.elements.get(flow.target)
            if source and target:
                source.outgoing.append(flow.id)
                target.incoming.append(flow.id)
                if source.parent != target.parent:
                    self.findings.refuse(
                        "flow.crosses-border",
                        "El flujo cruza el borde de un subproceso.",
                        "The flow crosses the border of a subprocess.",
                        id=flow.id,
                        name=flow.name,
                        line=flow.line,
                    )
        for drawn in process.elements.values():
            listed = self.order.get(drawn.id, [])
            drawn.outgoing.sort(key=lambda flow, listed=listed: listed.index(flow) if flow in listed else len(listed))  # type: ignore[misc]
        for lane in self.root.iter(f"{{{BPMN}}}lane"):
            for reference in lane.iterfind(f"{{{BPMN}}}flowNodeRef"):
                element = process.elements.get((reference.text or "").strip())
                if element is not None:
                    element.lane = lane.get("name") or lane.get("id")
        self.compensation_handlers(process)

    def compensation_handlers(self, process: model.Process) -> None:
        for association in self.root.iter(f"{{{BPMN}}}association"):
            source = process.elements.get(association.get("sourceRef", ""))
            target = process.elements.get(association.get("targetRef", ""))
            if source and target and source.kind == "boundaryEvent" and source.event_kind == "compensation":
                source.compensation_handler = target.id


def _flag(node: Node, attribute: str, default: bool) -> bool:
    text = node.get(attribute)
    return default if text is None else text.strip().lower() in TRUE


def _documentation(node: Node) -> str:
    parts = [(child.text or "").strip() for child in node.findall(f"{{{BPMN}}}documentation")]
    return "\n\n".join(part for part in parts if part)
