"""A PostgreSQL schema of its own for a trial, dropped afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from engine.store.sealing.masters import use_for_trial


@contextmanager
def throwaway_schema(address: str) -> Iterator[str]:
    """Make a schema in the database at ``address`` and give an address whose tables are there; drop it at the end."""
    use_for_trial()
    url = make_url(address.replace("postgresql://", "postgresql+psycopg://", 1))
    name = f"siproc_run_{uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE SCHEMA "{name}"'))
        try:
            inside = url.update_query_dict({"options": f"-csearch_path={name}"})
            yield inside.render_as_string(hide_password=False)
        finally:
            with engine.connect() as connection:
                connection.execute(text(f'DROP SCHEMA "{name}" CASCADE'))
    finally:
        engine.dispose()
