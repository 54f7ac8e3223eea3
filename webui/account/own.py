"""My account: password, second factors, recovery codes, sessions; and the first factor of who has none yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.access import accounts, factors, notice_choices, passkeys, passwords, sessions, tokens, totp
from engine.access.sessions import ENROL, Held
from engine.actions import own_account as actions
from engine.actions import sign_in as entering_actions
from engine.errors import Conflict, Invalid, Text
from engine.store import Context
from webui.account import challenges
from webui.account.entering import cookie, door, give
from webui.doing import do_as, look_as, settings, store
from webui.errors import language as reader

own = Blueprint("own", __name__)
T = TypeVar("T")
# What who has to set up a second factor may reach before.
ENROLLING = frozenset({"own.factor", "own.new_totp", "own.totp_page", "own.new_passkey"})
WRONG_CODE = entering_actions.WRONG_CODE


def held() -> Held:
    """The session of the request."""
    return g.held  # type: ignore[no-any-return]


def user_id() -> UUID:
    """Whose account it is."""
    assert held().actor.id is not None
    return held().actor.id  # type: ignore[return-value]


def _do(work: Callable[[Context], T]) -> T:
    return do_as(held().actor, work)


def _look(work: Callable[[Context], T]) -> T:
    return look_as(held().actor, work)


@own.app_errorhandler(actions.NotFresh)
def not_fresh(error: actions.NotFresh) -> Response:
    """First the proof, then back to the account."""
    return redirect(url_for("own.confirm"))


@own.get("/cuenta")
def show() -> str:
    """My account."""

    def work(context: Context) -> dict[str, object]:
        user = accounts.get(context, user_id())
        return {
            "factors": factors.of_user(context, user.id),
            "passkeys": passkeys.of_user(context, user.id),
            "sessions": sessions.sessions_of(context, user.id),
            "has_password": not accounts.has_no_password(user),
            "fresh": held().fresh(context.now),
            "here": held().id,
            "keys": tokens.of_user(context, user.id),
        }

    return render_template("account/own.html", **_look(work))


@own.route("/cuenta/avisos", methods=["GET", "POST"])
def notices() -> Response:
    """Which of my notices come by mail, and when the digest of the day does."""
    wrong: Mapping[str, Text] = {}
    if request.method == "POST":
        ways, hour = request.form, request.form.get("hour", "")
        try:
            _do(lambda context: actions.choose_notices(context, ways, hour))
            return redirect(url_for("own.notices", saved=1))
        except Invalid as error:
            wrong = error.fields
    else:
        ways, hour = _look(lambda context: notice_choices.of_user(context, user_id()))
    body = render_template(
        "account/notice_choices.html",
        topics={topic: label.in_language(reader()) for topic, label in notice_choices.TOPICS.items()},
        ways={way: label.in_language(reader()) for way, label in notice_choices.WAYS.items()},
        chosen=ways,
        hour=hour,
        wrong={name: text.in_language(reader()) for name, text in wrong.items()},
        saved="saved" in request.args and not wrong,
        mails=bool(settings().mail_server),
    )
    return make_response(body, 422 if wrong else 200)


@own.route("/cuenta/confirmar", methods=["GET", "POST"])
def confirm() -> Response:
    """Prove that it is oneself: by password and code, or by passkey."""
    error = None
    if request.method == "POST":
        secret = request.cookies.get(cookie(), "")
        form = request.form
        if form.get("answer"):
            error = actions.confirm_by_passkey(store(), held().actor, secret, form["answer"], challenges.sent(), door())
        else:
            error = actions.confirm(store(), held().actor, secret, form.get("password", ""), form.get("code", ""))
        if error is None:
            return redirect(url_for("own.show"))
    challenge, signed = challenges.new()

    def work(context: Context) -> dict[str, object]:
        has = factors.of_user(context, user_id())
        return {"factors": has, "has_password": not accounts.has_no_password(accounts.get(context, user_id()))}

    body = render_template(
        "account/confirm.html",
        error=error.in_language(reader()) if error is not None else "",
        options=passkeys.request(door().site, challenge),
        challenge=signed,
        **_look(work),
    )
    return make_response(body, 422 if error else 200)


@own.route("/cuenta/contrasena", methods=["GET", "POST"])
def password() -> Response:
    """Choose another password."""
    if not held().fresh(store().clock.now()):
        raise actions.NotFresh
    error = ""
    if request.method == "POST":
        new, again = request.form.get("password", ""), request.form.get("again", "")
        if new != again:
            error = Text("Las dos contraseñas no son iguales.", "The two passwords are not alike.").in_language(
                reader()
            )
        else:
            try:
                actions.change_password(store(), held(), new)
                return redirect(url_for("own.show"))
            except Invalid as refused:
                error = refused.fields["password"].in_language(reader())
    body = render_template("account/password.html", error=error, least=passwords.SHORTEST)
    return make_response(body, 422 if error else 200)


@own.get("/cuenta/factor")
def factor() -> Response:
    """Choose a second factor: an application or a passkey."""
    return _factor_page()


def _factor_page(error: Text | None = None) -> Response:
    challenge, signed = challenges.new()

    def work(context: Context) -> dict[str, object]:
        user, existing = accounts.get(context, user_id()), passkeys.of_user(context, user_id())
        return {
            "options": passkeys.creation(door().site, user, existing, challenge),
            "has_totp": totp.has(context, user_id()),
        }

    if held().stage != ENROL and not held().fresh(store().clock.now()):
        raise actions.NotFresh
    body = render_template(
        "account/factor.html",
        first=held().stage == ENROL,
        challenge=signed,
        error=error.in_language(reader()) if error is not None else "",
        **_look(work),
    )
    return make_response(body, 422 if error else 200)


@own.post("/cuenta/aplicacion/nueva")
def new_totp() -> Response:
    """Make the secret of an application."""
    _do(lambda context: actions.begin_totp(context, held()))
    return redirect(url_for("own.totp_page"))


@own.route("/cuenta/aplicacion", methods=["GET", "POST"])
def totp_page() -> Response:
    """Shows the secret, until its first code comes."""
    wrong = False
    if request.method == "POST":
        code = request.form.get("code", "")
        codes = _do(lambda context: actions.confirm_totp(context, held(), code))
        if codes is not None:
            return _factor_added(codes)
        wrong = True
    secret = _look(lambda context: totp.waiting_secret(context, user_id()))
    if secret is None:
        return redirect(url_for("own.factor"))
    grouped = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    picture = Markup(totp.picture(secret, held().actor.email))  # noqa: S704 # nosec B704 - drawn by ourselves from our own secret
    address = totp.address(secret, held().actor.email)
    body = render_template(
        "account/totp.html",
        secret=grouped,
        picture=picture,
        address=address,
        error=WRONG_CODE.in_language(reader()) if wrong else "",
    )
    return make_response(body, 422 if wrong else 200)


@own.post("/cuenta/llave/nueva")
def new_passkey() -> Response:
    """Keep a passkey that the browser made."""
    form, challenge = request.form, challenges.sent()
    try:
        codes = _do(
            lambda context: actions.add_passkey(
                context, held(), door(), form.get("answer", ""), challenge, form.get("name", "")
            )
        )
    except (Invalid, Conflict) as error:
        return _factor_page(error.text)
    return _factor_added(codes)


def _factor_added(codes: list[str]) -> Response:
    """The recovery codes, once; who was only setting up is in with that."""
    opened = None
    if held().stage == ENROL:
        opened = _do(lambda context: entering_actions.enter_after_enrolling(context, held(), door()))
        g.actor = held().actor
    response = _codes_page(codes) if codes else redirect(url_for("own.show"))
    return give(response, opened) if opened is not None else response


def _codes_page(codes: list[str]) -> Response:
    return make_response(render_template("account/codes.html", codes=codes))


@own.post("/cuenta/codigos")
def new_codes() -> Response:
    """New recovery codes."""
    return _codes_page(_do(lambda context: actions.renew_codes(context, held())))


@own.post("/cuenta/aplicacion/quitar")
def remove_totp() -> Response:
    """Forget the application."""
    _do(lambda context: actions.remove_totp(context, held(), door()))
    return redirect(url_for("own.show"))


@own.post("/cuenta/llave/<uuid:passkey_id>/quitar")
def remove_passkey(passkey_id: UUID) -> Response:
    """Forget a passkey."""
    _do(lambda context: actions.remove_passkey(context, held(), door(), passkey_id))
    return redirect(url_for("own.show"))


@own.post("/cuenta/sesiones/<uuid:session_id>/cerrar")
def end_session(session_id: UUID) -> Response:
    """End one session."""
    _do(lambda context: actions.end_session(context, held(), session_id))
    return redirect(url_for("own.show"))


@own.post("/cuenta/sesiones/cerrar-otras")
def end_others() -> Response:
    """End all other sessions."""
    _do(lambda context: actions.end_others(context, held()))
    return redirect(url_for("own.show"))
