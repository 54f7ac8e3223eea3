"""Turns trees into closures: each node becomes one Python function of a frame; where a name lives is found beforehand.

The scopes of the compiler mirror the frames of the evaluation, innermost last. A filter's scope is open: the entries of
the item are names too, and only the evaluation knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from engine.feel.calling import invoke_named
from engine.feel.frames import Closure, Frame
from engine.feel.reader import Node
from engine.feel.sequences import range_items as _range_items
from engine.feel.values import FeelFunction

Handler = Callable[..., Closure]
HANDLERS: dict[str, Handler] = {}
OPEN: set[str] = set()  # the scope of a filter, compared by identity


def compiles(kind: str) -> Callable[[Handler], Handler]:
    """Declare how nodes of one kind are compiled: a function of the compiler and the node's parts."""

    def declare(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return declare


class Compiler:
    """Compiles one tree.

    ``builtins`` are found where no name in scope hides them; ``declared`` are names that the caller may bind;
    ``free`` collects the names that are read; ``weight`` counts nodes; ``exact`` says whether there is arithmetic, and
    ``captures`` whether there are function values, which keep the frame they are made in.
    """

    def __init__(self, builtins: Mapping[str, FeelFunction], declared: Iterable[str] = ()) -> None:
        self.builtins = builtins
        self.declared = frozenset(declared)
        self.free: set[str] = set()
        self.scopes: list[set[str]] = []
        self.weight = 0
        self.exact = False
        self.captures = False

    def compile(self, node: Node) -> Closure:
        """The closure of a node."""
        self.weight += 1
        return HANDLERS[node[0]](self, *node[1:])

    def inside(self, scope: set[str], node: Node) -> Closure:
        """The closure of a node whose frame lies inside the present one."""
        self.scopes.append(scope)
        closure = self.compile(node)
        self.scopes.pop()
        return closure

    def measured(self, make: Callable[[], Closure]) -> tuple[Closure, int, bool]:
        """A closure, how many nodes it has, and whether it makes function values."""
        before, captured = self.weight, self.captures
        self.captures = False
        closure = make()
        captures, self.captures = self.captures, captured or self.captures
        return closure, self.weight - before, captures

    def depth_of(self, name: str) -> tuple[int, bool]:
        """How many frames further out a name is bound, and whether a filter's item may hide that."""
        dynamic = False
        for depth, scope in enumerate(reversed(self.scopes)):
            if scope is OPEN:
                dynamic = True
                if name == "item":
                    return depth, dynamic
            elif name in scope:
                return depth, dynamic
        if name != "?":
            self.free.add(name)
        return len(self.scopes), dynamic

    def is_local(self, name: str) -> bool:
        """Whether an enclosing scope of the expression binds the name."""
        return any(name in scope for scope in self.scopes)


__all__ = ["Closure", "Compiler", "Frame", "_range_items", "compiles", "invoke_named"]
