"""Brings a database to the newest schema with the packaged Alembic migrations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

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
    with store.engine.connect().execution_options(writing=True) as connection, connection.begin():
        if not store.is_sqlite:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7305201805071900)")
        config.attributes["connection"] = connection
        config.attributes["keyring"] = store.keyring
        config.attributes["now"] = store.clock.now()
        command.upgrade(config, "head")
