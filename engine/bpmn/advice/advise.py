"""All advice about the processes of some files, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.bpmn.advice import choices, events, levels, net, tasks
from engine.bpmn.advice.remarks import Remarks
from engine.bpmn.specs import ProcessSpec
from engine.errors import Finding


def advise(specs: Sequence[ProcessSpec], now: datetime) -> list[Finding]:
    """Remarks about processes that are published together; what is sent and waited for is looked up among all."""
    traffic = events.traffic(specs)
    found: list[Finding] = []
    for spec in specs:
        remarks = Remarks(spec.model)
        graph = levels.graph(spec.model)
        tasks.look(spec.model, remarks)
        choices.look(spec, remarks)
        levels.look(graph, remarks)
        net.look(graph, remarks)
        events.look(spec, traffic, now, remarks)
        found.extend(remarks.items)
    return found
