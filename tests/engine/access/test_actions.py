"""Every act of an actor asks the policy, or is named here with the reason why it need not."""

from __future__ import annotations

import ast
from pathlib import Path

ACTIONS = Path(__file__).parents[3] / "engine" / "actions"
# Questions to the policy.
ASKED = frozenset(
    {
        "may", "require", "require_case", "level", "case_level", "level_seen", "sees", "visible_cases", "visible_tasks",
        "candidate", "within_reach", "case_fits", "seen_case",
    }
)  # fmt: skip
NOTE = "writes a row of the audit about the actor's own look, or about what they were refused"
OWN = "of the actor's own account, lists and sessions alone"
COMING = "before anybody is known: how they come in, or who holds a key"
PART = "a part of another act, which has asked; no view calls it"
HOUSE = "of the installation, its worker and its command line; no view calls it"
FREE: dict[str, str] = {
    "access.note_read": NOTE, "auditing.note_look": NOTE, "auditing.note_kept_out": NOTE, "auditing.note_openings": NOTE, "auditing.note_refused": NOTE,
    "cases.note_read": NOTE, "cases.note_search": NOTE, "duplicates.note_asked": NOTE, "persons.note_compared": NOTE, "retention.note_look": NOTE, "supervision.note_look": NOTE,
    "answers.note_read": NOTE, "tasks.note_list": NOTE, "tasks.note_read": NOTE,
    "own_account.add_passkey": OWN, "own_account.begin_totp": OWN, "own_account.change_password": OWN,
    "own_account.confirm": OWN, "own_account.confirm_by_passkey": OWN, "own_account.confirm_totp": OWN, "own_account.choose_notices": OWN,
    "own_account.end_others": OWN, "own_account.end_session": OWN, "own_account.remove_passkey": OWN,
    "own_account.remove_totp": OWN, "own_account.renew_codes": OWN, "own_account.require_fresh": OWN,
    "own_list.drop": OWN, "own_list.kept": OWN, "tokens.end": OWN, "sign_in.sign_out": OWN,
    "sign_in.ask_for_link": COMING, "sign_in.by_directory": COMING, "sign_in.by_link": COMING, "sign_in.by_passkey": COMING,
    "sign_in.enter_after_enrolling": COMING, "sign_in.refuse_directory": COMING, "sign_in.second_step": COMING,
    "sign_in.sign_in": COMING, "sign_in.spend": COMING, "tokens.enter": COMING,
    "letters.verify": "for anybody who holds the letter: its number and code open it",
    "around.read": PART, "cases.guarded": PART, "cases.keep_out": PART, "events.asked": PART,
    "events.situation": PART, "events.tell": PART, "files.refused_references": PART, "handing.receivers": PART, "keys.done_once": PART,
    "keys.earlier_answer": PART, "keys.once": PART, "keys.remember": PART, "retention.orders": PART,
    "retention.pending": PART, "situation.form_context": PART, "tasks.refuse_closed": PART,
    "typed.hidden": OWN, "typed.hide": OWN, "typed.show": OWN,
    "administration.never_used": "beside ``show`` on the page of an account, which has asked",
    "files.bring_in": "takes a place that the policy gave to this actor (place_in_case, place_of_answer)",
    "filekeeping.delete_dropped": HOUSE, "filekeeping.scan_pending": HOUSE, "filekeeping.sweep": HOUSE,
    "filekeeping.verify": HOUSE, "filling.answers": HOUSE, "installation.install": HOUSE, "keys.sweep": HOUSE,
    "persons.sweep": HOUSE, "retention.sweep": HOUSE, "sweeping.errands": HOUSE,
}  # fmt: skip


def acts() -> dict[str, bool]:
    """Every public function that is given a context or a store, and whether it asks, itself or by what it calls here."""
    found: dict[str, bool] = {}
    for file in sorted(ACTIONS.glob("*.py")):
        functions = {item.name: item for item in ast.parse(file.read_text()).body if isinstance(item, ast.FunctionDef)}
        asking = {name for name, item in functions.items() if _names(item) & ASKED}
        while more := {name for name, item in functions.items() if name not in asking and _names(item) & asking}:
            asking |= more
        for name, item in functions.items():
            first = item.args.args[0].arg if item.args.args else ""
            if not name.startswith("_") and first in ("context", "store"):
                found[f"{file.stem}.{name}"] = name in asking
    return found


def _names(function: ast.FunctionDef) -> set[str]:
    """What a function calls or hands on, by its last name."""
    plain = {item.id for item in ast.walk(function) if isinstance(item, ast.Name)}
    called = {item.func.attr for item in ast.walk(function) if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute)}  # fmt: skip
    return plain | (called & ASKED)


def test_every_act_asks_the_policy_or_says_why_it_need_not() -> None:
    found = acts()

    assert len(found) > 100
    assert {name for name, asks in found.items() if not asks} == FREE.keys()
