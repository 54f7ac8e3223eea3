"""Numbers that are given once and leave no gap: one counter for each office, year and series."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.dialects import postgresql, sqlite

from engine.casework import offices
from engine.store import Context
from engine.store.tables.casework import FolioCounter


def next_number(context: Context, office_code: str, year: int, series: str) -> int:
    """The next number of a series.

    The counter stays locked until the transaction ends, and a transaction that is undone gives its number back.
    """
    on_sqlite = context.session.get_bind().dialect.name == "sqlite"
    row = sqlite.insert(FolioCounter) if on_sqlite else postgresql.insert(FolioCounter)
    rise = row.values(office_code=office_code, year=year, series=series, last=1).on_conflict_do_update(
        index_elements=[FolioCounter.office_code, FolioCounter.year, FolioCounter.series],
        set_={"last": FolioCounter.last + 1},
    )
    number: int = context.session.execute(rise.returning(FolioCounter.last)).scalar_one()
    return number


def year_at(context: Context, office_code: str) -> int:
    """The year that the calendar on the office's wall shows now."""
    return context.now.astimezone(ZoneInfo(offices.facts(context, office_code).timezone)).year
