"""A ministry's own directory by OpenID Connect: code flow with PKCE, state and nonce; groups give roles and an office."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from engine.access.matrix import ROLES
from engine.errors import EngineError, Text
from engine.settings import SettingError, Settings

SIGNED = ["RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512", "EdDSA", "Ed25519"]
PATIENCE = 10
LEEWAY = 60


class DirectoryRefused(EngineError):
    """The directory did not say, in a way that can be believed, who this is."""

    code = "directory_refused"
    default = Text(
        "El directorio no confirmó quién es usted. Inténtelo de nuevo.",
        "The directory did not confirm who you are. Try again.",
    )


@dataclass(frozen=True, slots=True)
class Flow:
    """What has to come back with the answer to one request; kept in the browser, signed."""

    state: str
    nonce: str
    verifier: str
    next: str = ""

    def data(self) -> dict[str, str]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the directory says this is; ``strong`` if by more than one factor."""

    issuer: str
    subject: str
    email: str
    name: str
    groups: frozenset[str]
    strong: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The roles and the office that groups give."""

    roles: frozenset[str]
    office_code: str


class Directory:
    """One provider, as the settings name it. What it publishes about itself is read when first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = Lock()
        self._metadata: dict[str, Any] | None = None
        self._keys: Any = None

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to."""
        return f"{self.settings.address}/entrar/directorio/regreso"

    def begin(self, next_page: str = "") -> tuple[str, Flow]:
        """The provider's address for signing in, and what its answer has to carry. Raises ``DirectoryRefused``."""
        flow = Flow(generate_token(43), generate_token(43), generate_token(64), next_page)
        extra = {"acr_values": self.settings.oidc_acr} if self.settings.oidc_acr else {}
        with self._session() as session:
            address, _ = session.create_authorization_url(
                self._published("authorization_endpoint"),
                state=flow.state,
                nonce=flow.nonce,
                code_verifier=flow.verifier,
                **extra,
            )
        return str(address), flow

    def finish(self, flow: Flow, answer: Mapping[str, str], now: datetime) -> Claims:
        """Who signed in there. Raises ``DirectoryRefused`` for anything that does not fit."""
        issuer = answer.get("iss")
        if not answer.get("code") or answer.get("state") != flow.state or answer.get("error"):
            raise DirectoryRefused
        if issuer is not None and issuer != self._published("issuer"):
            raise DirectoryRefused
        try:
            with self._session() as session:
                token = session.fetch_token(
                    self._published("token_endpoint"),
                    code=answer["code"],
                    code_verifier=flow.verifier,
                    timeout=PATIENCE,
                )
                claims = self.verified(str(token.get("id_token", "")), flow.nonce, now)
                return self._claims(self._with_profile(session, claims))
        except (requests.RequestException, OAuthError, ValueError) as error:
            raise DirectoryRefused from error

    def _with_profile(self, session: OAuth2Session, claims: dict[str, Any]) -> dict[str, Any]:
        """The claims with what the provider tells apart, where its ID token does not hold it all."""
        if {"email", self.settings.oidc_groups_claim} <= claims.keys():
            return claims
        answer = session.get(self._published("userinfo_endpoint"), timeout=PATIENCE, allow_redirects=False)
        answer.raise_for_status()
        profile = answer.json()
        if not isinstance(profile, dict) or profile.get("sub") != claims["sub"]:
            raise DirectoryRefused
        return {**profile, **claims}

    def verified(self, id_token: str, nonce: str, now: datetime) -> dict[str, Any]:
        """The claims of an ID token, if the provider signed it for us, now, and for this request."""
        try:
            claims = dict(self._decoded(id_token).claims)
            rules = jwt.JWTClaimsRegistry(
                now=lambda: int(now.timestamp()),
                leeway=LEEWAY,
                iss={"essential": True, "value": self._published("issuer")},
                sub={"essential": True},
                aud={"essential": True, "value": self.settings.oidc_client_id},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise DirectoryRefused from error
        many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (many or "azp" in claims) and claims.get("azp") != self.settings.oidc_client_id:
            raise DirectoryRefused
        return claims

    def _decoded(self, id_token: str) -> Any:
        keys = self._keys or self._fetched_keys()
        try:
            return jwt.decode(id_token, keys, algorithms=SIGNED)
        except (JoseError, ValueError):  # its keys may have changed since
            return jwt.decode(id_token, self._fetched_keys(), algorithms=SIGNED)

    def _claims(self, claims: Mapping[str, Any]) -> Claims:
        groups = claims.get(self.settings.oidc_groups_claim, [])
        if not isinstance(groups, list):
            groups = [groups]
        verified = claims.get("email_verified", True) is True
        email = str(claims.get("email", "")) if verified else ""
        return Claims(
            issuer=str(claims["iss"]),
            subject=str(claims["sub"]),
            email=email.strip().lower(),
            name=str(claims.get("name") or email)[:200],
            groups=frozenset(str(group) for group in groups),
            strong=bool(self.settings.oidc_acr) and claims.get("acr") in self.settings.oidc_acr.split(),
        )

    def place(self, groups: frozenset[str]) -> Place | None:
        """The roles of all the groups and the office of one of them; None where they give no role or no office."""
        rows = [row for group, row in read_groups(self.settings).items() if group in groups]
        roles = frozenset(role for row in rows for role in row.roles)
        offices = sorted({row.office_code for row in rows if row.office_code})
        return Place(roles, offices[0]) if roles and len(offices) == 1 else None

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self.settings.oidc_client_id,
            self.settings.oidc_client_secret,
            redirect_uri=self.redirect_uri,
            scope=self.settings.oidc_scope,
            code_challenge_method="S256",
        )

    def _published(self, name: str) -> str:
        """A value of the provider's metadata."""
        with self._lock:
            if self._metadata is None:
                self._metadata = _discovered(self.settings.oidc_issuer)
            value = self._metadata.get(name)
        if not isinstance(value, str):
            raise DirectoryRefused
        return value

    def _fetched_keys(self) -> Any:
        self._keys = KeySet.import_key_set(_fetched(self._published("jwks_uri")))  # type: ignore[arg-type]
        return self._keys


def read_groups(settings: Settings) -> dict[str, Place]:
    """What each group gives, from ``oidc_groups``: ``{"group": {"roles": ["agente"], "office": "MX-TAP"}}``.

    Raises ``SettingError`` for what cannot be read and for unknown roles. An empty office leaves it to another group.
    """
    try:
        rows = json.loads(settings.oidc_groups or "{}")
        found = {str(name): Place(frozenset(row["roles"]), str(row["office"])) for name, row in rows.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingError(
            'SIPROC_OIDC_GROUPS: expected {"group": {"roles": ["agente"], "office": "MX-TAP"}}, '
            f"found {settings.oidc_groups!r}."
        ) from error
    for name, place in found.items():
        if not place.roles <= set(ROLES) - {"sistema"}:
            raise SettingError(f"SIPROC_OIDC_GROUPS: the group {name!r} names an unknown role.")
    return found


def _discovered(issuer: str) -> dict[str, Any]:
    metadata = _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if metadata.get("issuer") != issuer or "S256" not in metadata.get("code_challenge_methods_supported", ["S256"]):
        raise DirectoryRefused
    return metadata


def _fetched(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
        raise DirectoryRefused
    try:
        answer = requests.get(address, timeout=PATIENCE, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise DirectoryRefused from error
    if not isinstance(found, dict):
        raise DirectoryRefused
    return found
