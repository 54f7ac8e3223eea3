"""How each kind of node is compiled, one module a family."""

from engine.feel.closures import calls, literals, loops, operators, paths, tests

__all__ = ["calls", "literals", "loops", "operators", "paths", "tests"]
