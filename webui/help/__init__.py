"""The help room: first steps by role, keys, the words of the field, and where to practise."""

from __future__ import annotations

from flask import Blueprint, render_template

from webui.doing import settings
from webui.help.glossary import words

help_room = Blueprint("help", __name__)


@help_room.get("/ayuda")
def show() -> str:
    """Help on one page, so that it can be searched and printed."""
    return render_template("help/show.html", words=words(), practice_url=settings().practice_url)
