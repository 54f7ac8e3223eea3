"""The graph of what requires what: references to nothing and circles are findings; which inputs lie behind a part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.dmn.errors import DmnFinding
from engine.dmn.model import DecisionModel, InputData, Part, Service
from engine.dmn.nodes import Node, nearest_line


def hrefs_of(part: Part) -> list[str]:
    """What a part refers to."""
    if isinstance(part, InputData):
        return []
    if isinstance(part, Service):
        return [*part.outputs, *part.encapsulated, *part.input_decisions, *part.input_data]
    return part.needs


def target(model: DecisionModel, href: str) -> tuple[DecisionModel, Part | None]:
    """The model and part that ``href`` points to."""
    namespace, _, id = href.rpartition("#")
    if namespace and namespace != model.namespace and namespace in model.imports:
        model = model.imports[namespace][1]
    return model, model.parts.get(id)


def check_requirements(model: DecisionModel, nodes: Mapping[str, Node]) -> Iterator[DmnFinding]:
    """Findings about references; ``nodes`` are the places of parts by id."""
    for part in model.parts.values():
        line = nearest_line(nodes[part.id])
        for href in hrefs_of(part):
            if target(model, href)[1] is None:
                yield DmnFinding(
                    "requirement.missing",
                    f"«{part.name[:80]}» se refiere a «{href[:120]}», que no existe.",
                    f"“{part.name[:80]}” refers to “{href[:120]}”, which does not exist.",
                    part.id,
                    line,
                )
    for part in _circular(model):
        yield DmnFinding(
            "requirement.cycle",
            f"«{part.name[:80]}» depende de sí misma.",
            f"“{part.name[:80]}” depends on itself.",
            part.id,
            nearest_line(nodes[part.id]),
        )


def _circular(model: DecisionModel) -> list[Part]:
    """Decisions and services that lie on a circle; a knowledge model may call itself."""
    waiting = {
        part.id: {
            other.id
            for href in (part.needs if not isinstance(part, (InputData, Service)) else ())
            for owner, other in [target(model, href)]
            if other is not None and owner is model and type(other) is type(part) and other is not part
        }
        for part in model.parts.values()
        if type(part).__name__ == "Decision"
    }
    own = [part for part in model.parts.values() if part.id in waiting and f"#{part.id}" in hrefs_of(part)]
    free = [id for id, needs in waiting.items() if not needs]
    needed_by: dict[str, list[str]] = {}
    for id, needs in waiting.items():
        for other in needs:
            needed_by.setdefault(other, []).append(id)
    while free:
        done = free.pop()
        for id in needed_by.get(done, ()):
            waiting[id].discard(done)
            if not waiting[id]:
                free.append(id)
    return own + [model.parts[id] for id, needs in waiting.items() if needs]


def inputs_behind(model: DecisionModel, part: Part) -> list[str]:
    """Names of the input data that a decision needs, directly or through others."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    todo = [(model, href) for href in hrefs_of(part)]
    while todo:
        owner, other = target(*todo.pop())
        if other is None or (owner.namespace, other.id) in seen:
            continue
        seen.add((owner.namespace, other.id))
        if isinstance(other, InputData):
            found.add(other.name)
        else:
            todo.extend((owner, href) for href in hrefs_of(other))
    return sorted(found)
