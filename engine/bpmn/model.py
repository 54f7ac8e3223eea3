"""What a diagram says: our own plain picture of a BPMN file, with lines, before anything is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

EventKind = Literal[
    "none", "message", "timer", "signal", "conditional", "error", "escalation", "compensation", "link", "cancel",
    "terminate",
]  # fmt: skip
TimerKind = Literal["date", "duration", "cycle"]

TASKS = frozenset(
    {"task", "userTask", "manualTask", "scriptTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask"}
)
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = TASKS | SUBPROCESSES | {"callActivity"}
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS


@dataclass(slots=True)
class Mapping:
    """One ``zeebe:input`` or ``zeebe:output``: the FEEL (or literal) source and the target variable path."""

    source: str
    target: str
    line: int | None = None


@dataclass(slots=True)
class Event:
    """The event definition of an event, with the names that its references point to."""

    kind: EventKind = "none"
    name: str | None = None  # message, signal, link
    code: str | None = None  # error, escalation; None catches all
    correlation_key: str | None = None
    message_id: str | None = None
    time_to_live: str | None = None
    timer: TimerKind | None = None
    expression: str | None = None  # timer text, condition text
    activity: str | None = None  # compensation: the activity asked for
    wait_for_completion: bool = True
    line: int | None = None


@dataclass(slots=True)
class Loop:
    """Multi-instance or standard loop characteristics of an activity."""

    kind: Literal["parallel", "sequential", "standard"]
    collection: str | None = None
    item: str | None = None
    output_collection: str | None = None
    output_element: str | None = None
    cardinality: str | None = None
    completion_condition: str | None = None
    condition: str | None = None  # standard loop
    test_before: bool = False
    maximum: int | None = None
    behavior: Literal["None", "One", "All", "Complex"] = "All"
    behavior_event: Event | None = None
    complex_behaviors: list[tuple[str, Event]] = field(default_factory=list)
    line: int | None = None


@dataclass(slots=True)
class UserTask:
    """Who should do a user task, with which form, by when; texts are literal or FEEL (``=``)."""

    form_id: str | None = None
    external_form: str | None = None
    form_binding: str = "latest"
    assignee: str | None = None
    candidate_groups: str | None = None
    candidate_users: str | None = None
    due_date: str | None = None
    follow_up_date: str | None = None
    priority: str | None = None


@dataclass(slots=True)
class Called:
    """What a call activity or a business rule task calls."""

    id: str
    binding: Literal["latest", "deployment", "versionTag"] = "latest"
    version_tag: str | None = None
    result_variable: str | None = None
    propagate_parent: bool = True
    propagate_child: bool = True


@dataclass(slots=True)
class Flow:
    """A sequence flow."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None = None
    line: int | None = None


@dataclass(slots=True)
class Element:
    """A flow node: a task, subprocess, call activity, gateway or event. ``parent`` is its enclosing subprocess."""

    id: str
    kind: str
    name: str = ""
    line: int | None = None
    parent: str | None = None
    documentation: str = ""
    incoming: list[str] = field(default_factory=list)
    outgoing: list[str] = field(default_factory=list)
    default: str | None = None
    lane: str | None = None
    event: Event | None = None
    further_events: list[Event] = field(default_factory=list)  # of a multiple event: any is caught, all are thrown
    attached_to: str | None = None
    interrupting: bool = True
    parallel_multiple: bool = False
    instantiate: bool = False
    exclusive_instantiation: bool = True
    for_compensation: bool = False
    compensation_handler: str | None = None  # of a compensation boundary event
    triggered_by_event: bool = False
    loop: Loop | None = None
    start_quantity: int = 1
    completion_quantity: int = 1
    inputs: list[Mapping] = field(default_factory=list)
    outputs: list[Mapping] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    job_type: str | None = None
    retries: str | None = None
    script: str | None = None
    result_variable: str | None = None
    foreign_script: bool = False
    user_task: UserTask | None = None
    called: Called | None = None
    activation_condition: str | None = None  # complex gateway
    completion_condition: str | None = None  # ad-hoc
    active_elements: str | None = None  # ad-hoc, zeebe
    output_collection: str | None = None
    output_element: str | None = None
    cancel_remaining: bool = True
    ordering: str = "Parallel"

    @property
    def is_activity(self) -> bool:
        """Whether this is a task, subprocess or call activity."""
        return self.kind in ACTIVITIES

    @property
    def is_container(self) -> bool:
        """Whether other elements lie inside."""
        return self.kind in SUBPROCESSES

    @property
    def event_kind(self) -> EventKind:
        """Kind of its event definition; "none" where it has none."""
        return self.event.kind if self.event else "none"


@dataclass(slots=True)
class Process:
    """One executable process of a file."""

    id: str
    name: str
    file: str
    line: int | None = None
    executable: bool = True
    version_tag: str | None = None
    documentation: str = ""
    elements: dict[str, Element] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)  # lane id -> name
    data_objects: dict[str, str] = field(default_factory=dict)

    def inside(self, parent: str | None) -> Iterator[Element]:
        """Elements that lie directly in the subprocess ``parent`` (None: in the process itself)."""
        return (element for element in self.elements.values() if element.parent == parent)

    def boundary_events(self, activity: str) -> Iterator[Element]:
        """Boundary events attached to ``activity``."""
        return (element for element in self.elements.values() if element.attached_to == activity)


@dataclass(slots=True)
class Definitions:
    """One parsed file: its processes and the diagram's text for showing."""

    file: str
    processes: list[Process] = field(default_factory=list)
