"""Checks files together before anything is stored: each by itself, then what they call of one another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.bpmn.advice import advise
from engine.bpmn.builder import build
from engine.bpmn.findings import Findings
from engine.bpmn.parser import parse_bpmn
from engine.bpmn.specs import ProcessSpec
from engine.clock import SystemClock
from engine.definitions import firewall, starting
from engine.definitions.starting import ASKS
from engine.dmn import DmnError, parse_dmn
from engine.errors import DefinitionError, Finding, Text
from engine.forms import Form, parse_form


@dataclass(slots=True)
class Checked:
    """Files that were read: what they hold, and every finding."""

    processes: dict[str, tuple[str, ProcessSpec]] = field(default_factory=dict)  # process id -> file, spec
    decisions: dict[str, tuple[str, str]] = field(default_factory=dict)  # decision id -> file, name
    forms: dict[str, tuple[str, Form]] = field(default_factory=dict)  # form id -> file, form
    findings: list[Finding] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether any finding is an error."""
        return any(item.severity == "error" for item in self.findings)


def check(
    files: Mapping[str, bytes],
    *,
    known_process: Callable[[str], bool] = lambda id: False,
    known_decision: Callable[[str], bool] = lambda id: False,
    known_form: Callable[[str], bool] = lambda id: False,
    task_types: Collection[str] | None = None,
    references: bool = True,
    now: datetime | None = None,
) -> Checked:
    """Read BPMN, DMN and form files.

    ``known_…`` say what is deployed already; ``task_types`` are the handlers that exist (None: any is accepted with a
    warning); with ``references`` False, what is called may be missing. Never raises on bad input.
    """
    checked = Checked()
    for name, content in files.items():
        if name.endswith((".bpmn", ".bpmn20.xml")):
            _processes(checked, name, content)
        elif name.endswith(".dmn"):
            _decisions(checked, name, content)
        elif name.endswith(".form"):
            _form(checked, name, content)
    for name, spec in checked.processes.values():
        checked.findings.extend(firewall.check_process(spec.model, name))
        checked.findings.extend(starting.check_process(spec.model, name))
    if references:
        for name, spec in checked.processes.values():
            _references(checked, name, spec, known_process, known_decision, known_form, task_types)
    checked.findings.extend(advise([spec for _, spec in checked.processes.values()], now or SystemClock().now()))
    return checked


def _processes(checked: Checked, name: str, content: bytes) -> None:
    definitions, items = parse_bpmn(content, name)
    findings = Findings(name, list(items))
    runnable = [process for process in definitions.processes if process.executable]
    if not findings.refused and not runnable:
        process = definitions.processes[0]
        findings.refuse(
            "process.not-executable",
            "Ningún proceso del archivo está marcado como ejecutable.",
            "No process of the file is marked as executable.",
            id=process.id,
            name=process.name,
            line=process.line,
        )
    for process in runnable:
        mine = Findings(name)
        spec = build(process, mine) if not findings.refused else None
        findings.items.extend(mine.items)
        if spec is None:
            continue
        if process.id in checked.processes:
            findings.refuse(
                "process.duplicate",
                "El proceso «{id_}» ya está en el archivo {other}.",
                "The process “{id_}” is in the file {other} already.",
                id=process.id,
                line=process.line,
                id_=process.id,
                other=checked.processes[process.id][0],
            )
        else:
            checked.processes[process.id] = (name, spec)
    checked.findings.extend(findings.items)


def _decisions(checked: Checked, name: str, content: bytes) -> None:
    try:
        model = parse_dmn(content, name)
    except DmnError as error:
        for item in error.findings:
            checked.findings.append(
                Finding(item.rule, "error", Text(item.es, item.en), item.element_id, None, item.line, name)
            )
        return
    for decision in model.decisions.values():
        if decision.id in checked.decisions:
            checked.findings.append(
                Finding(
                    "decision.duplicate",
                    "error",
                    Text(
                        "La decisión «{id}» ya está en el archivo {other}.",
                        "The decision “{id}” is in the file {other} already.",
                        {"id": decision.id, "other": checked.decisions[decision.id][0]},
                    ),
                    decision.id,
                    decision.name,
                    None,
                    name,
                )
            )
        checked.decisions[decision.id] = (name, decision.name)


def _form(checked: Checked, name: str, content: bytes) -> None:
    try:
        form = parse_form(content, name)
    except DefinitionError as error:
        checked.findings.extend(error.findings)
        return
    checked.forms[form.id] = (name, form)
    checked.findings.extend(firewall.check_form(form, name))


def _references(
    checked: Checked,
    name: str,
    spec: ProcessSpec,
    known_process: Callable[[str], bool],
    known_decision: Callable[[str], bool],
    known_form: Callable[[str], bool],
    task_types: Collection[str] | None,
) -> None:
    findings = Findings(name)
    for element in spec.model.elements.values():
        where = {"id": element.id, "name": element.name, "line": element.line}
        called = element.called.id if element.called else ""
        if called and not called.startswith("="):
            if element.kind == "callActivity" and called not in checked.processes and not known_process(called):
                findings.refuse("reference.process", "El proceso «{called}» que se llama no existe.",
                                "The called process “{called}” does not exist.", called=called, **where)  # type: ignore[arg-type]  # fmt: skip
            found = checked.processes.get(called)
            if element.kind == "callActivity" and found is not None and not found[1].content.starts:
                findings.refuse("reference.start", "El proceso «{called}» que se llama no tiene un inicio sin disparador.",
                                "The called process “{called}” has no start without a trigger.", called=called, **where)  # type: ignore[arg-type]  # fmt: skip
            if element.kind == "businessRuleTask" and called not in checked.decisions and not known_decision(called):
                findings.refuse("reference.decision", "La decisión «{called}» no existe.",
                                "The decision “{called}” does not exist.", called=called, **where)  # type: ignore[arg-type]  # fmt: skip
        form_id = element.user_task.form_id if element.user_task else element.properties.get(ASKS)
        if form_id and not form_id.startswith("=") and form_id not in checked.forms and not known_form(form_id):
            findings.refuse("reference.form", "El formulario «{form}» no existe.",
                            "The form “{form}” does not exist.", form=form_id, **where)  # type: ignore[arg-type]  # fmt: skip
        if task_types is not None and element.job_type and not element.job_type.startswith("="):
            if element.job_type not in task_types:
                findings.refuse("reference.task-type", "Nadie sabe hacer tareas de tipo «{type_}».",
                                "Nobody can do tasks of type “{type_}”.", type_=element.job_type, **where)  # type: ignore[arg-type]  # fmt: skip
    checked.findings.extend(findings.items)
