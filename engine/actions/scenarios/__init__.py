"""Scenarios: what a procedure has to do, told case by case in YAML that a designer reads, and played on the real engine."""

from engine.actions.scenarios.coverage import Coverage, ProcessCoverage, TableCoverage
from engine.actions.scenarios.playing import Played, Stage
from engine.actions.scenarios.reading import Decisions, Scenario, ScenarioError, parse, read
from engine.actions.scenarios.rehearsing import Rehearser

__all__ = [
    "Coverage",
    "Decisions",
    "Played",
    "ProcessCoverage",
    "Rehearser",
    "Scenario",
    "ScenarioError",
    "Stage",
    "TableCoverage",
    "parse",
    "read",
]
