"""What is wrong with a decision file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DmnFinding:
    """One reason to refuse a file: ``rule`` names it, ``line`` counts from 1."""

    rule: str
    es: str
    en: str
    element_id: str | None = None
    line: int | None = None
    file: str | None = None


class DmnError(Exception):
    """A decision file that is not accepted; ``findings`` lists every reason."""

    def __init__(self, findings: Sequence[DmnFinding]) -> None:
        super().__init__("; ".join(item.en for item in findings[:3]))
        self.findings = list(findings)
