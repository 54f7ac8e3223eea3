"""What a browser is given to answer with a passkey: random, signed, and good for five minutes."""

from __future__ import annotations

import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

LASTS = 300


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="passkey challenge")


def new() -> tuple[bytes, str]:
    """A challenge, and its signed form for a hidden field."""
    challenge = secrets.token_bytes(32)
    return challenge, str(_signer().dumps(challenge.hex()))


def sent() -> bytes:
    """The challenge of the form that was sent; one that nobody answers where it is not ours or too old."""
    try:
        return bytes.fromhex(_signer().loads(request.form.get("challenge", "")[:500], max_age=LASTS))
    except (BadSignature, ValueError):
        return secrets.token_bytes(32)
