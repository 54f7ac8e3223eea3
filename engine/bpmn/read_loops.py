"""Reads the loop characteristics of an activity."""

from __future__ import annotations

from engine.bpmn import model
from engine.bpmn.findings import Findings
from engine.bpmn.names import BPMN, ZEEBE, Node, local
from engine.bpmn.read_events import References, read_definition


def read_loop(node: Node, element: model.Element, references: References, findings: Findings) -> model.Loop | None:
    """The standard loop or multi-instance of ``node``, or None."""
    standard = node.find(f"{{{BPMN}}}standardLoopCharacteristics")
    if standard is not None:
        return _standard(standard, element, findings)
    multi = node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    return _multi_instance(multi, element, references, findings) if multi is not None else None


def _standard(node: Node, element: model.Element, findings: Findings) -> model.Loop:
    maximum = (node.get("loopMaximum") or "").strip()
    condition = _text(node, "loopCondition")
    loop = model.Loop(
        "standard",
        condition=condition,
        test_before=node.get("testBefore", "false").strip().lower() in {"true", "1"},
        line=node.sourceline,
    )
    if maximum:
        if maximum.isascii() and maximum.isdigit() and len(maximum) <= 9:
            loop.maximum = int(maximum)
        else:
            _refuse(findings, element, node, "loop.maximum", "«loopMaximum» debe ser un número entero.",
                    "“loopMaximum” has to be a whole number.")  # fmt: skip
    if condition is None and loop.maximum is None:
        _refuse(findings, element, node, "loop.endless", "El bucle no tiene condición ni máximo: no acabaría nunca.",
                "The loop has neither a condition nor a maximum: it would never end.")  # fmt: skip
    if condition is not None and not condition.startswith("="):
        _refuse(findings, element, node, "expression.not-feel", "La condición del bucle debe empezar con «=».",
                "The condition of the loop has to start with “=”.")  # fmt: skip
    return loop


def _multi_instance(node: Node, element: model.Element, references: References, findings: Findings) -> model.Loop:
    sequential = node.get("isSequential", "false").strip().lower() in {"true", "1"}
    loop = model.Loop("sequential" if sequential else "parallel", line=node.sourceline)
    extension = node.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}loopCharacteristics")
    if extension is not None:
        loop.collection = _attribute(extension, "inputCollection")
        loop.item = _attribute(extension, "inputElement")
        loop.output_collection = _attribute(extension, "outputCollection")
        loop.output_element = _attribute(extension, "outputElement")
    loop.cardinality = _text(node, "loopCardinality")
    loop.completion_condition = _text(node, "completionCondition")
    collection = _text(node, "loopDataInputRef")
    if collection and not loop.collection:
        loop.collection = f"={collection}"
    item = node.find(f"{{{BPMN}}}inputDataItem")
    if item is not None and not loop.item:
        loop.item = item.get("name") or item.get("id")
    output = _text(node, "loopDataOutputRef")
    produced = node.find(f"{{{BPMN}}}outputDataItem")
    if output and produced is not None and not loop.output_collection:
        loop.output_collection, loop.output_element = output, f"={produced.get('name') or produced.get('id')}"
    if not loop.collection and not loop.cardinality:
        _refuse(findings, element, node, "loop.collection", "Falta la colección o la cantidad de instancias.",
                "The collection or the number of instances is missing.")  # fmt: skip
    _check_expressions(loop, element, node, findings)
    _behavior(node, loop, element, references, findings)
    return loop


def _check_expressions(loop: model.Loop, element: model.Element, node: Node, findings: Findings) -> None:
    for text in (loop.collection, loop.completion_condition, loop.output_element):
        if text is not None and not text.startswith("="):
            _refuse(findings, element, node, "expression.not-feel", "La expresión «{text}» debe empezar con «=».",
                    "The expression “{text}” has to start with “=”.", text=text)  # fmt: skip
    if (loop.output_collection is None) != (loop.output_element is None):
        _refuse(findings, element, node, "loop.output", "La colección de salida y su elemento van juntos.",
                "The output collection and its element go together.")  # fmt: skip


def _behavior(node: Node, loop: model.Loop, element: model.Element, references: References, findings: Findings) -> None:
    behavior = node.get("behavior", "All")
    if behavior not in {"None", "One", "All", "Complex"}:
        _refuse(findings, element, node, "loop.behavior", "«{text}» no es un comportamiento conocido.",
                "“{text}” is no known behaviour.", text=behavior)  # fmt: skip
        return
    loop.behavior = behavior
    if behavior in {"None", "One"}:
        reference = node.get("noneBehaviorEventRef" if behavior == "None" else "oneBehaviorEventRef")
        definition = references.by_id.get((reference or "").rpartition(":")[2])
        if definition is None:
            _refuse(findings, element, node, "loop.behavior-event", "Falta el evento que se lanza por cada instancia.",
                    "The event that is thrown for each instance is missing.")  # fmt: skip
        else:
            loop.behavior_event = read_definition(definition, element, references, findings)
    if behavior == "Complex":
        for part in node.findall(f"{{{BPMN}}}complexBehaviorDefinition"):
            condition = _text(part, "condition") or ""
            event = part.find(f"{{{BPMN}}}event")
            definition = (
                next((child for child in event if local(child).endswith("Definition")), None)
                if event is not None
                else None
            )
            if not condition.startswith("=") or definition is None:
                _refuse(findings, element, node, "loop.behavior-event", "Falta la condición o el evento.",
                        "The condition or the event is missing.")  # fmt: skip
            else:
                loop.complex_behaviors.append((condition, read_definition(definition, element, references, findings)))


def _text(node: Node, tag: str) -> str | None:
    child = node.find(f"{{{BPMN}}}{tag}")
    return ((child.text or "").strip() or None) if child is not None else None


def _attribute(node: Node, name: str) -> str | None:
    return (node.get(name) or "").strip() or None


def _refuse(findings: Findings, element: model.Element, node: Node, rule: str, es: str, en: str, **values: str) -> None:
    findings.refuse(rule, es, en, id=element.id, name=element.name, line=node.sourceline, **values)
