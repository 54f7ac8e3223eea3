"""Coming in: by password and second factor, passkey, mailed link or the ministry's directory."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from engine.access import links, passkeys, passwords
from engine.access.directory import Directory, DirectoryRefused, Flow
from engine.access.sessions import ENROL, SECOND
from engine.actions import sign_in as actions
from engine.actions.sign_in import Door, Opened
from engine.errors import Invalid, Text
from engine.settings import Settings
from webui.account import carrying, challenges
from webui.doing import look_as, settings, store
from webui.errors import language as reader

entering = Blueprint("entering", __name__)
DEVICE_LASTS = 180 * 24 * 3600


def door() -> Door:
    """From where this request comes."""
    cookies = request.cookies
    return Door(settings(), request.user_agent.string, cookies.get(cookie("device"), ""), cookies.get(cookie(), ""))


def cookie(kind: str = "") -> str:
    """Name of a cookie of ours; bound to this host where the connection is secure."""
    return _bound(settings(), kind)


def _bound(settings: Settings, kind: str) -> str:
    base = "siproc-practica" if settings.practice else "siproc"  # cookies know no port: both may be on one host
    name = f"{base}-{kind}" if kind else base
    return f"__Host-{name}" if settings.secure_cookies else name


def form_cookie(settings: Settings) -> str:
    """Name of the cookie that holds what forms are signed with."""
    return _bound(settings, "form")


def visitor() -> actions.Actor:
    """Who acts before anybody has signed in."""
    return g.visitor if g.actor is None else g.actor  # type: ignore[no-any-return]


def sign_in_page(*, carry: bool = False, email: str = "", error: Text | None = None, carried: str = "") -> Response:
    """The sign-in page; with ``carry``, what was being sent goes along."""
    carried = carrying.pack() if carry else carried
    challenge, signed = challenges.new()
    body = render_template(
        "account/sign_in.html",
        email=email,
        error=error.in_language(reader()) if error is not None else "",
        carried=carried,
        next=carrying.local_address(request.args.get("next", "")),
        options=passkeys.request(door().site, challenge),
        challenge=signed,
        directory=directory() is not None,
        directory_name=settings().oidc_name,
    )
    return make_response(body, 401 if carry or error else 200)


@entering.route("/entrar", methods=["GET", "POST"])
def sign_in() -> Response:
    """Sign in; then back to where one was going, with what was typed."""
    if request.method == "GET":
        return sign_in_page()
    email, password = request.form.get("email", ""), request.form.get("password", "")
    return _let_in(actions.sign_in(store(), visitor(), email, password, door()), email=email)


@entering.post("/entrar/llave")
def passkey() -> Response:
    """Sign in with a passkey."""
    answer = request.form.get("answer", "")
    return _let_in(actions.by_passkey(store(), visitor(), answer, challenges.sent(), door()))


@entering.route("/entrar/segundo", methods=["GET", "POST"])
def second_step() -> Response:
    """The second factor after the password."""
    if g.held is None or g.held.stage != SECOND:
        return redirect(url_for("entering.sign_in"))
    if request.method == "GET":
        return second_page()
    code = request.form.get("code", "")
    result = actions.second_step(store(), visitor(), code, door())
    if isinstance(result, Text):
        return sign_in_page(error=result) if result is actions.ENDED else second_page(result)
    return _let_in(result)


def second_page(error: Text | None = None) -> Response:
    """Asks for a code, or a passkey."""
    challenge, signed = challenges.new()
    body = render_template(
        "account/second.html",
        error=error.in_language(reader()) if error is not None else "",
        carried=request.form.get("carried", ""),
        next=carrying.local_address(request.args.get("next", "")),
        options=passkeys.request(door().site, challenge),
        challenge=signed,
    )
    return make_response(body, 401 if error else 200)


@entering.route("/entrar/olvido", methods=["GET", "POST"])
def forgot() -> str:
    """Ask for a link to choose another password."""
    if request.method == "POST":
        actions.ask_for_link(store(), visitor(), request.form.get("email", ""))
    return render_template("account/forgot.html", asked=request.method == "POST", email=request.form.get("email", ""))


@entering.route("/enlace/<secret>", methods=["GET", "POST"])
def link(secret: str) -> Response:
    """A mailed link: choose a password."""
    found = look_as(visitor(), lambda context: links.find(context, secret))
    if found is None:
        return sign_in_page(error=actions.ENDED)
    error = ""
    if request.method == "POST":
        password, again = request.form.get("password", ""), request.form.get("again", "")
        if password != again:
            error = Text("Las dos contraseñas no son iguales.", "The two passwords are not alike.").in_language(
                reader()
            )
        else:
            try:
                return _let_in(actions.by_link(store(), visitor(), secret, password, door()))
            except Invalid as refused:
                error = refused.fields["password"].in_language(reader())
    body = render_template("account/link.html", purpose=found[0], user=found[1], error=error, least=passwords.SHORTEST)
    return make_response(body, 422 if error else 200)


def directory() -> Directory | None:
    """The ministry's directory, if there is one."""
    if not settings().oidc_issuer:
        return None
    known = current_app.extensions["siproc"]
    if "directory" not in known:
        known["directory"] = Directory(settings())
    return known["directory"]  # type: ignore[no-any-return]


@entering.get("/entrar/directorio")
def to_directory() -> Response:
    """Go and sign in at the directory."""
    provider = directory()
    if provider is None:
        return redirect(url_for("entering.sign_in"))
    try:
        address, flow = provider.begin(carrying.local_address(request.args.get("next", "")))
    except DirectoryRefused as error:
        return sign_in_page(error=error.text)
    session["directory"] = flow.data()
    return redirect(address)


@entering.get("/entrar/directorio/regreso")
def from_directory() -> Response:
    """Come back from the directory. What it says counts once, and only in the browser that went there."""
    provider, kept = directory(), session.pop("directory", None)
    flow = Flow(**kept) if kept is not None else None
    try:
        if provider is None or flow is None or not actions.spend(store(), visitor(), flow.state):
            raise DirectoryRefused
        claims = provider.finish(flow, request.args, store().clock.now())
    except DirectoryRefused as error:
        actions.refuse_directory(store(), visitor())
        return sign_in_page(error=error.text)
    result = actions.by_directory(store(), visitor(), claims, provider.place(claims.groups), door())
    return _let_in(result, next_page=flow.next)


def _let_in(result: Opened | Text, *, email: str = "", next_page: str = "") -> Response:
    """To the next step with the new session's cookie; or what is wrong."""
    carried = request.form.get("carried", "")
    if isinstance(result, Text):
        return sign_in_page(email=email, error=result, carried=carried)
    next_page = next_page or carrying.local_address(request.args.get("next", ""))
    if result.stage == SECOND:
        query = f"?{urlencode({'next': next_page})}" if next_page else ""
        response = second_page() if carried else redirect(url_for("entering.second_step") + query)
    elif result.stage == ENROL:
        response = redirect(url_for("own.factor"))
    else:
        response = _onwards(carried, next_page)
    return give(response, result)


def _onwards(carried: str, next_page: str) -> Response:
    packed = carrying.unpack(carried)
    if packed is not None:
        return make_response(render_template("account/carried.html", to=packed["to"], values=packed["values"]))
    return redirect(next_page or url_for("officer.home"))


def give(response: Response, opened: Opened) -> Response:
    """Give the browser the cookies of a session."""
    secure = settings().secure_cookies
    response.set_cookie(
        cookie(), opened.secret, httponly=True, secure=secure, samesite="Lax", path="/",
        max_age=settings().session_absolute * 3600,
    )  # fmt: skip
    if opened.device:
        response.set_cookie(
            cookie("device"), opened.device, httponly=True, secure=secure, samesite="Lax", path="/",
            max_age=DEVICE_LASTS,
        )  # fmt: skip
    return response
