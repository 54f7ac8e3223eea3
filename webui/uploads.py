"""Files that come with the form of a task: added at once, and carried from then on as references among the answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import g, render_template, request, url_for
from werkzeug.datastructures import FileStorage

from engine.actions import files, tasks
from engine.casework import attachments
from engine.casework.attachments import reference, referred
from engine.errors import NotFound, Text
from engine.files.refusing import Refused
from engine.forms import Form
from engine.forms.kinds import FILE_KINDS
from engine.forms.kinds.files import MOST
from engine.forms.messages import many_files
from engine.store.tables.files import Attachment
from webui.account.carrying import LOST
from webui.doing import actor, do, look, room, store
from webui.file_drawing import Attached, item, listed
from webui.forms import WORDS

SEND, KEEP, REMOVE, ATTACH = "_archivo:", "_conservar:", "_retirar:", "_adjuntar:"


def takes_files(form: Form | None) -> bool:
    """Whether a form has a field for files."""
    return form is not None and any(field.kind in FILE_KINDS for field in form.fields.values())


def came() -> bool:
    """Whether the request brings files, or presses a button of a field for files."""
    return pausing() or any(sent.filename for sent in request.files.values())


def pausing() -> bool:
    """Whether a button was pressed that only adds or removes a file, or files were lost when a session ended.

    The form is drawn again then, and not sent.
    """
    return any(name.startswith((REMOVE, ATTACH)) or name == LOST for name in request.form)


def settle(view: tasks.TaskView, typed: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Text]]:
    """The answers with every file that came added to its case and named by its field; and what was refused of them."""
    problems: dict[str, Text] = {}
    for name in [name for name in request.form if name.startswith(REMOVE)]:
        _take_out(view, name.removeprefix(REMOVE), request.form[name], typed)
    for name in [name for name in request.files if name.startswith(SEND)]:
        for sent in request.files.getlist(name):
            if sent.filename:
                _add(view, name.removeprefix(SEND), sent, typed, problems)
    return typed, problems


def _add(view: tasks.TaskView, name: str, sent: FileStorage, typed: dict[str, Any], problems: dict[str, Text]) -> None:
    field = view.form.field(name) if view.form is not None else None
    before = listed(typed.get(name))
    several = field is not None and field.many
    if several and len(before) >= MOST:
        problems[name] = many_files(MOST)
        return
    try:
        row = bring_in(view, name, sent, written=str(before[0]) if before else "")
    except Refused as refusal:
        problems[name] = _of(sent, refusal.text)
        return
    typed[name] = [*(item for item in before if item), reference(row.id)] if several else reference(row.id)


def _of(sent: FileStorage, text: Text) -> Text:
    """Which file it was that is refused."""
    name = str(sent.filename or "")[:80].replace("{", "(").replace("}", ")")
    return Text(f"«{name}»: {text.es}", f"“{name}”: {text.en}", text.values)


def bring_in(view: tasks.TaskView, name: str, sent: FileStorage, written: str = "") -> Attachment:
    """Add a file to the case of a task, for the field ``name`` of its form. Raises ``Refused``, ``Forbidden``, ``NotFound``."""
    place = tasks.place_of_answer(view, name)
    given = str(sent.filename)
    if place.kind == "signature" and written and referred(written) is None:
        given = f"Firma de {written}.png"  # who signs was written beside it
    upload = files.Upload(sent.stream, given, keep_metadata=f"{KEEP}{name}" in request.form)  # type: ignore[arg-type]
    return files.bring_in(store(), room(), actor(), place, upload, g.request_id)


def _take_out(view: tasks.TaskView, name: str, value: str, typed: dict[str, Any]) -> None:
    """Take a file out of the answers; one that was added here and is the actor's own leaves the case too."""
    left = [item for item in listed(typed.get(name)) if item != value]
    if left:
        typed[name] = left
    else:
        typed.pop(name, None)
    found = referred(value)
    if found is None:
        return
    row = look(lambda context: attachments.named(context, [found])).get(found)
    if row is not None and row.task_id == view.task.id and row.actor_id == actor().id and row.deleted_at is None:
        with suppress(NotFound):  # they may have less of the case than they could give to it
            do(lambda context: files.remove(context, row.id))


def attached(view: tasks.TaskView, values: Mapping[str, Any]) -> Attached | None:
    """The attachments that these answers name, for drawing; ``None`` where the task takes no files."""
    if view.case is None or not takes_files(view.form):
        return None
    ids = [found for value in values.values() for item in listed(value) if (found := referred(item)) is not None]
    case_id = view.case.id
    rows = look(lambda context: attachments.named(context, ids))
    return Attached(
        url_for("officer.add_file", task_id=view.task.id),
        {found: row for found, row in rows.items() if row.case_id == case_id},
    )


def answer(view: tasks.TaskView, language: str) -> tuple[dict[str, str], int]:
    """What the island is told after it sent files: the items of its list, or why there are none."""
    items, problem = "", ""
    words = {key: text.in_language(language) for key, text in WORDS.items()}
    for key, sent in request.files.items(multi=True):
        name = key.removeprefix(SEND)
        try:
            row = bring_in(view, name, sent, request.form.get("escrito", "")[:500])
        except Refused as refusal:
            problem = _of(sent, refusal.text).in_language(language)
        else:
            items += render_template("forms/attached.html", files=[item(row)], name=name, words=words)
    return {"items": items, "problem": problem}, 422 if problem else 200
