"""Reads the ``zeebe:`` extension elements of a flow node; what they hold beyond the dialect is refused."""

from __future__ import annotations

from engine.bpmn import model
from engine.bpmn.findings import Findings
from engine.bpmn.names import BPMN, OTHER_ENGINES, ZEEBE, Node, local, namespace

READ_ELSEWHERE = frozenset(
    {"subscription", "publishMessage", "loopCharacteristics", "versionTag", "modelerTemplateIcon"}
)
REFUSED = {
    "executionListeners": ("los «listeners» de ejecución", "execution listeners"),
    "taskListeners": ("los «listeners» de tarea", "task listeners"),
    "linkedResources": ("los recursos enlazados", "linked resources"),
    "conditionalFilter": ("los filtros de condición", "conditional filters"),
}


def read_extensions(node: Node, element: model.Element, findings: Findings) -> None:
    """Fill ``element`` from the extension elements of ``node``."""
    extension = node.find(f"{{{BPMN}}}extensionElements")
    if extension is None:
        return
    for item in extension:
        space, tag = namespace(item), local(item)
        if space in OTHER_ENGINES:
            findings.refuse(
                "dialect.foreign",
                "La extensión «{tag}» es de otro motor ({engine}) y aquí no se ejecuta.",
                "The extension “{tag}” belongs to another engine ({engine}) and is not run here.",
                id=element.id,
                name=element.name,
                line=item.sourceline,
                tag=tag,
                engine=OTHER_ENGINES[space],
            )
        elif space == ZEEBE:
            _read_item(item, tag, element, findings)


def _read_item(item: Node, tag: str, element: model.Element, findings: Findings) -> None:
    reader = READERS.get(tag)
    if reader is not None:
        reader(item, element)
    elif tag in REFUSED and (len(item) or item.attrib):
        es, en = REFUSED[tag]
        findings.refuse(
            "extension.unsupported",
            "{what_es} no se ejecutan aquí.",
            "{what_en} are not run here.",
            id=element.id,
            name=element.name,
            line=item.sourceline,
            what_es=es,
            what_en=en,
        )
    elif tag not in READ_ELSEWHERE and tag not in REFUSED:
        findings.refuse(
            "extension.unknown",
            "La extensión «zeebe:{tag}» no se conoce y aquí no se ejecuta.",
            "The extension “zeebe:{tag}” is not known and is not run here.",
            id=element.id,
            name=element.name,
            line=item.sourceline,
            tag=tag,
        )


def _io_mapping(item: Node, element: model.Element) -> None:
    for child in item:
        mapping = model.Mapping(child.get("source", ""), child.get("target", ""), child.sourceline)
        if local(child) == "input":
            element.inputs.append(mapping)
        elif local(child) == "output":
            element.outputs.append(mapping)


def _task_definition(item: Node, element: model.Element) -> None:
    element.job_type = (item.get("type") or "").strip() or None
    element.retries = (item.get("retries") or "").strip() or None


def _headers(item: Node, element: model.Element) -> None:
    for child in item:
        if local(child) == "header":
            element.headers[child.get("key", "")] = child.get("value", "")


def _properties(item: Node, element: model.Element) -> None:
    for child in item:
        if local(child) == "property":
            element.properties[child.get("name", "")] = child.get("value", "")


def _script(item: Node, element: model.Element) -> None:
    element.script = (item.get("expression") or "").strip() or None
    element.result_variable = (item.get("resultVariable") or "").strip() or None


def _user_task(element: model.Element) -> model.UserTask:
    if element.user_task is None:
        element.user_task = model.UserTask()
    return element.user_task


def _assignment(item: Node, element: model.Element) -> None:
    task = _user_task(element)
    task.assignee = _value(item, "assignee")
    task.candidate_groups = _value(item, "candidateGroups")
    task.candidate_users = _value(item, "candidateUsers")


def _schedule(item: Node, element: model.Element) -> None:
    task = _user_task(element)
    task.due_date = _value(item, "dueDate")
    task.follow_up_date = _value(item, "followUpDate")


def _priority(item: Node, element: model.Element) -> None:
    _user_task(element).priority = _value(item, "priority")


def _form(item: Node, element: model.Element) -> None:
    task = _user_task(element)
    task.form_id = _value(item, "formId") or _value(item, "formKey")
    task.external_form = _value(item, "externalReference")
    task.form_binding = item.get("bindingType", "latest")


def _called_element(item: Node, element: model.Element) -> None:
    element.called = model.Called(
        id=_value(item, "processId") or "",
        binding=item.get("bindingType", "latest"),
        version_tag=_value(item, "versionTag"),
        propagate_parent=item.get("propagateAllParentVariables", "true").strip().lower() != "false",
        propagate_child=item.get("propagateAllChildVariables", "true").strip().lower() != "false",
    )


def _called_decision(item: Node, element: model.Element) -> None:
    element.called = model.Called(
        id=_value(item, "decisionId") or "",
        binding=item.get("bindingType", "latest"),
        version_tag=_value(item, "versionTag"),
        result_variable=_value(item, "resultVariable"),
    )
    element.result_variable = _value(item, "resultVariable")


def _ad_hoc(item: Node, element: model.Element) -> None:
    element.active_elements = _value(item, "activeElementsCollection")
    element.output_collection = _value(item, "outputCollection")
    element.output_element = _value(item, "outputElement")


def _value(item: Node, attribute: str) -> str | None:
    return (item.get(attribute) or "").strip() or None


READERS = {
    "ioMapping": _io_mapping,
    "taskDefinition": _task_definition,
    "taskHeaders": _headers,
    "properties": _properties,
    "script": _script,
    "userTask": lambda item, element: _user_task(element) and None,
    "assignmentDefinition": _assignment,
    "taskSchedule": _schedule,
    "priorityDefinition": _priority,
    "formDefinition": _form,
    "userTaskForm": lambda item, element: None,
    "calledElement": _called_element,
    "calledDecision": _called_decision,
    "adHoc": _ad_hoc,
}
