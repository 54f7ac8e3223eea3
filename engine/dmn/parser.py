"""Reads DMN files (1.1 to 1.6) into models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from engine.dmn.boxed import VALUES, signature
from engine.dmn.compiling import Boxed, BoxedCompiler
from engine.dmn.errors import DmnError, DmnFinding
from engine.dmn.item_reading import component_names, imported, read_items
from engine.dmn.loops import LOOPS
from engine.dmn.model import Decision, DecisionModel, InputData, KnowledgeModel, Part, Service
from engine.dmn.nodes import Node, child, children, nearest_id, nearest_line, tag
from engine.dmn.quick import quick_table
from engine.dmn.requirements import check_requirements, inputs_behind
from engine.dmn.table_reading import TABLES
from engine.dmn.types import Types
from engine.dmn.xml import XmlError, parse_xml

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "https://www.omg.org/spec/DMN/20240513/MODEL/",
)
KINDS: dict[str, Boxed] = {**VALUES, **LOOPS, **TABLES}
PARTS = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
MAX_MODELS = 50
Resolver = Callable[[str, str | None], bytes | None]


def parse_dmn(
    data: bytes, filename: str = "model.dmn", resolver: Resolver | None = None, *, tolerant: bool = False
) -> DecisionModel:
    """Read a decision file.

    ``resolver(namespace, location)`` gives the bytes of an imported file. Raises ``DmnError`` with every finding; a
    tolerant reading keeps the findings in the model, and what cannot be read evaluates to null.
    """
    return _Loader(resolver, tolerant).load(data, filename)


@dataclass(slots=True)
class _Loader:
    """The models of one reading: each file is read once, however often it is imported."""

    resolver: Resolver | None
    tolerant: bool
    models: dict[str, DecisionModel | None] = field(default_factory=dict)  # by namespace; None: being read

    def load(self, data: bytes, filename: str) -> DecisionModel:
        try:
            root = parse_xml(data)
        except XmlError as error:
            raise DmnError([DmnFinding("xml.refused", error.es, error.en, None, error.line, filename)]) from error
        namespace = str(root.tag).partition("}")[0].removeprefix("{")
        if tag(root) != "definitions" or namespace not in NAMESPACES:
            raise DmnError(
                [
                    DmnFinding(
                        "xml.not-dmn", "El archivo no es un modelo DMN.", "The file is no DMN model.", None, 1, filename
                    )
                ]
            )
        own = root.get("namespace", "")
        self.models[own] = None
        model = self.models[own] = _Reader(root, self).read()
        model.findings = [replace(item, file=item.file or filename) for item in model.findings]
        if model.findings and not self.tolerant:
            raise DmnError(model.findings)
        return model

    def imported(self, namespace: str, location: str | None) -> DecisionModel | str:
        """The model of a namespace, or why there is none."""
        if namespace in self.models:
            return self.models[namespace] or "import.cycle"
        data = self.resolver(namespace, location) if self.resolver is not None else None
        if data is None:
            return "import.missing"
        if len(self.models) >= MAX_MODELS:
            return "import.many"
        return self.load(data, location or namespace)


IMPORT_ERRORS = {
    "import.cycle": ("«{}» importa, al final, este mismo modelo.", "“{}” imports, in the end, this same model."),
    "import.missing": ("No se encontró el modelo importado «{}».", "The imported model “{}” was not found."),
    "import.many": ("«{}» ya no cabe: se importan demasiados modelos.", "“{}” is one too many: too many are imported."),
}


class _Reader:
    """Reads one file."""

    def __init__(self, root: Node, loader: _Loader) -> None:
        self.root = root
        self.loader = loader
        self.model = DecisionModel(root.get("namespace", ""), root.get("name", ""), Types({}))
        self.findings = self.model.findings
        self.nodes = children(root, *PARTS)
        self.names: dict[str, str] = {}  # of parts, by id
        self.places: dict[str, Node] = {}  # of parts, by id

    def read(self) -> DecisionModel:
        model = self.model
        for item in children(self.root, "import"):
            self.read_import(item)
        language = self.root.get("expressionLanguage", "")
        self.compiler = BoxedCompiler(KINDS, (), model.types, self.findings, language)
        read_items(self.compiler, self.root)
        for place, node in enumerate(self.nodes):
            self.names[node.get("id") or f"_{place}"] = _name(node)
        self.compiler = BoxedCompiler(KINDS, self.path_names(), model.types, self.findings, language)
        model.declared = frozenset({*self.names.values(), *(alias for alias, _ in model.imports.values())})
        for place, node in enumerate(self.nodes):
            self.add(self.part(node, node.get("id") or f"_{place}"), node)
        self.findings.extend(check_requirements(model, self.places))
        for decision in model.decisions.values():
            decision.inputs = inputs_behind(model, decision)
        model.complete()
        for decision in model.decisions.values():
            quick = quick_table(decision, model)
            names = {name for name in (decision.id, decision.name, decision.title) if model.find(name) is decision}
            if quick is not None:
                model.quick.update(dict.fromkeys(names, quick))
        return model

    def read_import(self, node: Node) -> None:
        if node.get("importType", "") not in NAMESPACES:
            return  # item definitions in XML Schema, or something else that is no decision
        namespace, alias = node.get("namespace", ""), node.get("name", "").strip()
        try:
            found = self.loader.imported(namespace, node.get("locationURI"))
        except DmnError as error:
            self.findings.extend(error.findings)
            return
        if isinstance(found, str):
            es, en = IMPORT_ERRORS[found]
            self.refuse(found, es.format(namespace[:120]), en.format(namespace[:120]), node)
            return
        self.model.imports[namespace] = (alias, found)
        self.model.types.items.update(imported(alias, found.types))

    def path_names(self) -> Iterator[str]:
        """Names that may follow a dot: components, columns, outputs, entries, what is imported; and names of types."""
        for node in self.root.iter("{*}column", "{*}output"):
            yield node.get("name", "").strip()
        for node in self.root.iter("{*}contextEntry"):
            variable = child(node, "variable")
            if variable is not None:
                yield variable.get("name", "").strip()
        yield from component_names(self.model.types)
        yield from self.model.types.items  # after "instance of"
        todo = [model for _, model in self.model.imports.values()]
        seen: set[int] = set()
        while todo:
            model = todo.pop()
            if id(model) not in seen:
                seen.add(id(model))
                yield from (part.name for part in model.parts.values())
                todo.extend(other for _, other in model.imports.values())
                yield from (alias for alias, _ in model.imports.values())
        for service in children(self.root, "decisionService"):  # the result of a service with several outputs
            for output in children(service, "outputDecision"):
                yield self.names.get(output.get("href", "").rpartition("#")[2], "")

    def part(self, node: Node, id: str) -> Part:
        """A part of the requirement graph."""
        kind, name, title = tag(node), _name(node), node.get("name", "").strip()
        if not name:
            self.refuse("part.name", "A un elemento le falta el nombre.", "A part has no name.", node)
        type_ = self.compiler.type_of(child(node, "variable"))
        needs = [item.get("href", "") for item in _references(node)]
        if kind == "inputData":
            return InputData(id, name, type_, title, self.compiler.types.plain(type_))
        if kind == "decisionService":
            outputs, inside, decisions, data = (
                [item.get("href", "") for item in children(node, group)]
                for group in ("outputDecision", "encapsulatedDecision", "inputDecision", "inputData")
            )
            return Service(id, name, type_, outputs, inside, decisions, data, title)
        self.compiler.reads = set()
        with self.compiler.scope([*self.visible(needs), name]):
            if kind == "decision":
                logic = self.compiler.inside(node)
                reads = frozenset(self.compiler.reads)
                return Decision(id, name, type_, logic, needs, title, reads=reads, line=nearest_line(node))
            body = child(node, "encapsulatedLogic")
            parameters, logic = signature(self.compiler, body) if body is not None else ([], None)
            return KnowledgeModel(id, name, type_, parameters, logic, needs, title)

    def visible(self, needs: list[str]) -> Iterator[str]:
        """The names that requirements make visible."""
        for href in needs:
            namespace, _, id = href.rpartition("#")
            if namespace in self.model.imports and namespace != self.model.namespace:
                alias, model = self.model.imports[namespace]
                part = model.parts.get(id)
                yield alias or (part.name if part is not None else "")
            else:
                yield self.names.get(id, "")

    def add(self, part: Part, node: Node) -> None:
        """Take a part into the model."""
        if part.id in self.model.parts:
            self.refuse(
                "part.duplicate-id",
                f"El identificador «{part.id[:80]}» se repite.",
                f"The id “{part.id[:80]}” is repeated.",
                node,
            )
            return
        self.model.parts[part.id] = part
        self.places[part.id] = node
        if isinstance(part, Decision):
            self.model.decisions[part.id] = part
        elif isinstance(part, Service):
            self.model.services[part.id] = part

    def refuse(self, rule: str, es: str, en: str, node: Node) -> None:
        self.findings.append(DmnFinding(rule, es, en, nearest_id(node), nearest_line(node)))


def _name(node: Node) -> str:
    """The name of a part's variable, which expressions use; else its own."""
    variable = child(node, "variable")
    written = variable.get("name", "") if variable is not None else ""
    return (written or node.get("name", "")).strip()


def _references(node: Node) -> Iterator[Node]:
    for requirement in children(node, "informationRequirement", "knowledgeRequirement"):
        yield from (reference for reference in requirement if reference.get("href"))
