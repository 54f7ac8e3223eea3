"""The settings: one table of name, type, default and one sentence, read from ``SIPROC_*`` environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = ("::1", "localhost", "127.0.0.1", "[::1]")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: ``SIPROC_`` + upper-case ``name`` is its environment variable."""

    name: str
    kind: type
    default: str
    sentence: str


TABLE = (
    Setting("data_dir", Path, str(ROOT / "var"), "Folder of the embedded database and of files."),
    Setting("database_url", str, "", "PostgreSQL (or SQLite) address; empty means the embedded SQLite in data_dir."),
    Setting("processes_dir", Path, str(ROOT / "processes"), "Folder of the procedures that are deployed at first."),
    Setting("forms_dir", Path, str(ROOT / "forms"), "Folder of the forms that are deployed at first."),
    Setting("host", str, "127.0.0.1", "Address that the web server listens on."),
    Setting("port", int, "8000", "Port that the web server listens on."),
    Setting(
        "public_url",
        str,
        "",
        "Address at which people reach the system: for letters, mailed links, passkeys; empty: host and port.",
    ),
    Setting("secret_key", str, "", "Key that signs cookies and form tokens; empty keeps a random one in data_dir."),
    Setting(
        "master_key",
        str,
        "",
        "Master key of the encryption at rest (`siproc keys make`); further ones, with commas, still open.",
    ),
    Setting(
        "master_key_file",
        str,
        "",
        "File with the master keys, one a line; empty: `master-key` beside the embedded database, made at first.",
    ),
    Setting("secure_cookies", bool, "1", "1: cookies only over HTTPS (or localhost). 0: for a plain HTTP trial."),
    Setting("proxies", int, "0", "How many trusted reverse proxies stand in front of the web server."),
    Setting(
        "hosts",
        str,
        "",
        "Host names that requests may name, with commas, *: any; empty: public_url's and this machine's own.",
    ),
    Setting("api_rate", int, "600", "Requests a minute that a program's key may make of each server process."),
    Setting(
        "webhook_hosts",
        str,
        "",
        "Host names that webhooks may be sent to, with commas, *: any that is public; empty: none.",
    ),
    Setting("lock_timeout", int, "20", "Seconds that a command waits for its turn at the database."),
    Setting("worker_poll", int, "1", "Seconds between two looks of the worker at due jobs when nothing wakes it."),
    Setting("session_idle", int, "30", "Minutes after which an unused session ends."),
    Setting("session_absolute", int, "12", "Hours after which any session ends."),
    Setting("second_factor", str, "*", "Roles that need a second factor, with commas; *: all. None: only in the demo."),
    Setting(
        "mail_server",
        str,
        "",
        "SMTP server, as smtp://user:password@host:587 or smtps://…; -: printed; empty: they wait.",
    ),
    Setting("mail_from", str, "siproc@localhost", "Sender of the mails."),
    Setting("oidc_issuer", str, "", "Issuer of the ministry's directory (OpenID Connect); empty: there is none."),
    Setting("oidc_name", str, "", "What the directory is called on the sign-in page."),
    Setting("oidc_client_id", str, "", "What the directory calls this installation."),
    Setting("oidc_client_secret", str, "", "Secret that the directory gave this installation."),
    Setting("oidc_scope", str, "openid email profile groups", "Scopes that are asked of the directory."),
    Setting("oidc_groups_claim", str, "groups", "Claim that holds the groups of a person."),
    Setting("oidc_groups", str, "", 'What groups give, as {"group": {"roles": ["agente"], "office": "MX-TAP"}}.'),
    Setting(
        "files",
        str,
        "",
        "Where files of cases are kept, sealed: a folder, or s3://key:secret@bucket/prefix; empty: in data_dir.",
    ),
    Setting("file_limit", int, "25", "Megabytes that a file may have."),
    Setting("case_files_limit", int, "500", "Megabytes that the files of one case may have together."),
    Setting("clamd", str, "", "ClamAV that looks at every file, as tcp://host:3310 or unix:///path; empty: none does."),
    Setting("oidc_acr", str, "", "acr values by which the directory confirms two factors; empty: ours are asked."),
    Setting(
        "practice_url", str, "", "Address of the practice mode (`siproc practice`), offered in the help; empty: none."
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force; fields are the rows of ``TABLE``, and whether this is the practice mode."""

    data_dir: Path
    database_url: str
    processes_dir: Path
    forms_dir: Path
    host: str
    port: int
    public_url: str
    secret_key: str
    master_key: str
    master_key_file: str
    secure_cookies: bool
    proxies: int
    hosts: str
    api_rate: int
    webhook_hosts: str
    lock_timeout: int
    worker_poll: int
    session_idle: int
    session_absolute: int
    second_factor: str
    mail_server: str
    mail_from: str
    oidc_issuer: str
    oidc_name: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_scope: str
    oidc_groups_claim: str
    oidc_groups: str
    files: str
    file_limit: int
    case_files_limit: int
    clamd: str
    oidc_acr: str
    practice_url: str
    practice: bool = False  # made-up data in a place of their own; only `siproc practice` says so

    @property
    def address(self) -> str:
        """Address at which people reach the pages, without a slash at its end."""
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::1") else self.host  # noqa: S104 # nosec B104 - compared only
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def trusted_hosts(self) -> list[str] | None:
        """Host names that a request may name; None: any, as for a trial that others reach without a public address."""
        if self.hosts:
            return None if self.hosts.strip() == "*" else [name.strip() for name in self.hosts.split(",")]
        named = urlsplit(self.public_url).hostname
        if named is None and self.host not in LOOPBACK:
            return None
        return [*LOOPBACK[1:], *([named] if named is not None else [])]

    @property
    def database(self) -> str:
        """SQLAlchemy address of the database in use."""
        if self.database_url:
            return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{self.data_dir / 'siproc.sqlite'}"


class SettingError(ValueError):
    """A setting has a value that cannot be read; the message names it and says what was expected."""


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environ`` (default: the process environment). Raises ``SettingError``."""
    source = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for row in TABLE:
        name = f"SIPROC_{row.name.upper()}"
        text = source.get(name, "") or row.default
        try:
            values[row.name] = text not in {"0", "no", "false"} if row.kind is bool else row.kind(text)
        except ValueError as error:
            raise SettingError(f"{name}: expected {row.kind.__name__}, found {text!r}.") from error
    if values["second_factor"] == "none":
        raise SettingError("SIPROC_SECOND_FACTOR: only the demo goes without second factors; name roles, or * for all.")
    return Settings(**values)  # type: ignore[arg-type]
