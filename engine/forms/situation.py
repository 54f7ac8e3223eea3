"""Where and when a form is filled in: the office's zone and country, the instant, and what expressions may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.forms.catalogues import CATALOGUES

HOME_ZONE = "America/Tegucigalpa"
HOME_REGION = "HN"
LISTS = ("agentes", "oficinas")  # what an expression may offer that is read only for the forms that name it


@dataclass(frozen=True, slots=True)
class Situation:
    """What the reading of an answer depends on besides the answer."""

    now: datetime
    zone: ZoneInfo
    region: str
    scope: Mapping[str, Any]

    @classmethod
    def of(cls, context: Mapping[str, Any], now: datetime) -> Situation:
        """From the context that expressions see; without an office, the one of Tegucigalpa."""
        office = context.get("office")
        office = office if isinstance(office, Mapping) else {}
        zone = str(office.get("timezone") or HOME_ZONE)
        region = str(office.get("country") or HOME_REGION)
        return cls(now, ZoneInfo(zone), region, {**CATALOGUES, **context})

    def seeing(self, values: Mapping[str, Any]) -> Situation:
        """The same, with ``values`` over what expressions already see."""
        return Situation(self.now, self.zone, self.region, {**self.scope, **values})
