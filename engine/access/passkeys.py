"""Passkeys (WebAuthn): discoverable, with the user verified by their device, so that one is both factors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy import delete, select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from engine.errors import Invalid, Text
from engine.store import Context
from engine.store.tables.access import Passkey, User
from engine.store.tables.base import new_id

MOST = 10
LARGEST = 20_000
REFUSED = Text("No se pudo comprobar la llave de acceso.", "The passkey could not be verified.")


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are valid: the address at which people reach the pages."""

    origin: str

    @property
    def name(self) -> str:
        """The host, which a passkey is bound to."""
        return urlsplit(self.origin).hostname or "localhost"


def creation(site: Site, user: User, existing: Sequence[Passkey], challenge: bytes) -> str:
    """What the browser needs to make a passkey, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=site.name,
        rp_name="SIPROC",
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(row.credential)) for row in existing],
    )
    return webauthn.options_to_json(options)


def request(site: Site, challenge: bytes) -> str:
    """What the browser needs to sign in with a passkey, as JSON; which one, the user chooses there."""
    options = webauthn.generate_authentication_options(
        rp_id=site.name, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options)


def add(context: Context, site: Site, user_id: UUID, answer: str, challenge: bytes, name: str) -> None:
    """Keep the passkey that the browser made. Raises ``Invalid``."""
    try:
        made = webauthn.verify_registration_response(
            credential=_parsed(answer),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid(REFUSED) from error
    credential = bytes_to_base64url(made.credential_id)
    existing = of_user(context, user_id)
    known = context.session.scalar(select(Passkey.id).where(Passkey.credential == credential))
    if known is not None or len(existing) >= MOST:
        raise Invalid(REFUSED)
    context.session.add(
        Passkey(
            id=new_id(),
            user_id=user_id,
            credential=credential,
            public_key=bytes_to_base64url(made.credential_public_key),
            sign_count=made.sign_count,
            name=" ".join(name.split())[:80] or "SIPROC",
            created_at=context.now,
        )
    )
    context.session.flush()


def holder(context: Context, site: Site, answer: str, challenge: bytes) -> User | None:
    """Whose passkey answered the challenge; None where it is nobody's or the answer is wrong."""
    try:
        parsed = _parsed(answer)
        credential = str(parsed["id"])[:1400]
    except (ValueError, KeyError, TypeError):
        return None
    row = context.session.scalars(select(Passkey).where(Passkey.credential == credential).with_for_update()).first()
    if row is None:
        return None
    try:
        done = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    user = context.session.get(User, row.user_id)
    if user is None or not user.active:
        return None
    row.sign_count, row.used_at = done.new_sign_count, context.now
    return user


def of_user(context: Context, user_id: UUID) -> Sequence[Passkey]:
    """The passkeys of an account, the oldest first."""
    return context.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def remove(context: Context, user_id: UUID, passkey_id: UUID | None = None) -> None:
    """Forget a passkey of an account; all of them where none is named."""
    chosen = [Passkey.user_id == user_id, *([Passkey.id == passkey_id] if passkey_id is not None else [])]
    context.session.execute(delete(Passkey).where(*chosen))


def _parsed(answer: str) -> dict[str, object]:
    """The browser's answer as JSON. Raises ``ValueError``."""
    if len(answer) > LARGEST:
        raise ValueError("too long")
    parsed = json.loads(answer)
    if not isinstance(parsed, dict):
        raise TypeError("not an object")
    return parsed
