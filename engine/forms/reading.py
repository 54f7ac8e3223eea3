"""One reading of what was sent: answers by kind, rows numbered anew, problems held until it is known what counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import Text
from engine.forms import messages
from engine.forms.kinds import KINDS
from engine.forms.messages import Problem
from engine.forms.model import Field, Place, Repeating
from engine.forms.sending import Received
from engine.forms.situation import Situation
from engine.forms.standing import Standing, get, over, put


class Reading:
    """One reading of what was sent: rows numbered anew without the blank ones, values nested, problems by place."""

    def __init__(
        self,
        index: Mapping[str, Place],
        blank: Mapping[str, Any],
        received: Received,
        situation: Situation,
        *,
        blank_rows: bool = False,
    ) -> None:
        self.index = index
        self.blank = blank
        self.received = received
        self.situation = situation
        self.blank_rows = blank_rows
        self.values: dict[str, Any] = {}
        self.problems: dict[str, Text] = {}
        self.rows = {name: self._kept(name) for name, place in index.items() if isinstance(place.component, Repeating)}

    def read(self) -> None:
        """Read every answer of the form."""
        for name, place in self.index.items():
            component = place.component
            if isinstance(component, Repeating):
                put(self.values, name.split("."), [{} for _ in self.rows[name]])
            elif "*" not in name:
                self._read(component, name, name)
            else:
                listed, _, inner = name.partition(".*.")
                for position, number in enumerate(self.rows[listed]):
                    self._read(component, f"{listed}.{number}.{inner}", f"{listed}.{position}.{inner}")

    def faults(self, standing: Standing) -> dict[str, Text]:
        """What is wrong with the answers that count, under the names they were sent by."""
        faults: dict[str, Text] = {}
        for name, place in self.index.items():
            if isinstance(place.component, Repeating):
                self._row_count(name, place.component, standing, faults)
            elif "*" not in name:
                self._fault(place.component, name, name, standing, faults)
            else:
                listed, _, inner = name.partition(".*.")
                for position, number in enumerate(self.rows[listed]):
                    here = f"{listed}.{position}.{inner}"
                    self._fault(place.component, here, f"{listed}.{number}.{inner}", standing, faults)
        return faults

    def _read(self, component: Field, sent: str, name: str) -> None:
        if component.locked or component.kind not in KINDS:
            return
        situation = self.situation
        if component.options_from is not None:
            situation = situation.seeing(over(self.blank, self.values))
        try:
            value = KINDS[component.kind].read(component, self.received.answers.get(sent), situation)
        except Problem as problem:
            self.problems[name] = problem.text
            value = None
        self._put(name, [] if value is None and component.many else value)

    def _put(self, name: str, value: Any) -> None:
        listed, found, inner = self._split(name)
        if found:
            put(get(self.values, listed.split("."))[int(inner.split(".")[0])], inner.split(".")[1:], value)
        else:
            put(self.values, name.split("."), value)

    def _get(self, name: str) -> Any:
        listed, found, inner = self._split(name)
        if found:
            return get(get(self.values, listed.split("."))[int(inner.split(".")[0])], inner.split(".")[1:])
        return get(self.values, name.split("."))

    def _split(self, name: str) -> tuple[str, bool, str]:
        segments = name.split(".")
        for at, segment in enumerate(segments):
            if segment.isdigit():
                return ".".join(segments[:at]), True, ".".join(segments[at:])
        return name, False, ""

    def _fault(self, component: Field, name: str, sent: str, standing: Standing, faults: dict[str, Text]) -> None:
        if name not in standing.shown or component.locked:
            return
        value = self._get(name)
        if name in self.problems:
            faults[sent] = self.problems[name]
        elif name in standing.required and (value is None or value == [] or (component.kind == "tick" and not value)):
            faults[sent] = KINDS[component.kind].missing
        elif name in standing.disagreeing:
            said = component.agrees_message
            faults[sent] = Text(said, said) if said else messages.DISAGREES

    def _row_count(self, name: str, component: Repeating, standing: Standing, faults: dict[str, Text]) -> None:
        if name not in standing.shown:
            return
        count = len(self.rows[name])
        least = max(component.min_rows, 1 if name in standing.required else 0)
        if count < least:
            faults[name] = messages.few_rows(least)
        elif count > component.max_rows:
            faults[name] = messages.many_rows(component.max_rows)

    def _kept(self, name: str) -> list[int]:
        sent = sorted(self.received.rows.get(name, ()))
        if self.blank_rows:
            return list(range(sent[-1] + 1)) if sent else []
        kept = []
        for number in sent:
            prefix = f"{name}.{number}."
            if any(key.startswith(prefix) and not _empty(raw) for key, raw in self.received.answers.items()):
                kept.append(number)
        return kept


def _empty(raw: Any) -> bool:
    if isinstance(raw, str):
        return not raw.strip()
    if isinstance(raw, list | tuple | Mapping):
        return all(_empty(item) for item in raw) if not isinstance(raw, Mapping) else not raw
    return raw is None or raw is False
