"""The settings: one table of name, type, default and one sentence, read from ``SIPROC_*`` environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
        "http://localhost:8000",
        "Address at which people outside reach the system, for letters and mail.",
    ),
    Setting("secret_key", str, "", "Key that signs cookies and form tokens; empty keeps a random one in data_dir."),
    Setting("secure_cookies", bool, "1", "1: cookies only over HTTPS (or localhost). 0: for a plain HTTP trial."),
    Setting("proxies", int, "0", "How many trusted reverse proxies stand in front of the web server."),
    Setting("lock_timeout", int, "20", "Seconds that a command waits for its turn at the database."),
    Setting("worker_poll", int, "1", "Seconds between two looks of the worker at due jobs when nothing wakes it."),
    Setting(
        "retention",
        str,
        "",
        "Terms after which the values of closed cases' processes go, as PEN=P10Y,*=P5Y; empty: never.",
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force; fields are the rows of ``TABLE``."""

    data_dir: Path
    database_url: str
    processes_dir: Path
    forms_dir: Path
    host: str
    port: int
    public_url: str
    secret_key: str
    secure_cookies: bool
    proxies: int
    lock_timeout: int
    worker_poll: int
    retention: str

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
    return Settings(**values)  # type: ignore[arg-type]
