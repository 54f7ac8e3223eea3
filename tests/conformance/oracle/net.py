"""Nets to play: plain data that the token game reads, and the same net in the notation of test diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

WAITS = frozenset({"user", "service", "catch", "eventbased"})


@dataclass(frozen=True)
class Loop:
    """``parallel`` or ``sequential`` with ``times`` and perhaps ``enough`` completions; ``standard`` with ``times`` at most."""

    kind: str
    times: int
    enough: int | None = None
    test_before: bool = False
    while_at_least: int | None = None  # standard: go on while x is at least this


@dataclass
class Node:
    """One element. ``event`` is its kind and name, as in ``signal g``; ``level`` what lies inside."""

    id: str
    kind: str
    event: str = ""
    quiet: bool = False
    host: str | None = None
    level: Level | None = None
    loop: Loop | None = None
    default: str | None = None

    @property
    def trigger(self) -> tuple[str, str]:
        """Kind and name of its event."""
        kind, _, name = self.event.partition(" ")
        return kind, name


@dataclass(frozen=True)
class Flow:
    """A sequence flow, taken if ``x`` is at least ``least`` (None: without a condition)."""

    id: str
    source: str
    target: str
    least: int | None = None


@dataclass
class Level:
    """What lies directly inside a process or subprocess."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def incoming(self, id: str) -> list[Flow]:
        """Flows that lead to ``id``."""
        return [flow for flow in self.flows if flow.target == id]

    def outgoing(self, id: str) -> list[Flow]:
        """Flows that leave ``id``."""
        return [flow for flow in self.flows if flow.source == id]

    def boundaries(self, id: str) -> list[Node]:
        """Boundary events of ``id``."""
        return [node for node in self.nodes.values() if node.host == id]

    def handlers(self) -> list[Node]:
        """Event subprocesses."""
        return [node for node in self.nodes.values() if node.kind == "event"]

    def all_nodes(self) -> Iterator[Node]:
        """Every node here and further inside."""
        for node in self.nodes.values():
            yield node
            if node.level is not None:
                yield from node.level.all_nodes()


def start_of(level: Level) -> Node:
    """The start event of a level."""
    return next(node for node in level.nodes.values() if node.kind == "start")


def notation(level: Level, indent: str = "") -> str:
    """The net as the text that ``diagram.bpmn`` reads."""
    lines: list[str] = []
    for node in level.nodes.values():
        lines += [indent + line for line in _lines(node, indent)]
    for flow in level.flows:
        condition = f" [x >= {flow.least}]" if flow.least is not None else ""
        lines.append(f"{indent}{flow.source} -> {flow.target}{condition} #{flow.id}")
    return "\n".join(lines)


def _lines(node: Node, indent: str) -> list[str]:
    head = f"{node.kind} {node.id}" + (f" on {node.host}" if node.host else "")
    parts = [_event(node)] if node.event else []
    if node.kind == "service":
        parts.append("job work")
    if node.quiet:
        parts.append("quiet")
    if node.default:
        parts.append(f"default {node.default}")
    parts += _loop(node.loop) if node.loop else []
    text = " ; ".join([head, *parts])
    if node.level is None:
        return [text]
    inside = notation(node.level, indent + "  ").splitlines()
    return [text + ":", *(line[len(indent) :] for line in inside)]


def _event(node: Node) -> str:
    kind, name = node.trigger
    if kind == "timer":
        return "timer R/PT1H" if node.quiet and node.kind in {"boundary", "start"} else "timer PT1H"
    if kind == "message":
        return f"message {name} =key"
    return f"{kind} {name}".strip()


def _loop(loop: Loop) -> list[str]:
    if loop.kind == "standard":
        parts = [f"max {loop.times}"]
        parts += ["testBefore"] if loop.test_before else []
        return [*parts, f"loop =x >= {loop.while_at_least}"] if loop.while_at_least is not None else parts
    parts = [f"times ={loop.times}"]
    parts += ["sequential"] if loop.kind == "sequential" else []
    return [*parts, f"until =numberOfCompletedInstances >= {loop.enough}"] if loop.enough is not None else parts
