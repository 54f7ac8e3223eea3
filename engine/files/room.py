"""Everything that keeping files takes, put together from the settings once: the vault, the scanner, and the limits."""

from __future__ import annotations

from dataclasses import dataclass

from engine.files.scanning import Scanner, open_scanner
from engine.files.storage import open_storage
from engine.files.vault import Vault
from engine.settings import Settings

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileRoom:
    """``limit`` bounds a file and ``quota`` the files of one case together, in bytes."""

    vault: Vault
    scanner: Scanner
    limit: int
    quota: int


def file_room(settings: Settings) -> FileRoom:
    """The room that the settings describe. Raises ``SettingError``."""
    storage = open_storage(settings.files, settings.data_dir)
    return FileRoom(
        Vault(storage),
        open_scanner(settings.clamd),
        settings.file_limit * MEGABYTE,
        settings.case_files_limit * MEGABYTE,
    )
