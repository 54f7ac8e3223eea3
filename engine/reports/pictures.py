"""Draws a diagram as SVG from where its shapes stand: small, without a script, good on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from lxml import etree

from engine.dmn.xml import parse_xml

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DD = "{http://www.omg.org/spec/DD/20100524/DI}"
MARGIN, LETTER, LINE = 10, 6.1, 13
INK, PAPER, BLUE, SAND = "#1f2933", "#ffffff", "#e7f0fa", "#fff8e6"
MARKS = {"userTask": "☺", "sendTask": "✉", "serviceTask": "⚙", "scriptTask": "≡", "businessRuleTask": "▦"}
SIGNS = {"message": "✉", "timer": "◷", "signal": "△", "error": "↯", "escalation": "⇧", "conditional": "☰", "compensate": "«",
         "link": "➔", "terminate": "●"}  # fmt: skip
GATES = {
    "exclusiveGateway": "✕",
    "parallelGateway": "+",
    "inclusiveGateway": "○",
    "eventBasedGateway": "⬠",
    "complexGateway": "✱",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page."""

    x: float
    y: float
    width: float
    height: float


def svg(content: bytes) -> str:
    """The picture of a BPMN file. Raises ``XmlError`` for what is no XML; what has no place is left out."""
    root = parse_xml(content, max_elements=60_000, max_depth=128)
    nodes = {node.get("id", ""): node for node in root.iter() if isinstance(node.tag, str) and node.get("id")}
    shapes, labels, edges = _places(root)
    if not shapes:
        return '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
    left = min(box.x for box in shapes.values()) - MARGIN
    top = min(box.y for box in shapes.values()) - MARGIN
    width = max(box.x + box.width for box in shapes.values()) + MARGIN - left
    height = max(box.y + box.height for box in shapes.values()) + MARGIN - top
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" font-family="Arial, sans-serif" font-size="11" fill="{PAPER}" stroke="{INK}">'
        '<defs><marker id="a" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 1 10 5 0 9z" fill="{INK}"/></marker></defs>'
    ]
    frames = ("participant", "lane", "subProcess", "adHocSubProcess", "transaction")
    order = sorted(shapes, key=lambda id: (_kind(nodes.get(id)) not in frames, -shapes[id].width))
    parts += [
        piece for id in order if _kind(nodes.get(id)) in frames for piece in _shape(nodes[id], shapes[id], labels)
    ]
    for id, points in edges.items():
        path = " ".join(f"{x:g} {y:g}" for x, y in points)
        parts.append(f'<path d="M{path}" fill="none" marker-end="url(#a)"/>')
        name = nodes[id].get("name") if id in nodes else None
        if name and id in labels:
            parts += _text(name, labels[id])
    parts += [
        piece
        for id in order
        if id in nodes and _kind(nodes[id]) not in frames
        for piece in _shape(nodes[id], shapes[id], labels)
    ]
    return "".join(parts) + "</svg>"


def _places(root: etree._Element) -> tuple[dict[str, Box], dict[str, Box], dict[str, list[tuple[float, float]]]]:
    shapes, labels, edges = {}, {}, {}
    for shape in root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge"):
        id = shape.get("bpmnElement", "")
        bounds, label = shape.find(f"{DC}Bounds"), shape.find(f"{DI}BPMNLabel/{DC}Bounds")
        if bounds is not None:
            shapes[id] = _box(bounds)
        if label is not None:
            labels[id] = _box(label)
        points = [(_number(point, "x"), _number(point, "y")) for point in shape.iterfind(f"{DD}waypoint")]
        if len(points) > 1:
            edges[id] = points
    return shapes, labels, edges


def _box(bounds: etree._Element) -> Box:
    return Box(*(_number(bounds, name) for name in ("x", "y", "width", "height")))


def _number(node: etree._Element, name: str) -> float:
    try:
        found = float(node.get(name, "0"))
    except ValueError:
        return 0.0
    return found if abs(found) < 1e6 else 0.0  # neither infinite nor nothing at all


def _kind(node: etree._Element | None) -> str:
    return etree.QName(node).localname if node is not None else ""


def _shape(node: etree._Element, box: Box, labels: dict[str, Box]) -> Iterator[str]:
    kind, name, id = _kind(node), node.get("name", ""), node.get("id", "")
    x, y, width, height = box.x, box.y, box.width, box.height
    rectangle = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    if kind in ("participant", "lane"):
        yield f'{rectangle} fill="none"/>'
        yield _sideways(name, Box(x, y, 30, height))
    elif kind.endswith("Event"):
        yield from _event(node, kind, box)
        if name:
            yield from _text(name, labels.get(id, Box(x - 25, y + height + 2, width + 50, LINE)))
    elif kind.endswith("Gateway"):
        middle = f"{x + width / 2:g} {y:g} {x + width:g} {y + height / 2:g} {x + width / 2:g} {y + height:g} {x:g} {y + height / 2:g}"
        yield f'<polygon points="{middle}"/>{_sign(GATES.get(kind, ""), box, 20)}'
        if name:
            yield from _text(name, labels.get(id, Box(x - 20, y - LINE - 2, width + 40, LINE)))
    elif kind in ("subProcess", "adHocSubProcess", "transaction"):
        event = node.get("triggeredByEvent") == "true"
        colour, dots = (SAND, ' stroke-dasharray="3 3"') if event else (PAPER, "")
        yield f'{rectangle} rx="10" fill="{colour}"{dots}/>'
        yield from _text(name, Box(x, y + 6, width, LINE))
    else:
        call = kind == "callActivity"
        yield f'{rectangle} rx="8" fill="{BLUE if call else PAPER}" stroke-width="{3 if call else 1}"/>'
        if kind in MARKS:
            yield f'<text x="{x + 5:g}" y="{y + 15:g}" font-size="13" fill="{INK}" stroke="none">{MARKS[kind]}</text>'
        yield from _text(name, Box(x + 4, y + 4, width - 8, height - 8), inside=True)


def _event(node: etree._Element, kind: str, box: Box) -> Iterator[str]:
    x, y, radius = box.x + box.width / 2, box.y + box.height / 2, box.width / 2
    dashed = ' stroke-dasharray="4 3"' if "false" in (node.get("cancelActivity"), node.get("isInterrupting")) else ""
    yield f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" stroke-width="{3 if kind == "endEvent" else 1}"{dashed}/>'
    if kind in ("boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"):
        yield f'<circle cx="{x:g}" cy="{y:g}" r="{max(radius - 3, 1):g}"{dashed}/>'
    definition = next((item for item in node if _kind(item).endswith("EventDefinition")), None)
    if definition is not None:
        yield _sign(SIGNS.get(_kind(definition).removesuffix("EventDefinition"), ""), box, 16)


def _sign(sign: str, box: Box, size: int) -> str:
    x, y = box.x + box.width / 2, box.y + box.height / 2 + size * 0.36
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="middle" fill="{INK}" stroke="none">{sign}</text>'


def _text(text: str, box: Box, *, inside: bool = False) -> Iterator[str]:
    """Words on as many lines as they need: in the middle of a box, or from its top where they only stand beside."""
    lines = _wrapped(text, box.width if inside else max(box.width, 40) + 12)
    x = box.x + box.width / 2
    y = box.y + box.height / 2 - (len(lines) - 1) * LINE / 2 + 4 if inside else box.y + 10
    spans = "".join(
        f'<tspan x="{x:g}" y="{y + number * LINE:g}">{escape(line)}</tspan>' for number, line in enumerate(lines)
    )
    yield f'<text text-anchor="middle" fill="{INK}" stroke="none">{spans}</text>'


def _sideways(text: str, box: Box) -> str:
    x, y = box.x + box.width / 2 + 4, box.y + box.height / 2
    return f'<text transform="translate({x:g} {y:g}) rotate(-90)" text-anchor="middle" fill="{INK}" stroke="none">{escape(text)}</text>'


def _wrapped(text: str, width: float) -> list[str]:
    most = max(int(width / LETTER), 6)
    lines: list[str] = []
    for word in text[:300].split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]
