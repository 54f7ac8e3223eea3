"""Writes the Python text of one function: lines, blocks, and constants that are handed in by name, never as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

from engine.feel.limits import Beyond

MAX_LINES = 400
MAX_DEPTH = 40  # Python refuses a hundred
MAX_LOOPS = 8  # and twenty of these


class Source:
    """The lines so far. What a designer wrote is only ever a constant: no text of theirs becomes a line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 1
        self.loops = 0
        self.count = 0
        self.constants: dict[str, Any] = {}

    def line(self, text: str) -> None:
        """One more line; ``Beyond`` when it becomes too many."""
        if len(self.lines) >= MAX_LINES:
            raise Beyond
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """The lines inside belong to ``head``, as in ``if x:``."""
        self.line(head)
        loops = head.startswith("for ")
        self.depth += 1
        self.loops += loops
        if self.depth > MAX_DEPTH or self.loops > MAX_LOOPS:
            raise Beyond
        yield
        self.depth -= 1
        self.loops -= loops

    def fresh(self) -> str:
        """The name of a new variable."""
        self.count += 1
        return f"v{self.count}"

    def constant(self, value: Any) -> str:
        """The name under which the function finds ``value``."""
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def function(self, head: list[str], helpers: Mapping[str, Any]) -> Callable[..., Any]:
        """The function ``run``, made of ``head`` and the lines; it sees ``helpers`` and the constants, nothing else."""
        module = compile("\n".join([*head, *self.lines]), "<feel>", "exec")
        (code,) = (part for part in module.co_consts if isinstance(part, CodeType))
        names = {name: helpers[name] for name in code.co_names if name in helpers}
        return FunctionType(code, {**names, **self.constants, "__builtins__": {}}, "run")
