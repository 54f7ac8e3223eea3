"""A diagram made ready to run: SpiffWorkflow specs built from our model, with every expression compiled.

Specs are immutable once built and shared by all instances and threads of a process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from engine.bpmn import model
from engine.bpmn.expressions import Value, compile_text
from engine.feel import FeelSyntaxError

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution
    from engine.bpmn.instance import Token


@dataclass(frozen=True, slots=True)
class FlowSpec:
    """A sequence flow, ready to be taken."""

    id: str
    name: str
    target: ElementSpec
    condition: Value | None


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """An input or output mapping, ready to be applied; ``path`` is the target split at its dots."""

    source: Value
    path: tuple[str, ...]


class CompileError(Exception):
    """A text of the diagram is no valid expression; ``attribute`` says which, ``error`` why."""

    def __init__(self, element: model.Element | model.Flow, attribute: str, error: FeelSyntaxError) -> None:
        super().__init__(f"{element.id} {attribute}: {error}")
        self.element = element
        self.attribute = attribute
        self.error = error


class ElementSpec(BpmnTaskSpec):  # type: ignore[misc]
    """A flow node that tokens pass. Subclasses in ``elements/`` say what happens there."""

    kinds: ClassVar[tuple[str, ...]] = ()

    def __init__(self, process: ProcessSpec, element: model.Element) -> None:
        super().__init__(process, element.id, documentation=element.documentation)
        self.bpmn_id, self.bpmn_name = element.id, element.name
        self.process = process
        self.element = element
        self.flows: list[FlowSpec] = []
        self.boundaries: list[ElementSpec] = []
        self.inside: ContentSpec | None = None
        self.default: str | None = element.default
        self.throws_signal = element.kind in {"intermediateThrowEvent", "endEvent"} and any(
            event is not None and event.kind == "signal" for event in (element.event, *element.further_events)
        )
        self.inputs_mapped = self.mappings(element.inputs, "zeebe:input")
        self.outputs_mapped = self.mappings(element.outputs, "zeebe:output")
        self.prepare()

    # -- building ----------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Compile what this kind of element needs; called once, while the spec is built."""

    def value(self, text: str | None, attribute: str) -> Value | None:
        """Compile ``text``; None stays None. Raises ``CompileError``."""
        if text is None:
            return None
        try:
            return compile_text(text)
        except FeelSyntaxError as error:
            raise CompileError(self.element, attribute, error) from error

    def mappings(self, items: list[model.Mapping], attribute: str) -> tuple[MappingSpec, ...]:
        """Compile input or output mappings."""
        return tuple(
            MappingSpec(self.value(item.source, attribute) or Value("", None), tuple(item.target.split(".")))
            for item in items
        )

    # -- SpiffWorkflow's hooks ---------------------------------------------------------------------------------------

    def _on_ready(self, my_task: Token) -> None:
        pass  # SpiffWorkflow would insist on an incoming flow here; an event subprocess has none

    def _run_hook(self, my_task: Token) -> bool | None:
        execution = my_task.workflow.execution
        assert execution is not None
        return True if self.enter(execution, my_task) else None

    def _on_complete(self, my_task: Token) -> None:
        execution = my_task.workflow.execution
        assert execution is not None
        self.complete(execution, my_task)

    def _on_cancel(self, my_task: Token) -> None:
        pass

    def _on_error(self, my_task: Token) -> None:
        pass

    # -- what an element does ----------------------------------------------------------------------------------------

    def enter(self, x: Execution, token: Token) -> bool:
        """A token arrived. Returns True if the element is done at once, False if it waits."""
        return True

    def complete(self, x: Execution, token: Token) -> None:
        """The element is done: note it and send tokens on."""
        x.finish(token)
        x.leave(token)

    def inside_done(self, x: Execution, token: Token, scope: Any) -> None:
        """The last token inside is gone (subprocesses, call activities)."""
        token.complete()

    def triggered(self, x: Execution, token: Token, subscription: Any, variables: dict[str, Any]) -> None:
        """What ``token`` waited for has come (catch events, receive tasks, event-based gateways)."""
        x.write_result(token, variables)
        token.complete()


class ContentSpec:
    """What lies directly inside a process or subprocess."""

    def __init__(self) -> None:
        self.starts: list[ElementSpec] = []  # none start events, else elements without incoming flows
        self.event_starts: list[ElementSpec] = []  # message, timer, signal start events of a process
        self.event_subprocesses: list[ElementSpec] = []
        self.links: dict[str, ElementSpec] = {}
        self.elements: list[ElementSpec] = []


class ProcessSpec(WorkflowSpec):  # type: ignore[misc]
    """A process, ready to run. ``definition_id`` and ``version`` are set where it is deployed."""

    def __init__(self, process: model.Process) -> None:
        super().__init__(name=process.id, filename=process.file)
        self.model = process
        self.definition_id: UUID | None = None
        self.version = 0
        self.content = ContentSpec()
        self._reach: dict[str, dict[str, frozenset[str]]] = {}

    @property
    def id(self) -> str:
        """Id of the process."""
        return self.model.id

    def spec(self, element_id: str) -> ElementSpec | None:
        """The spec of the element ``element_id``."""
        return self.task_specs.get(element_id)  # type: ignore[no-any-return]

    def reach(self, join: ElementSpec) -> dict[str, frozenset[str]]:
        """For each incoming flow of ``join``: the elements from which a token can come to it without passing the join."""
        cached = self._reach.get(join.name)
        if cached is None:
            cached = self._reach[join.name] = {flow: self._upstream(join, flow) for flow in join.element.incoming}
        return cached

    def _upstream(self, join: ElementSpec, flow_id: str) -> frozenset[str]:
        elements, flows = self.model.elements, self.model.flows
        seen: set[str] = set()
        todo = [flows[flow_id].source]
        while todo:
            name = todo.pop()
            if name in seen or name == join.name:
                continue
            seen.add(name)
            element = elements[name]
            todo.extend(flows[flow].source for flow in element.incoming)
            if element.attached_to:
                todo.append(element.attached_to)
            if element.kind == "intermediateCatchEvent" and element.event_kind == "link" and element.event:
                todo.extend(
                    other.id
                    for other in elements.values()
                    if other.kind == "intermediateThrowEvent"
                    and other.event is not None
                    and other.event.kind == "link"
                    and other.event.name == element.event.name
                    and other.parent == element.parent
                )
        return frozenset(seen)
