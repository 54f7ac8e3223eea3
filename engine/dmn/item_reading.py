"""Reads item definitions, and brings those of imported models under the import's name."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dmn.compiling import BoxedCompiler
from engine.dmn.nodes import Node, child, children, text_of
from engine.dmn.types import ItemType, Types


def read_items(compiler: BoxedCompiler, root: Node) -> None:
    """Take the item definitions of a file into the compiler's types; unknown and endless references are findings."""
    nodes = children(root, "itemDefinition")
    for node in nodes:
        item = _item(compiler, node)
        if not item.name or item.name in compiler.types.items:
            compiler.refuse(
                "type.name",
                f"Al tipo le falta el nombre, o «{item.name[:80]}» se repite.",
                f"The type has no name, or “{item.name[:80]}” is repeated.",
                node,
            )
        compiler.types.items[item.name] = item
    for node in nodes:
        for part in compiler.types.items[node.get("name", "").strip()].walk():
            if part.base is not None and not compiler.types.knows(part.base):
                compiler.refuse(
                    "type.unknown",
                    f"El tipo «{part.base[:80]}» no existe.",
                    f"There is no type “{part.base[:80]}”.",
                    node,
                )
            elif part.base is not None and _endless(compiler.types, part):
                compiler.refuse(
                    "type.cycle",
                    f"El tipo «{part.name[:80]}» se define por sí mismo.",
                    f"The type “{part.name[:80]}” is defined by itself.",
                    node,
                )


def component_names(types: Types) -> Iterator[str]:
    """Names of all components."""
    for item in types.items.values():
        for part in item.walk():
            yield from part.components


def imported(alias: str, types: Types) -> dict[str, ItemType]:
    """The types of an imported model under its import's name; without a name, as they are."""
    if not alias:
        return dict(types.items)
    return {f"{alias}.{name}": _renamed(item, alias, types) for name, item in types.items.items()}


def _renamed(item: ItemType, alias: str, types: Types) -> ItemType:
    return ItemType(
        item.name,
        f"{alias}.{item.base}" if item.base in types.items else item.base,
        {name: _renamed(part, alias, types) for name, part in item.components.items()},
        item.is_collection,
        item.is_function,
        f"{alias}.{item.result}" if item.result in types.items else item.result,
        item.allowed,
        item.constraint,
    )


def _item(compiler: BoxedCompiler, node: Node) -> ItemType:
    base, allowed, constraint = (child(node, name) for name in ("typeRef", "allowedValues", "typeConstraint"))
    function = child(node, "functionItem")
    written = (base.text or "").strip() if base is not None else node.get("typeRef")
    result = function.get("outputTypeRef") if function is not None else None
    return ItemType(
        node.get("name", "").strip(),
        compiler.types.spelled(written) if written else None,
        {part.get("name", "").strip(): _item(compiler, part) for part in children(node, "itemComponent")},
        node.get("isCollection", "false") in ("true", "1"),
        function is not None,
        compiler.types.spelled(result) if result else None,
        compiler.tests(text_of(allowed), allowed) if allowed is not None else None,
        compiler.tests(text_of(constraint), constraint) if constraint is not None else None,
    )


def _endless(types: Types, item: ItemType) -> bool:
    """Whether following the bases of a type never ends; a component may hold its own structure."""
    seen: set[str] = set()
    here: ItemType | None = item
    while here is not None and here.base is not None:
        if here.base in seen:
            return True
        seen.add(here.base)
        here = types.items.get(here.base)
    return False
