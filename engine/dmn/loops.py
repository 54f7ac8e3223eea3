"""Boxed filters and iterators: filter, for, some, every (DMN 1.5, 10.2.2.7 and on)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.dmn.compiling import Boxed, BoxedCompiler
from engine.dmn.model import Logic
from engine.dmn.nodes import Node
from engine.feel.frames import Frame
from engine.feel.operators import both, either
from engine.feel.sequences import items_of

if TYPE_CHECKING:
    from engine.dmn.run import Run

Join = Callable[[Any, Any], bool | None]


def filtered(compiler: BoxedCompiler, node: Node) -> Logic:
    """The items for which the condition is true."""
    source, match = compiler.part(node, "in"), compiler.part(node, "match")

    def keep(run: Run, frame: Frame) -> Any:
        items = source(run, frame)
        if items is None:
            return None
        kept = []
        for item in items if isinstance(items, list) else [items]:
            run.account.charge(1)
            bound = {"item": item, **item} if isinstance(item, dict) else {"item": item}
            verdict = match(run, frame.inner(bound))
            if verdict is True:
                kept.append(item)
            elif verdict is not False:
                run.account.warn(
                    "la condición del filtro no dio verdadero ni falso",
                    "the filter's condition gave neither true nor false",
                )
                return None
        return kept

    return keep


def _iterated(compiler: BoxedCompiler, node: Node, body: str) -> tuple[str, Logic, Logic]:
    name = node.get("iteratorVariable", "").strip()
    source = compiler.part(node, "in")
    with compiler.scope([name]):
        return name, source, compiler.part(node, body)


def for_each(compiler: BoxedCompiler, node: Node) -> Logic:
    """The result for every item; ``partial`` holds those before."""
    name, source, body = _iterated(compiler, node, "return")

    def loop(run: Run, frame: Frame) -> Any:
        items = items_of(run.account, source(run, frame))
        if items is None:
            return None
        run.account.size(len(items))
        collected: list[Any] = []
        for item in items:
            run.account.charge(1)
            collected.append(body(run, frame.inner({name: item, "partial": collected})))
        return collected

    return loop


def _quantified(compiler: BoxedCompiler, node: Node, join: Join, start: bool) -> Logic:
    name, source, body = _iterated(compiler, node, "satisfies")

    def decide(run: Run, frame: Frame) -> Any:
        items = items_of(run.account, source(run, frame))
        if items is None:
            return None
        result: bool | None = start
        for item in items:
            run.account.charge(1)
            result = join(result, body(run, frame.inner({name: item})))
        return result

    return decide


def some(compiler: BoxedCompiler, node: Node) -> Logic:
    """Whether the condition is true of any item."""
    return _quantified(compiler, node, either, False)


def every(compiler: BoxedCompiler, node: Node) -> Logic:
    """Whether the condition is true of all items."""
    return _quantified(compiler, node, both, True)


LOOPS: dict[str, Boxed] = {"filter": filtered, "for": for_each, "some": some, "every": every}
