"""Advice about names, and about who does a task, with what, by when."""

from __future__ import annotations

from engine.bpmn.advice.remarks import Remarks
from engine.bpmn.model import ACTIVITIES, Process


def look(process: Process, remarks: Remarks) -> None:
    """Look at every element by itself."""
    people = [element for element in process.elements.values() if element.kind == "userTask"]
    timed = sum(bool(element.user_task and element.user_task.due_date) for element in people)
    for element in process.elements.values():
        named = bool(element.name.strip())
        if not named and (element.kind in ACTIVITIES or (element.event_kind not in ("none", "link"))):
            remarks.say("label.missing", element)
        if not named and element.kind in ("exclusiveGateway", "inclusiveGateway") and len(element.outgoing) > 1:
            remarks.say("label.choice", element)
    for element in people:
        task = element.user_task
        if task is None or not (task.assignee or task.candidate_groups or task.candidate_users):
            remarks.say("task.nobody", element)
        if task is None or not (task.form_id or task.external_form):
            remarks.say("task.no-form", element)
        if timed * 2 > len(people) and not (task and task.due_date):
            remarks.say("task.no-due-date", element)
