"""Reads the pictures of the procedures: shapes, edges and labels with their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).parents[2]
PROCEDURES = sorted((ROOT / "processes").rglob("*.bpmn"))
NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "dd": "http://www.omg.org/spec/DD/20100524/DI",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
}
FRAMES = {"participant", "lane"}


@dataclass(frozen=True)
class Box:
    """A rectangle on the page."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box, margin: float = 0) -> bool:
        """Whether the two have points in common, ``margin`` apart."""
        return (
            self.x < other.x + other.width + margin
            and other.x < self.x + self.width + margin
            and self.y < other.y + other.height + margin
            and other.y < self.y + self.height + margin
        )

    def holds(self, other: Box) -> bool:
        """Whether ``other`` lies inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )


@dataclass
class Picture:
    """One diagram: what is drawn where."""

    file: Path
    root: etree._Element
    kinds: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    shapes: dict[str, Box] = field(default_factory=dict)
    edges: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)

    def elements(self) -> Iterator[etree._Element]:
        """Everything inside the process that has an id."""
        process = self.root.find("bpmn:process", NS)
        assert process is not None
        for node in process.iter():
            if isinstance(node.tag, str) and node.get("id") and etree.QName(node).namespace == NS["bpmn"]:
                yield node

    def around(self, id: str) -> Iterator[str]:
        """What ``id`` lies in, from the inside out."""
        while id in self.parents:
            id = self.parents[id]
            yield id

    def segments(self, edge: str) -> Iterator[Box]:
        """The straight pieces of an edge as flat boxes."""
        points = self.edges[edge]
        for (x1, y1), (x2, y2) in pairwise(points):
            yield Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))


def read(file: Path) -> Picture:
    """Read one diagram."""
    picture = Picture(file, etree.parse(file).getroot())
    for node in picture.root.iter():
        if not isinstance(node.tag, str) or not node.get("id"):
            continue
        tag, id = etree.QName(node).localname, node.get("id", "")
        picture.kinds[id] = tag
        parent = node.getparent()
        if parent is not None and parent.get("id"):
            picture.parents[id] = parent.get("id", "")
        if node.get("attachedToRef"):
            picture.hosts[id] = node.get("attachedToRef", "")
        if tag == "sequenceFlow":
            picture.ends[id] = (node.get("sourceRef", ""), node.get("targetRef", ""))
    for shape in picture.root.iterfind(".//di:BPMNShape", NS):
        bounds = shape.find("dc:Bounds", NS)
        assert bounds is not None
        picture.shapes[shape.get("bpmnElement", "")] = _box(bounds)
    for edge in picture.root.iterfind(".//di:BPMNEdge", NS):
        picture.edges[edge.get("bpmnElement", "")] = [
            (float(point.get("x", 0)), float(point.get("y", 0))) for point in edge.iterfind("dd:waypoint", NS)
        ]
    for label in picture.root.iterfind(".//di:BPMNLabel/dc:Bounds", NS):
        owner = next(label.iterancestors(f"{{{NS['di']}}}BPMNShape", f"{{{NS['di']}}}BPMNEdge"))
        picture.labels[owner.get("bpmnElement", "")] = _box(label)
    return picture


def _box(bounds: etree._Element) -> Box:
    return Box(*(float(bounds.get(name, 0)) for name in ("x", "y", "width", "height")))
