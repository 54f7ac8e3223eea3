"""Looks into the XML of a model: tags, children and texts, without their namespaces."""

from __future__ import annotations

from lxml import etree

Node = etree._Element


def tag(node: Node) -> str:
    """Tag without namespace."""
    name = node.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def child(node: Node, *names: str) -> Node | None:
    """The first child with one of these tags."""
    return next((item for item in node if tag(item) in names), None)


def children(node: Node, *names: str) -> list[Node]:
    """All children with one of these tags."""
    return [item for item in node if tag(item) in names]


def text_of(node: Node | None) -> str:
    """The text of a ``text`` child."""
    inner = child(node, "text") if node is not None else None
    return (inner.text or "").strip() if inner is not None else ""


def nearest_id(node: Node) -> str | None:
    """The nearest id at or around a node."""
    here: Node | None = node
    while here is not None:
        if here.get("id"):
            return str(here.get("id"))
        here = here.getparent()
    return None


def nearest_line(node: Node) -> int | None:
    """The line of a node, from 1."""
    return node.sourceline if isinstance(node.sourceline, int) else None
