"""What somebody types into a search, as it stands in an address: sealed for them, for it may be a person's name."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from engine.store import Context
from engine.store.sealing import keyring_of
from engine.store.sealing.engines import SealBroken

LABEL = "address.typed"
MARK = "~"  # begins what is sealed; what was written by hand hardly does
LONGEST = 100  # characters of a search


def hide(context: Context, text: str) -> str:
    """``text`` for an address of the actor's: it tells nothing, and nobody else's address opens with it; "" stays ""."""
    text = text.strip()[:LONGEST]
    if not text:
        return ""
    return MARK + urlsafe_b64encode(keyring_of(context).seal(text.encode(), LABEL, _bound(context))).decode().rstrip(
        "="
    )


def show(context: Context, token: str) -> str:
    """What was hidden for the actor, "" where that does not open. What was written into an address by hand is taken as it is."""
    if not token.startswith(MARK):
        return token[:LONGEST]
    sealed = token.removeprefix(MARK)
    try:
        plain = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        return keyring_of(context).open(plain, LABEL, _bound(context)).decode()
    except (Error, ValueError, SealBroken):
        return ""


def hidden(context: Context, token: str) -> str:
    """What stands in an address, as it should: sealed."""
    return token if token.startswith(MARK) else hide(context, token)


def _bound(context: Context) -> bytes:
    return str(context.actor.id).encode()
