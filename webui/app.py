"""Makes the Flask application: configuration, rooms, and what every page can use."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from functools import cache
from pathlib import Path

from flask import Flask, g, request
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from engine.access.directory import read_groups
from engine.access.matrix import ROLES
from engine.actions.demo import DEMO_PASSWORD, PEOPLE
from engine.files.room import file_room
from engine.settings import Settings
from engine.store import Store
from webui import errors, problems, security, showing
from webui.access import access
from webui.account import account
from webui.account.entering import cookie, entering, form_cookie
from webui.account.keys import program_keys
from webui.account.own import own
from webui.admin import admin
from webui.admin.connections import connections
from webui.api import api
from webui.api.rates import Rates
from webui.auditor import auditor
from webui.compression import compress
from webui.designer import designer
from webui.designer.catalogue import catalogue
from webui.designer.scenarios import scenarios
from webui.files import files, make_way
from webui.help import help_room
from webui.letters import letters
from webui.officer import officer
from webui.officer.contact_pages import contacts
from webui.officer.desk import desk
from webui.officer.log import log
from webui.officer.related_pages import related
from webui.onward import SHOWN, Onward
from webui.persons import persons
from webui.retention import retention
from webui.starting import starting
from webui.supervisor import supervisor

HERE = Path(__file__).parent
LANGUAGES = ("es", "en")
LARGEST_REQUEST = 4 * 1024 * 1024


def create_app(store: Store, settings: Settings) -> Flask:
    """The application over ``store``. Raises ``SettingError`` for what cannot be read of them."""
    if settings.oidc_issuer:
        read_groups(settings)  # a mistake there is told at the start, not to whom it keeps out
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config.update(
        SECRET_KEY=settings.secret_key or _kept_key(settings.data_dir),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        MAX_FORM_PARTS=2_000,
        SESSION_COOKIE_NAME=form_cookie(settings),
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay half filled for hours; the session bounds it
        BABEL_DEFAULT_LOCALE="es",
        BABEL_TRANSLATION_DIRECTORIES=str(HERE / "translations"),
        TEMPLATES_AUTO_RELOAD=False,
        TRUSTED_HOSTS=settings.trusted_hosts,
    )
    app.extensions["siproc"] = {
        "store": store,
        "settings": settings,
        "room": file_room(settings),
        "rates": Rates(settings.api_rate),
    }
    app.wsgi_app = Onward(app.wsgi_app)  # type: ignore[method-assign]
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)  # type: ignore[method-assign]
    Babel(app, locale_selector=_language)
    make_way(app)
    compress(app)  # before all: the last thing that is done to an answer
    security.guard(app)  # first: who it is decides what a missing form token means
    # A program sends its key with each request; a page of another site has none, so there is nothing to forge.
    CSRFProtect(app).exempt(api)
    security.admit(app)
    errors.install(app)
    showing.install(app)
    for room in (
        access,
        account,
        entering,
        own,
        program_keys,
        admin,
        connections,
        officer,
        desk,
        log,
        starting,
        contacts,
        related,
        files,
        letters,
        designer,
        scenarios,
        catalogue,
        supervisor,
        auditor,
        retention,
        help_room,
        persons,
        api,
    ):
        app.register_blueprint(room)
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["own_address"] = lambda: request.environ.get(SHOWN, "")
    app.jinja_env.globals["practice"] = settings.practice
    if settings.practice:
        app.jinja_env.globals["practisers"] = [(item, ROLES[item.roles[0]]) for item in PEOPLE]
        app.jinja_env.globals["practice_password"] = DEMO_PASSWORD
    return app


def _kept_key(folder: Path) -> str:
    """A key of the installation, made once and kept beside its data."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "secret.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text().strip()


def _language() -> str:
    actor = getattr(g, "actor", None)
    if problems.wanted() and request.accept_languages:
        return request.accept_languages.best_match(LANGUAGES, "es") or "es"
    if actor is not None:
        return str(actor.language)
    chosen = request.cookies.get(cookie("lang"), "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "es") or "es"


@cache
def _manifest() -> dict[str, str]:
    file = HERE / "static" / "build" / "manifest.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}


def asset(name: str) -> str:
    """Address of a built file."""
    return f"/static/build/{_manifest().get(name, name)}"
