"""Fills in whatever form a page shows, as a person would: field by field, then what the page complains about."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

DESCRIBE = """
() => Array.from(document.querySelectorAll('.siproc-form input, .siproc-form select, .siproc-form textarea'))
  .filter(e => e.name && e.type !== 'hidden' && e.type !== 'file' && e.type !== 'submit' && !e.disabled && !e.readOnly && e.checkVisibility())
  .map(e => ({name: e.name, type: e.tagName === 'SELECT' ? 'select' : e.tagName === 'TEXTAREA' ? 'textarea' : e.type,
    required: e.required || !!e.closest('[aria-required=true]'), value: e.value, checked: !!e.checked, min: e.min, max: e.max, mode: e.inputMode, bad: e.getAttribute('aria-invalid') === 'true'
      || !!e.closest('.is-invalid, [aria-invalid=true]'),
    options: e.tagName === 'SELECT' ? Array.from(e.options).map(o => o.value).filter(v => v) : []}))
"""
NOW = "2026-01-15T10:30"
TEXT = "Se atendió a la persona en privado y se explicó el procedimiento."


def fill(page: Page, answers: dict[str, str], *, everything: bool) -> None:
    """Answer the fields named in ``answers``; with ``everything``, also those that are empty or refused."""
    fields: list[dict[str, Any]] = page.evaluate(DESCRIBE)
    groups: dict[str, list[dict[str, Any]]] = {}
    for field in fields:
        groups.setdefault(field["name"], []).append(field)
    for name, items in groups.items():
        bare = name.rpartition(".")[2]
        wanted = answers.get(name, answers.get(bare))
        first = items[0]
        if first["type"] in ("radio", "checkbox") and len(items) >= 1:
            chosen = any(item["checked"] for item in items)
            values = [item["value"] for item in items]
            choice = wanted if wanted in values else None
            if choice is None and everything and not chosen and (first["required"] or first["bad"]):
                choice = values[0]
            if choice is not None:
                page.locator(f'[name="{name}"][value="{choice}"]').first.check()
        elif first["type"] == "select":
            if wanted in first["options"]:
                page.locator(f'[name="{name}"]').first.select_option(wanted)
            elif everything and not first["value"] and first["options"] and (first["required"] or first["bad"]):
                page.locator(f'[name="{name}"]').first.select_option(first["options"][0])
        elif wanted is not None:
            page.locator(f'[name="{name}"]').first.fill(wanted)
        elif everything and (first["bad"] or (first["required"] and not first["value"])):
            page.locator(f'[name="{name}"]').first.fill(plausible(first, bare))


def plausible(field: dict[str, Any], name: str) -> str:
    """Something for a field that nobody has an answer for."""
    kind = field["type"]
    # A date that was refused as past is tried in the future, and the other way round.
    later = field["bad"] and field["value"].startswith("2026-01-15")
    if later and kind in ("date", "datetime-local"):
        return "2027-01-15" if kind == "date" else "2027-01-15T10:30"
    if kind == "datetime-local":
        return field["max"][:16] if field["max"] else "2027-01-15T10:30" if field["min"] else NOW
    if kind == "date":
        return field["max"] or "2027-01-15" if field["min"] or field["max"] else "2026-01-15"
    if kind == "time":
        return "10:30"
    if field["mode"] in ("numeric", "decimal") and kind != "number":
        return "30"
    if kind == "number":
        return field["min"] or "1"
    if kind == "tel" or "telefono" in name or name.endswith("tel"):
        return "+50499887766"
    if kind == "email":
        return "familia@example.org"
    return TEXT


def complete(page: Page, answers: dict[str, str]) -> None:
    """Fill in the form of a task page and complete it."""
    title = page.locator("h1").inner_text()
    fill(page, answers, everything=False)
    for attempt in range(6):
        fill(page, answers, everything=attempt > 0)
        page.get_by_role("button", name="Completar la tarea").click()
        page.wait_for_load_state()
        if "done=1" in page.url:
            return
    problems = page.locator(".invalid-feedback:visible, .alert-danger").all_inner_texts()
    raise AssertionError(f"{title}: {problems}")


def sign(page: Page) -> None:
    """Sign with a finger where the form asks for a signature."""
    for box in page.locator("[data-signature]").all():
        if not box.is_visible():
            continue
        canvas = box.locator("canvas")
        canvas.scroll_into_view_if_needed()
        place = canvas.bounding_box()
        assert place is not None
        page.mouse.move(place["x"] + 20, place["y"] + 60)
        page.mouse.down()
        for step in range(1, 12):
            page.mouse.move(place["x"] + 20 + 20 * step, place["y"] + 60 + (25 if step % 2 else -25))
        page.mouse.up()
        box.locator("[data-use]").click()
        box.locator("[data-attached] img").wait_for()
