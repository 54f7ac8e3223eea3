"""DMN decisions: a file in, an immutable model out, evaluated with a trace of the rules that matched."""

from engine.dmn.errors import DmnError, DmnFinding
from engine.dmn.folder import in_folder
from engine.dmn.model import Decision, DecisionModel, DecisionResult, MatchedRule, TableTrace
from engine.dmn.parser import parse_dmn

__all__ = [
    "Decision",
    "DecisionModel",
    "DecisionResult",
    "DmnError",
    "DmnFinding",
    "MatchedRule",
    "TableTrace",
    "in_folder",
    "parse_dmn",
]
