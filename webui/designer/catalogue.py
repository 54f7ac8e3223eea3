"""The catalogue and the guide in the designer's room: what each procedure does, and how one is adapted."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Response, render_template
from markdown_it import MarkdownIt
from markupsafe import Markup

from engine.actions import catalogue as actions
from engine.actions import trials
from engine.settings import ROOT
from webui.doing import look

catalogue = Blueprint("catalogue", __name__, url_prefix="/diseno")
CHAPTERS = {"guia": "guia.md", "escenarios": "scenarios.md", "cartas": "cartas.md"}


@catalogue.get("/catalogo")
def listing() -> str:
    """Every procedure, by domain."""
    return render_template("designer/catalogue.html", found=look(actions.listing))


@catalogue.get("/catalogo/<process_id>")
def sheet(process_id: str) -> str:
    """The sheet of a procedure."""
    row, found = look(lambda context: actions.read(context, process_id))
    return render_template("designer/sheet.html", row=row, sheet=found)


@catalogue.get("/catalogo/<process_id>.svg")
def picture(process_id: str) -> Response:
    """Its picture: no script, so that the page is light and prints well."""
    found = Response(look(lambda context: actions.picture(context, process_id)), mimetype="image/svg+xml")
    found.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return found


@catalogue.get("/guia")
def guide() -> str:
    """How a procedure is adapted."""
    look(trials.allowed)
    return render_template("designer/guide.html", chapters=[(name, _chapter(file)) for name, file in CHAPTERS.items()])


@cache
def _chapter(file: str) -> Markup:
    """A page of the documentation; its own HTML, if it had any, is shown as text."""
    text = (ROOT / "docs" / file).read_text("utf-8")
    page = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    for tag in ("pre", "table"):
        page = page.replace(f"<{tag}>", f'<{tag} tabindex="0">')  # a wide one scrolls by keyboard, too
    return Markup(page)  # noqa: S704 # nosec B704 - our own documentation, in which HTML is escaped
