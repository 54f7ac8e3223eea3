"""What was being typed when a session ended comes back after signing in: signed, in a hidden field."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

LASTS = 3600  # seconds for which a half-filled form waits for its sign-in
LARGEST = 200_000
LOST = "_archivos_perdidos"


def _carrier() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="carried form")


def pack() -> str:
    """The form that is being sent; "" for one that is too large."""
    values = [[key, value] for key, value in request.form.items(multi=True) if key != "csrf_token"]
    if any(sent.filename for sent in request.files.values()):
        values.append([LOST, "1"])  # files cannot be carried: the form comes back, to have them chosen again
    packed = json.dumps({"to": request.path, "values": values})
    return str(_carrier().dumps(packed)) if len(packed) <= LARGEST else ""


def unpack(carried: str) -> dict[str, Any] | None:
    """Where it goes (``to``) and its ``values``; None where nothing is carried."""
    try:
        return dict(json.loads(_carrier().loads(carried, max_age=LASTS))) if carried else None
    except (BadSignature, ValueError):
        return None


def local_address(text: str) -> str:
    """``text`` if it is an address of ours, else ""."""
    parts = urlsplit(text)
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and "\\" not in text
    return text if safe else ""
