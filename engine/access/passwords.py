"""Passwords: argon2id, a length that is asked for, and none that everybody knows."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from functools import cache
from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from engine.errors import Invalid, Text

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A flood of sign-ins must not take all memory: each hash needs 19 MiB.
HASHING = Semaphore(4)
NOBODY = HASHER.hash("nobody has this password")
UNUSABLE = "!"  # no password opens an account that holds this
SHORTEST = 15
LONGEST = 128
WEAK = 1  # zxcvbn's scale from 0 to 4: up to here it is a known word, a repetition or a row of keys


def matches(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one of ``stored``; takes as long where there is nothing to compare with."""
    usable = stored is not None and stored != UNUSABLE
    with HASHING:
        try:
            HASHER.verify(stored if usable and stored is not None else NOBODY, password[: LONGEST + 1])
        except (Argon2Error, InvalidHashError):
            return False
    return usable


def hashed(password: str, about: Sequence[str] = ()) -> str:
    """The digest to keep. Raises ``Invalid`` where the length is wrong or the password is easily guessed.

    ``about`` are words that others know of the person: the name, the address.
    """
    check(password, about)
    with HASHING:
        return HASHER.hash(password)


def check(password: str, about: Sequence[str] = ()) -> None:
    """Raise ``Invalid`` unless the password may be used. Any character counts; nothing asks for kinds of them."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise _refused(
            "Entre {least} y {most} caracteres.",
            "Between {least} and {most} characters.",
            least=SHORTEST,
            most=LONGEST,
        )
    words = [part for text in about for part in text.lower().replace("@", " ").replace(".", " ").split()]
    if password.lower() in _common() or zxcvbn(password[:72], user_inputs=[*words, "siproc"])["score"] <= WEAK:
        raise _refused(
            "Esta contraseña es fácil de adivinar. Pruebe con una frase de varias palabras.",
            "This password is easy to guess. Try a sentence of several words.",
        )


@cache
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])


def _refused(es: str, en: str, **values: int) -> Invalid:
    return Invalid(fields={"password": Text(es, en, values)})


def token() -> str:
    """A secret that nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret that is random by itself."""
    return hashlib.sha256(secret.encode()).hexdigest()
