"""The administrators' room: accounts, invitations, sessions; and recoveries, which supervisors share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.access import accounts, factors, sessions
from engine.access.matrix import CLEARANCES, COMPARTMENTS, ROLES
from engine.access.policy import may, require
from engine.actions import administration as actions
from engine.casework import offices
from engine.errors import Conflict, Invalid
from engine.store import Context
from webui.doing import actor, do, look
from webui.errors import language as reader

admin = Blueprint("admin", __name__, url_prefix="/cuentas")


def _choices() -> dict[str, object]:
    return {
        "offices": [office for office in offices.packaged().values() if office.type != "historico"],
        "roles": {code: name for code, name in ROLES.items() if code != "sistema"},
    }


@admin.get("")
def listing() -> str:
    """The accounts, and what waits for a second person."""
    words = request.args.get("q", "")

    def work(context: Context) -> dict[str, object]:
        require(context.actor, "account:recover")
        users = accounts.listed(context, words)
        return {
            "users": users,
            "roles_of": accounts.roles_of(context, [user.id for user in users]),
            "without_password": {user.id for user in users if accounts.has_no_password(user)},
            "recoveries": actions.recoveries(context),
        }

    return render_template("admin/accounts.html", words=words, **look(work))


@admin.route("/nueva", methods=["GET", "POST"])
def invite() -> Response:
    """Invite somebody."""
    require(actor(), "account:manage")
    wrong: dict[str, str] = {}
    form = request.form
    if request.method == "POST":
        try:
            user_id = do(
                lambda context: actions.invite(
                    context,
                    email=form.get("email", ""),
                    name=form.get("name", ""),
                    office_code=form.get("office", ""),
                    roles=form.getlist("roles"),
                    language=form.get("language", "es"),
                )
            )
            return redirect(url_for("admin.show", user_id=user_id))
        except Invalid as error:
            wrong = {key: text.in_language(reader()) for key, text in error.fields.items()}
        except Conflict as error:
            wrong = {"email": error.text.in_language(reader())}
    body = render_template("admin/invite.html", wrong=wrong, form=form, chosen=form.getlist("roles"), **_choices())
    return make_response(body, 422 if wrong else 200)


@admin.get("/<uuid:user_id>")
def show(user_id: UUID) -> Response:
    """One account."""
    return _page(user_id)


def _page(user_id: UUID, wrong: dict[str, str] | None = None) -> Response:
    def work(context: Context) -> dict[str, Any]:
        require(context.actor, "account:recover", object_id=user_id)
        user = accounts.get(context, user_id)
        return {
            "user": user,
            "chosen": accounts.roles_of(context, [user_id])[user_id],
            "cleared": accounts.clearances_of(context, user_id),
            "factors": factors.of_user(context, user_id),
            "sessions": sessions.sessions_of(context, user_id),
            "invited": actions.never_used(context, user),
            "manages": may(context.actor, "account:manage") and context.actor.id != user_id,
            "oneself": context.actor.id == user_id,
        }

    found = look(work)
    of_role = {name for role in found["chosen"] for name in CLEARANCES.get(role, ())}
    body = render_template(
        "admin/account.html", wrong=wrong or {}, compartments=COMPARTMENTS, of_role=of_role, **found, **_choices()
    )
    return make_response(body, 422 if wrong else 200)


@admin.post("/<uuid:user_id>/lugar")
def place(user_id: UUID) -> Response:
    """Give an account an office and roles."""
    office, roles = request.form.get("office", ""), request.form.getlist("roles")
    try:
        do(lambda context: actions.place(context, user_id, office, roles))
    except Invalid as error:
        return _page(user_id, {key: text.in_language(reader()) for key, text in error.fields.items()})
    return redirect(url_for("admin.show", user_id=user_id))


@admin.post("/<uuid:user_id>/compartimentos")
def clear(user_id: UUID) -> Response:
    """Open compartments to somebody."""
    chosen = request.form.getlist("clearances")
    try:
        do(lambda context: actions.clear(context, user_id, chosen))
    except Invalid as error:
        return _page(user_id, {key: text.in_language(reader()) for key, text in error.fields.items()})
    return redirect(url_for("admin.show", user_id=user_id))


@admin.post("/<uuid:user_id>/estado")
def set_active(user_id: UUID) -> Response:
    """Close or open an account."""
    active = request.form.get("active") == "1"
    do(lambda context: actions.set_active(context, user_id, active))
    return redirect(url_for("admin.show", user_id=user_id))


@admin.post("/<uuid:user_id>/invitacion")
def invite_again(user_id: UUID) -> Response:
    """Mail the invitation once more."""
    do(lambda context: actions.invite_again(context, user_id))
    return redirect(url_for("admin.show", user_id=user_id))


@admin.post("/<uuid:user_id>/sesiones")
def end_sessions(user_id: UUID) -> Response:
    """End all sessions of an account."""
    do(lambda context: actions.end_sessions(context, user_id))
    return redirect(url_for("admin.show", user_id=user_id))


@admin.post("/<uuid:user_id>/recuperacion")
def ask_recovery(user_id: UUID) -> Response:
    """Ask that an account may have new factors."""
    reason = request.form.get("reason", "")
    try:
        do(lambda context: actions.ask_recovery(context, user_id, reason))
    except Invalid as error:
        return _page(user_id, {key: text.in_language(reader()) for key, text in error.fields.items()})
    return redirect(url_for("admin.listing"))


@admin.post("/recuperaciones/<uuid:recovery_id>")
def answer_recovery(recovery_id: UUID) -> Response:
    """Agree to a recovery, or refuse it."""
    agree = request.form.get("agree") == "1"
    do(lambda context: actions.answer_recovery(context, recovery_id, agree))
    return redirect(url_for("admin.listing"))
