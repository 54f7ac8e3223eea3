"""A database from before the encryption: its rows are sealed by the migration, none is lost, and nothing plain is left."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from alembic import command
from sqlalchemy import inspect, select, text

from engine.access.actors import SYSTEM
from engine.casework import finding, people
from engine.clock import MovableClock
from engine.store import Store
from engine.store.migrating import configuration
from engine.store.tables.casework import CaseFile, Document, Note, Person, TimelineEntry
from engine.store.tables.runtime import Message, ProcessInstance, ScopeRow, SubscriptionRow
from tests.conftest import NOW
from tests.engine.store.sealing.dump import dump

PLAIN = ("Wenceslao", "Iraheta", "0801196612345", "contó que", "una carta", "del puerto", "clave-del-caso")


def test_old_rows_are_sealed_and_read_as_before(empty_database_url: str) -> None:
    store = Store(empty_database_url, clock=MovableClock(NOW))
    ids = _as_it_was(store)
    assert b"Wenceslao" in dump(store)

    store.migrate()

    def look(context: Any) -> None:
        person = context.session.get_one(Person, ids["person"])
        assert (person.name, person.dni, person.alias) == ("Wenceslao Iraheta", "0801196612345", "")
        assert (person.birth_date, person.sex) == (date(1966, 5, 4), None)
        case = context.session.get_one(CaseFile, ids["case"])
        assert (case.title, case.person_id) == ("Wenceslao Iraheta", ids["person"])
        assert context.session.scalars(select(Note.text)).all() == ["contó que …"] * 1_201
        entry = context.session.scalars(select(TimelineEntry)).one()
        assert (entry.text_es, entry.data) == ("contó que", {"b": 1, "a": ["ñ", None]})
        assert list(entry.data) == ["b", "a"]
        letter = context.session.scalars(select(Document)).one()
        assert (letter.subject, letter.content, letter.void_reason) == ("una carta", b"%PDF una carta", None)
        assert context.session.scalars(select(ScopeRow)).one().variables == {"lugar": "del puerto"}
        waiting = context.session.scalars(select(SubscriptionRow).where(SubscriptionRow.key == "clave-del-caso")).one()
        assert waiting.data == {"definition": 0, "key": "clave-del-caso"}
        assert context.session.scalars(select(Message).where(Message.key == "clave-del-caso")).one().variables == {}
        query = select(ProcessInstance.id).where(ProcessInstance.start_key == "aviso\nclave-del-caso")
        assert context.session.scalars(query).one() == ids["instance"]

    store.read(look, SYSTEM)
    kept = dump(store)
    assert [word for word in PLAIN if word.encode() in kept] == []

    store.transact(finding.index_missing, SYSTEM)
    likely = store.read(lambda c: people.likely_same(c, {"nombres": "Wenseslao", "apellido1": "Iraeta"}), SYSTEM)
    assert likely is not None
    assert likely["nombre"] == "Wenceslao Iraheta"
    store.close()


def _as_it_was(store: Store) -> dict[str, UUID]:
    """A database of the revision before, with rows in it."""
    config = configuration(store.url)
    with store.engine.connect().execution_options(writing=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        columns = {
            name: {column["name"]: column for column in inspect(connection).get_columns(name)}
            for name in inspect(connection).get_table_names()
        }
        ids = {name: uuid4() for name in ("person", "case", "instance", "definition", "deployment", "resource")}
        sqlite = store.is_sqlite

        def add(table: str, **values: Any) -> None:
            known = columns[table]
            for name, column in known.items():
                if name not in values and not column["nullable"]:
                    kind = str(column["type"]).upper()
                    values[name] = (
                        NOW.replace(tzinfo=None) if sqlite and "TIME" in kind else NOW if "TIME" in kind
                        else 1 if "INT" in kind or "FLOAT" in kind or "DOUBLE" in kind or "REAL" in kind
                        else True if "BOOL" in kind
                        else b"x" if "BLOB" in kind or "BYTEA" in kind
                        else "{}" if "JSON" in kind
                        else uuid4() if "UUID" in kind or kind == "CHAR(32)"
                        else "x"
                    )  # fmt: skip
            for name, value in values.items():
                if isinstance(value, UUID) and sqlite:
                    values[name] = value.hex
                elif isinstance(value, (dict, list)):
                    values[name] = json.dumps(value, ensure_ascii=False)
            names = ", ".join(f'"{name}"' for name in values)
            marks = ", ".join(
                f"CAST(:{name} AS json)" if "JSON" in str(known[name]["type"]).upper() else f":{name}"
                for name in values
            )
            connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({marks})'), values)

        add("office", code="MX-TAP")
        add(
            "person", id=ids["person"], given_names="Wenceslao", first_surname="Iraheta", second_surname="",
            name="Wenceslao Iraheta", search_key="iraeta wenseslao", alias="", dni="0801196612345",
            birth_date=date(1966, 5, 4).isoformat() if sqlite else date(1966, 5, 4),
        )  # fmt: skip
        add(
            "case_file", id=ids["case"], folio="HN-1", office_code="MX-TAP", title="Wenceslao Iraheta",
            person_id=ids["person"], compartments=[],
        )  # fmt: skip
        for _ in range(1_201):
            add("note", id=uuid4(), case_id=ids["case"], text="contó que …")
        add(
            "timeline_entry", id=uuid4(), case_id=ids["case"], text_es="contó que", text_en="told",
            data={"b": 1, "a": ["ñ", None]},
        )  # fmt: skip
        add(
            "document", id=uuid4(), case_id=ids["case"], number="1", subject="una carta", addressee="", data={},
            content=b"%PDF una carta",
        )  # fmt: skip
        add("deployment", id=ids["deployment"])
        add("resource", id=ids["resource"])
        add(
            "process_definition", id=ids["definition"], deployment_id=ids["deployment"], resource_id=ids["resource"],
        )  # fmt: skip
        add(
            "process_instance", id=ids["instance"], definition_id=ids["definition"],
            start_key="aviso\nclave-del-caso", state="active",
        )  # fmt: skip
        scope, token = uuid4(), uuid4()
        add("token", id=token, instance_id=ids["instance"], scope_id=scope, data={})
        add("scope", id=scope, instance_id=ids["instance"], variables={"lugar": "del puerto"}, data={})
        add(
            "subscription", id=uuid4(), instance_id=ids["instance"], scope_id=scope, kind="message", name="aviso",
            key="clave-del-caso", data={"definition": 0},
        )  # fmt: skip
        message = uuid4()
        add("message", id=message, name="aviso", key="clave-del-caso", variables={})
        add("message_correlation", message_id=message, instance_id=ids["instance"])
        add("step_history", instance_id=ids["instance"], version=1, changes={"said": "contó que"})
        add("step_history", instance_id=ids["instance"], version=2, changes={})
    return ids
