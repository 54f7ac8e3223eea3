"""XML namespaces of the dialect and the two helpers that read tags by them."""

from __future__ import annotations

from typing import Any

from lxml import etree

# An element of lxml, whose stubs do not know that it has a line.
Node = Any

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

# Namespaces in which other engines keep what *they* execute: silently dropping it would run another process.
OTHER_ENGINES = {
    "http://camunda.org/schema/1.0/bpmn": "Camunda 7",
    "http://activiti.org/bpmn": "Activiti",
    "http://flowable.org/bpmn": "Flowable",
    "http://spiffworkflow.org/bpmn/schema/1.0/core": "SpiffArena",
    "http://www.jboss.org/drools": "jBPM",
    "http://b3mn.org/stencilset/bpmn2.0#": "",
}


def local(element: Node) -> str:
    """Tag name without its namespace; "" for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def namespace(element: Node) -> str:
    """Namespace of the tag; "" where it has none."""
    return (etree.QName(element).namespace or "") if isinstance(element.tag, str) else ""
