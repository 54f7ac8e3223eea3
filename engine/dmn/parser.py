"""Reads DMN files (1.1 to 1.5) into models."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from engine.dmn.boxed import BoxedCompiler, child, children, tag, text_of
from engine.dmn.errors import DmnError, DmnFinding
from engine.dmn.model import Decision, DecisionModel, InputData, KnowledgeModel, Part, Service
from engine.dmn.types import SIMPLE, ItemType, Types
from engine.dmn.xml import XmlError, parse_xml

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "https://www.omg.org/spec/DMN/20240513/MODEL/",
)
MAX_IMPORTS = 20
Resolver = Callable[[str, str | None], bytes | None]


def parse_dmn(data: bytes, filename: str = "model.dmn", resolver: Resolver | None = None) -> DecisionModel:
    """Read a decision file.

    ``resolver(namespace, location)`` gives the bytes of an imported file. Raises ``DmnError`` with every finding.
    """
    return _parse(data, filename, resolver, 0)


def _parse(data: bytes, filename: str, resolver: Resolver | None, depth: int) -> DecisionModel:
    try:
        root = parse_xml(data)
    except XmlError as error:
        raise DmnError([DmnFinding("xml.refused", error.es, error.en, None, error.line)]) from error
    if tag(root) != "definitions" or etree.QName(root).namespace not in NAMESPACES:
        raise DmnError(
            [DmnFinding("xml.not-dmn", "El archivo no es un modelo DMN.", "The file is no DMN model.", None, root.sourceline)]
        )
    if depth > MAX_IMPORTS:
        raise DmnError(
            [DmnFinding("import.depth", "Los modelos se importan sin fin.", "Models import one another without end.")]
        )
    return _Reader(root, resolver, depth).read()


class _Reader:
    """Reads one file."""

    def __init__(self, root: etree._Element, resolver: Resolver | None, depth: int) -> None:
        self.root = root
        self.resolver = resolver
        self.depth = depth
        self.findings: list[DmnFinding] = []
        self.types = Types({})
        self.model = DecisionModel(root.get("namespace", ""), root.get("name", ""), self.types)
        self.compiler = BoxedCompiler((), self.types, self.findings)

    def read(self) -> DecisionModel:
        for item in children(self.root, "import"):
            self.read_import(item)
        self.compiler = BoxedCompiler(self.names(), self.types, self.findings)
        for item in children(self.root, "itemDefinition"):
            definition = self.item_type(item)
            self.types.items[definition.name] = definition
        for node in self.root:
            part = self.part(node)
            if part is not None:
                self.add(part, node)
        for decision in self.model.decisions.values():
            decision.inputs = sorted(self.inputs_of(decision, set()))
        if self.findings:
            raise DmnError(self.findings)
        return self.model

    def names(self) -> set[str]:
        """Every name of several words that an expression of this file may use."""
        found: set[str] = set()
        for node in self.root.iter():
            if not isinstance(node.tag, str):
                continue
            name = node.get("name")
            if name and tag(node) in NAMED:
                found.add(name.strip())
            variable = node.get("iteratorVariable")
            if variable:
                found.add(variable)
        for alias, model in self.model.imports.values():
            found.add(alias)
            found |= {part.name for part in model.parts.values()}
            found |= _component_names(model.types)
        return {name for name in found if name and len(name) <= 200}

    def read_import(self, node: etree._Element) -> None:
        namespace = node.get("namespace", "")
        if node.get("importType", "") not in NAMESPACES:
            return
        data = self.resolver(namespace, node.get("locationURI")) if self.resolver is not None else None
        if data is None:
            self.refuse("import.missing", f"No se encontró el modelo importado «{namespace[:120]}».",
                        f"The imported model “{namespace[:120]}” was not found.", node)  # fmt: skip
            return
        try:
            imported = _parse(data, namespace, self.resolver, self.depth + 1)
        except DmnError as error:
            self.findings.extend(error.findings)
            return
        alias = node.get("name", "")
        self.model.imports[namespace] = (alias, imported)
        for name, item in imported.types.items.items():
            self.types.items[f"{alias}.{name}" if alias else name] = _qualified(item, alias, imported.types)

    def item_type(self, node: etree._Element) -> ItemType:
        """One item definition or component."""
        base = child(node, "typeRef")
        allowed, constraint = child(node, "allowedValues"), child(node, "typeConstraint")
        name = node.get("name", "")
        reference = (base.text or "").strip() if base is not None else node.get("typeRef")
        return ItemType(
            name,
            reference if reference is None or reference in self.types.items else _simple(reference),
            {item.get("name", ""): self.item_type(item) for item in children(node, "itemComponent")},
            node.get("isCollection", "false") in ("true", "1"),
            child(node, "functionItem") is not None,
            self.compiler.tests(text_of(allowed), node) if allowed is not None else None,
            self.compiler.tests(text_of(constraint), node) if constraint is not None else None,
        )

    def part(self, node: etree._Element) -> Part | None:
        """A part of the requirement graph."""
        kind = tag(node)
        if kind not in ("inputData", "decision", "businessKnowledgeModel", "decisionService"):
            return None
        id, name = node.get("id", ""), node.get("name", "").strip()
        if not id or not name:
            self.refuse("part.id", "A un elemento le falta el identificador o el nombre.",
                        "A part has no id or no name.", node)  # fmt: skip
            return None
        variable = child(node, "variable")
        type_ = variable.get("typeRef") if variable is not None else None
        if variable is not None and variable.get("name"):
            name = variable.get("name", "").strip()
        if kind == "inputData":
            return InputData(id, name, type_)
        if kind == "decision":
            logic = self.compiler.inside(node)
            return Decision(id, name, type_, logic, self.needs(node), table=logic)
        if kind == "businessKnowledgeModel":
            body = child(node, "encapsulatedLogic")
            parameters, logic = self.compiler.function(body) if body is not None else ([], None)
            return KnowledgeModel(id, name, type_, parameters, logic, self.needs(node))
        return Service(
            id,
            name,
            type_,
            *(
                [item.get("href", "") for item in children(node, group)]
                for group in ("outputDecision", "encapsulatedDecision", "inputDecision", "inputData")
            ),
        )

    def needs(self, node: etree._Element) -> list[str]:
        """Hrefs of what a decision or knowledge model requires."""
        found = []
        for requirement in children(node, "informationRequirement", "knowledgeRequirement"):
            for reference in requirement:
                if reference.get("href"):
                    found.append(reference.get("href", ""))
        return found

    def add(self, part: Part, node: etree._Element) -> None:
        """Take a part into the model."""
        if f"#{part.id}" in self.model.parts:
            self.refuse("part.duplicate-id", f"El identificador «{part.id}» se repite.",
                        f"The id “{part.id}” is repeated.", node)  # fmt: skip
            return
        self.model.parts[f"#{part.id}"] = part
        if isinstance(part, Decision):
            self.model.decisions[part.id] = part
        elif isinstance(part, Service):
            self.model.services[part.id] = part

    def inputs_of(self, part: Part, seen: set[str]) -> set[str]:
        """Names of the input data that a decision needs, directly or through others."""
        found: set[str] = set()
        for href in getattr(part, "needs", ()):
            other = self.model.parts.get(f"#{href.rpartition('#')[2]}")
            if other is None or other.id in seen:
                continue
            seen.add(other.id)
            found |= {other.name} if isinstance(other, InputData) else self.inputs_of(other, seen)
        return found

    def refuse(self, rule: str, es: str, en: str, node: etree._Element) -> None:
        self.findings.append(DmnFinding(rule, es, en, node.get("id"), node.sourceline))


NAMED = frozenset(
    {
        "inputData", "decision", "businessKnowledgeModel", "decisionService", "variable", "formalParameter",
        "itemComponent", "column", "output", "parameter", "contextEntry",
    }
)  # fmt: skip


def _simple(reference: str) -> str:
    """A type name without the prefix that older files write (``feel:string``)."""
    bare = reference.rpartition(":")[2]
    return bare if bare in SIMPLE else reference


def _component_names(types: Types) -> set[str]:
    found: set[str] = set()
    todo = list(types.items.values())
    while todo:
        item = todo.pop()
        found |= set(item.components)
        todo.extend(item.components.values())
    return found


def _qualified(item: ItemType, alias: str, types: Types) -> ItemType:
    """An imported type under the import's name."""
    base = f"{alias}.{item.base}" if alias and item.base in types.items else item.base
    return ItemType(
        item.name,
        base,
        {name: _qualified(part, alias, types) for name, part in item.components.items()},
        item.is_collection,
        item.is_function,
        item.allowed,
        item.constraint,
    )
