"""Messages of connected systems to cases."""

from __future__ import annotations

from engine.actions import messages
from engine.store import Context
from webui.api import shapes
from webui.api.operations import command, operation


@operation("POST", "/messages", scope="messages:write", body=shapes.NewMessage, answer=shapes.Done, status=201)
def message_publish(body: shapes.NewMessage) -> object:
    """Tell a case, named by its id or folio, that something it waits for has happened."""

    def work(context: Context) -> shapes.Done:
        return shapes.Done(id=messages.publish(context, body.case, body.message, body.text, body.values))

    return command(work)
