"""How refusals are worded: one function that collects a finding about an element."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.errors import Finding, Text


@dataclass(slots=True)
class Findings:
    """Collects the findings about one file."""

    file: str
    items: list[Finding] = field(default_factory=list)

    def refuse(
        self,
        rule: str,
        es: str,
        en: str,
        *,
        id: str | None = None,
        name: str | None = None,
        line: int | None = None,
        **values: object,
    ) -> None:
        """Note a reason for which the definition is not accepted."""
        self._add("error", rule, es, en, id, name, line, values)

    def warn(
        self,
        rule: str,
        es: str,
        en: str,
        *,
        id: str | None = None,
        name: str | None = None,
        line: int | None = None,
        **values: object,
    ) -> None:
        """Note something that a good colleague would mention."""
        self._add("warning", rule, es, en, id, name, line, values)

    def _add(
        self,
        severity: str,
        rule: str,
        es: str,
        en: str,
        id: str | None,
        name: str | None,
        line: int | None,
        values: dict[str, object],
    ) -> None:
        text = Text(es, en, {key: shorten(value) for key, value in values.items()})
        self.items.append(Finding(rule, severity, text, id, name or None, line, self.file))  # type: ignore[arg-type]

    @property
    def refused(self) -> bool:
        """Whether anything was found for which the file is not accepted."""
        return any(item.severity == "error" for item in self.items)


def shorten(value: object, limit: int = 120) -> str:
    """The text of ``value``, cut where a hostile file would make a message of megabytes."""
    text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
