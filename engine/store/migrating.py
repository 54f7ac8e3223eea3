"""Brings a database to the newest schema with the packaged Alembic migrations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

if TYPE_CHECKING:
    from engine.store.transact import Store

FOLDER = Path(__file__).parent / "migrations"


def configuration(url: str) -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(store: Store) -> None:
    """Run the migrations that are missing, in one transaction, one process at a time."""
    config = configuration(store.url)
    with store.engine.connect().execution_options(writing=True) as connection:
        if store.is_sqlite:
            # SQLite changes a table by making it anew, for which nothing may be checked that points to it meanwhile.
            _foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                if not store.is_sqlite:
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7305201805071900)")
                    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                config.attributes["connection"] = connection
                config.attributes["keyring"] = store.keyring
                config.attributes["now"] = store.clock.now()
                before = MigrationContext.configure(connection).get_current_revision()
                command.upgrade(config, "head")
                changed = before != MigrationContext.configure(connection).get_current_revision()
                if (
                    changed
                    and store.is_sqlite
                    and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None
                ):
                    raise RuntimeError("After the migration a row points to nothing; nothing was changed.")
        finally:
            if store.is_sqlite:
                _foreign_keys(connection, "ON")
        if changed and before is not None and store.is_sqlite:
            # What was plain before stands in no free page of the file and in no log afterwards.
            driver: Any = connection.connection.driver_connection
            driver.execute("VACUUM")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _foreign_keys(connection: Connection, state: str) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys={state}")
