"""What is personal is sealed, and persons are found by blind tokens

Revision ID: 0007
Revises: 0006
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import context, op

import engine.store.tables.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UtcDateTime = engine.store.tables.base.UtcDateTime
BATCH = 500

# table: its key, the columns that are sealed, and those of which only a digest stays (with the label of the digest)
TABLES: dict[str, tuple[str, str, dict[str, str]]] = {
    "person": (
        "id", "given_names first_surname second_surname name search_key alias dni birth_date sex municipality", {},
    ),
    "case_file": ("id", "title", {}),
    "timeline_entry": ("id", "text_es text_en data", {}),
    "note": ("id", "text", {}),
    "document": ("id", "subject addressee data void_reason content", {}),
    "notification": ("id", "text_es text_en", {}),
    "totp_secret": ("user_id", "secret", {}),
    "recovery": ("id", "reason", {}),
    "mail": ("id", "data", {}),
    "process_instance": ("id", "", {"start_key": "process_instance.start_key"}),
    "token": ("id", "data", {}),
    "scope": ("id", "variables data", {}),
    "subscription": ("id", "data", {"key": "message.key"}),
    "user_task": ("id", "draft", {}),
    "job": ("id", "data error", {}),
    "incident": ("id", "text_es text_en", {}),
    "message": ("id", "variables", {"key": "message.key"}),
    "step_history": ("instance_id version", "changes", {}),
    "command_key": ("key", "answer", {}),
}


def upgrade() -> None:
    op.create_table(
        "data_key",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master_id", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("retired_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_data_key")),
    )
    op.create_table(
        "person_token",
        sa.Column("token", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_token_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", "person_id", name=op.f("pk_person_token")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_person_token_person", "person_token", ["person_id"])
    op.create_index("ix_case_file_opened", "case_file", ["opened_at", "id"])
    connection, keyring = op.get_bind(), context.config.attributes["keyring"]
    keyring.begin(connection, context.config.attributes["now"])
    op.drop_index("ix_person_dni", "person")
    op.drop_index("ix_person_search", "person")
    for table, (_, sealed, blind) in TABLES.items():
        _to_bytes(connection, table, sealed.split())
        for rows in _batches(connection, table):
            _update(connection, table, [_sealed(keyring, table, row) for row in rows])
        _to_digests(table, list(blind))


def _to_bytes(connection: Any, table: str, names: list[str]) -> None:
    """Make bytes of texts, days and JSON: their characters in UTF-8, as they will be sealed."""
    if connection.dialect.name == "sqlite":
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, type_=sa.LargeBinary())
        return
    connection.exec_driver_sql("SET LOCAL datestyle = 'ISO'")
    changes = [
        f"ALTER COLUMN {name} TYPE bytea USING convert_to({name}::text, 'UTF8')" for name in names if name != "content"
    ]
    if changes:
        connection.exec_driver_sql(f"ALTER TABLE {table} {', '.join(changes)}")


def _to_digests(table: str, names: list[str]) -> None:
    with op.batch_alter_table(table) as batch:
        for name in names:
            batch.alter_column(name, type_=sa.String(22))


def _columns(table: str) -> list[str]:
    key, sealed, blind = TABLES[table]
    return [*key.split(), *sealed.split(), *blind]


def _batches(connection: Any, table: str) -> Iterator[list[dict[str, Any]]]:
    """All rows by key, some at a time."""
    key = TABLES[table][0].split()
    columns = ", ".join(f'"{name}"' for name in _columns(table))
    order = ", ".join(f'"{name}"' for name in key)
    last: dict[str, Any] | None = None
    while True:
        after = f"WHERE ({order}) > ({', '.join(f':{name}' for name in key)})" if last is not None else ""
        # Every name is of the table above; values are bound.
        query = sa.text(f'SELECT {columns} FROM "{table}" {after} ORDER BY {order} LIMIT {BATCH}')  # nosec B608
        rows = [dict(row) for row in connection.execute(query, last or {}).mappings()]
        if not rows:
            return
        last = {name: rows[-1][name] for name in key}
        yield rows


def _sealed(keyring: Any, table: str, row: dict[str, Any]) -> dict[str, Any]:
    _, sealed, blind = TABLES[table]
    if table == "subscription" and row["key"] is not None:
        # The key itself is sealed with the rest; its column keeps a digest.
        row["data"] = json.dumps(
            {**json.loads(row["data"]), "key": row["key"]}, ensure_ascii=False, separators=(",", ":")
        ).encode()
    done = dict(row)
    for name in sealed.split():
        if row[name] is not None:
            done[name] = keyring.seal(bytes(row[name]), f"{table}.{name}")
    for name, label in blind.items():
        if row[name] is not None:
            done[name] = urlsafe_b64encode(keyring.blind(row[name], label)[:16]).decode().rstrip("=")
    return done


def _update(connection: Any, table: str, rows: list[dict[str, Any]]) -> None:
    key, sealed, blind = TABLES[table]
    values = ", ".join(f'"{name}" = :{name}' for name in (*sealed.split(), *blind))
    where = " AND ".join(f'"{name}" = :{name}' for name in key.split())
    connection.execute(sa.text(f'UPDATE "{table}" SET {values} WHERE {where}'), rows)  # nosec B608 - names as above


def downgrade() -> None:
    raise NotImplementedError("What is sealed stays sealed.")
