"""Contacts of a case with institutions outside: listed, written down, changed, put away and back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from engine.actions import cases, contacts
from engine.casework.contacts import MOST
from engine.store import Context
from engine.store.tables.casework import CaseContact
from webui.api import shapes
from webui.api.operations import command, operation
from webui.doing import do, look


@operation("GET", "/cases/<uuid:case_id>/contacts", scope="cases:read", query=shapes.ContactQuery, answer=shapes.Contacts)  # fmt: skip
def case_contacts(case_id: UUID, query: shapes.ContactQuery) -> shapes.Contacts:
    """The contacts of a case, or those that were put away."""

    def found(context: Context) -> list[CaseContact]:
        if query.removed:
            return list(contacts.removed(context, case_id))
        return list(contacts.listed(context, case_id, MOST)[0])

    rows = look(found)
    do(lambda context: cases.note_read(context, case_id))
    names = shapes.Contact.model_fields
    return shapes.Contacts(items=[shapes.Contact(**{name: getattr(row, name) for name in names}) for row in rows])


@operation("POST", "/cases/<uuid:case_id>/contacts", scope="cases:write", body=shapes.NewContact, answer=shapes.Done, status=201)  # fmt: skip
def case_contact_add(case_id: UUID, body: shapes.NewContact) -> object:
    """Write down a contact of a case."""
    typed = contacts.Contact(**body.model_dump())
    return command(lambda context: shapes.Done(id=contacts.add(context, case_id, typed)))


@operation("PUT", "/cases/<uuid:case_id>/contacts/<uuid:contact_id>", scope="cases:write", body=shapes.NewContact, answer=shapes.Done)  # fmt: skip
def case_contact_change(case_id: UUID, contact_id: UUID, body: shapes.NewContact) -> object:
    """Write down what is known of a contact now."""
    typed = contacts.Contact(**body.model_dump())
    return command(_done(contact_id, lambda context: contacts.change(context, case_id, contact_id, typed)))


@operation("DELETE", "/cases/<uuid:case_id>/contacts/<uuid:contact_id>", scope="cases:write", answer=shapes.Done)
def case_contact_remove(case_id: UUID, contact_id: UUID) -> object:
    """Take a contact off a case's list."""
    return command(_done(contact_id, lambda context: contacts.put_away(context, case_id, contact_id, gone=True)))


@operation("POST", "/cases/<uuid:case_id>/contacts/<uuid:contact_id>/restore", scope="cases:write", answer=shapes.Done)
def case_contact_restore(case_id: UUID, contact_id: UUID) -> object:
    """Put a contact back on a case's list."""
    return command(_done(contact_id, lambda context: contacts.put_away(context, case_id, contact_id, gone=False)))


def _done(id: UUID, work: Callable[[Context], None]) -> Callable[[Context], shapes.Done]:
    def done(context: Context) -> shapes.Done:
        work(context)
        return shapes.Done(id=id)

    return done
