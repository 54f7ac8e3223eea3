"""The register of handlers: a job type, and the function that does such jobs."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from engine.errors import Text
from engine.runtime.jobs import BpmnError, Handler, Job

HANDLERS: dict[str, Handler] = {}


def handler(job_type: str) -> Callable[[Handler], Handler]:
    """Register a function as the handler of ``job_type``; a type has one handler."""

    def register(function: Handler) -> Handler:
        if job_type in HANDLERS:
            raise ValueError(f"the job type {job_type} has a handler already")
        HANDLERS[job_type] = function
        return function

    return register


class NoCase(BpmnError):
    """A handler that needs a case file ran in an instance that has none."""

    def __init__(self) -> None:
        super().__init__(
            "sin_expediente", Text("La instancia no tiene expediente.", "The instance has no case file.").es
        )


def case_of(job: Job) -> UUID:
    """The case file of a job. Raises ``NoCase``."""
    if job.case_id is None:
        raise NoCase
    return job.case_id


def text(job: Job, name: str, default: str = "") -> str:
    """A text among the job's variables."""
    value = job.variables.get(name)
    return value if isinstance(value, str) else default


def as_id(value: object) -> UUID | None:
    """An id written as text; None where it is none."""
    try:
        return UUID(str(value))
    except ValueError:
        return None
