"""The table of the dialect, element by element: supported or refused, as the models and refusals show it.

``python -m tests.conformance.suite.table`` prints the page ``docs/conformance.md``.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from tests.conformance.suite.features import ATTRIBUTES, NOT_RUN, dialect, features
from tests.conformance.suite.models import MODELS

PATTERNS = {
    1: "Sequence", 2: "Parallel split", 3: "Synchronization", 4: "Exclusive choice", 5: "Simple merge", 6: "Multi-choice",
    7: "Structured synchronizing merge", 8: "Multi-merge", 9: "Structured discriminator", 10: "Arbitrary cycles",
    11: "Implicit termination", 12: "Multiple instances without synchronization",
    13: "Multiple instances with a priori design-time knowledge", 14: "Multiple instances with a priori run-time knowledge",
    16: "Deferred choice", 17: "Interleaved parallel routing", 19: "Cancel task", 20: "Cancel case", 21: "Structured loop",
    22: "Recursion", 23: "Transient trigger", 24: "Persistent trigger", 25: "Cancel region",
    26: "Cancel multiple instance activity", 27: "Complete multiple instance activity", 29: "Cancelling discriminator",
    30: "Structured partial join", 32: "Cancelling partial join", 33: "Generalized AND-join",
    34: "Static partial join for multiple instances", 35: "Cancelling partial join for multiple instances",
    37: "Local synchronizing merge", 38: "General synchronizing merge", 40: "Interleaved routing", 41: "Thread merge",
    42: "Thread split", 43: "Explicit termination",
}  # fmt: skip
NOT_EXPRESSIBLE = {
    15: "Multiple instances without a priori run-time knowledge: the number of instances is known when they begin",
    18: "Milestone: BPMN has no state that enables an activity only while it lasts",
    28: "Blocking discriminator: a complex gateway takes late tokens, it does not hold the next round back",
    31: "Blocking partial join: as the blocking discriminator",
    36: "Dynamic partial join for multiple instances: as pattern 15",
    39: "Critical section: BPMN has no lock between activities",
}


@cache
def covered() -> dict[str, list[str]]:
    """Each element and attribute with the names of the models that show it."""
    found: dict[str, list[str]] = defaultdict(list)
    for model in MODELS:
        completed = model.expected.split(" | ")[0].split()
        for feature in features(model.all_files(), completed):
            found[feature].append(model.name)
    return dict(found)


def rows() -> list[tuple[str, str, str]]:
    """What, supported or refused, shown by what."""
    shown = covered()
    done = [(name, "supported", ", ".join(shown.get(name, [])[:3])) for name in dialect()]
    return done + [(name, "refused", rule) for name, rule in sorted(NOT_RUN.items())]


def text() -> str:
    """The table for a terminal."""
    lines = [f"{name:<52} {state:<10} {by if state == 'refused' else ''}".rstrip() for name, state, by in rows()]
    patterns = {number for model in MODELS for number in model.patterns}
    lines.append(f"{len(MODELS)} models, {len(patterns)} of the 43 workflow control-flow patterns")
    return "\n".join(lines)


def page() -> str:
    """The page of the documentation."""
    shown = covered()
    lines = [
        "# What runs and what is refused",
        "",
        "Made from the models in `tests/conformance/suite` by `python -m tests.conformance.suite.table`: every model is run,",
        "its full trace is compared, and what it shows is read from its diagram. Nothing is in this list without a model.",
        "",
        "## Elements",
        "",
        "| element | | models |",
        "|---|---|---|",
    ]
    named = dialect()
    lines += [f"| {name} | supported | {_names(shown[name])} |" for name in named if name not in ATTRIBUTES]
    lines += ["", "## Attributes and extensions", "", "| attribute | what it does | models |", "|---|---|---|"]
    lines += [f"| {name} | {meaning} | {_names(shown[name])} |" for name, meaning in ATTRIBUTES.items()]
    lines += [
        "",
        "## Refused",
        "",
        "`siproc lint` names the element, its line and the reason.",
        "",
        "| construct | rule |",
        "|---|---|",
    ]
    lines += [f"| {name} | `{rule}` |" for name, rule in sorted(NOT_RUN.items())]
    lines += ["", "## Workflow control-flow patterns", "", "| | pattern | model |", "|---|---|---|"]
    for number in range(1, 44):
        by = [model.name for model in MODELS if number in model.patterns]
        lines.append(f"| {number} | {PATTERNS.get(number) or NOT_EXPRESSIBLE[number]} | {_names(by) if by else '–'} |")
    return "\n".join(lines) + "\n"


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


if __name__ == "__main__":
    print(page(), end="")
