"""What a task was completed with can be read afterwards, in words, by whoever sees so much of its case."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import func, select

from engine.access.actors import SYSTEM
from engine.runtime import erasing
from engine.store import Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.runtime import UserTask
from tests.faults.test_kill import FIELDS
from tests.webui.conftest import Browser

Window = Callable[[], Browser]


def completed(window: Window) -> tuple[Browser, str, str]:
    """Ana has written down a first contact: her window, the task's address and the case's."""
    ana = window().sign_in("ana.discua")
    task = ana.post("/casos", key="a").headers["Location"]
    page = ana.get(task)
    case = re.search(r"/casos/[0-9a-f-]{36}", page)
    assert case is not None
    assert ana.post(task, **FIELDS, key="b").status_code == 302
    return ana, task, case[0]


def test_the_history_leads_to_the_answers(window: Window, working: Store) -> None:
    ana, task, case = completed(window)

    assert f'href="{task}/respuestas"' in ana.get(case)
    assert f'href="{task}/respuestas"' in ana.get(f"{case}/historia")
    page = ana.get(f"{task}/respuestas")

    assert "La completó Ana Discua" in page
    assert FIELDS["rep_nombre"] in page
    assert "Suyapa" in page
    # The words of an option, not its code, and a number that one tap calls.
    assert "Familiar" in page
    assert 'href="tel:+504' in page
    look = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "case:answers")
    assert working.read(lambda context: context.session.scalar(look), SYSTEM) == 1


def test_nobody_reads_them_who_does_not_see_the_case(window: Window) -> None:
    _, task, _ = completed(window)
    elsewhere = window().sign_in("elvira.castro")

    assert elsewhere.client.get(f"{task}/respuestas").status_code in (403, 404)
    assert window().client.get(f"{task}/respuestas").status_code == 302


def test_an_open_task_and_one_that_is_not_there_have_none(window: Window) -> None:
    ana = window().sign_in("ana.discua")
    task = ana.post("/casos", key="a").headers["Location"]

    assert ana.client.get(f"{task}/respuestas").status_code == 404


def test_what_is_erased_is_read_by_nobody(window: Window, working: Store) -> None:
    ana, task, _ = completed(window)

    def erase(context) -> None:  # type: ignore[no-untyped-def]
        row = context.session.get(UserTask, UUID(task.rpartition("/")[2]))
        erasing.erase(context, [row.case_id])

    working.transact(erase, SYSTEM)

    page = ana.client.get(f"{task}/respuestas")
    assert "Suyapa" not in page.text
