"""The migrations make exactly the tables that the code declares."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine.store import Store
from engine.store.tables import Base


def test_a_migrated_database_has_the_declared_schema(empty_database_url: str) -> None:
    store = Store(empty_database_url)
    store.migrate()

    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, Base.metadata)

    store.close()
    assert differences == []


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.migrate()
    store.migrate()


def test_processes_that_migrate_at_once_wait_for_each_other(empty_database_url: str) -> None:
    stores = [Store(empty_database_url) for _ in range(3)]

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Store.migrate, stores))

    for store in stores:
        store.close()
