"""Asks ClamAV's daemon whether a file is malware, over its socket (INSTREAM); knows also that nobody could be asked."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from engine.settings import SettingError

BLOCK = 64 * 1024
SECONDS = 60.0
CLEAN, INFECTED, PENDING, UNSCANNED = "clean", "infected", "pending", "unscanned"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scan found: its state, and what the malware is called."""

    state: str
    threat: str = ""


class Scanner(Protocol):
    """Whoever looks at files for malware."""

    def scan(self, file: BinaryIO) -> Verdict:
        """Look at a whole file."""
        ...


class Nobody:
    """There is no scanner: every file says that it was not looked at."""

    def scan(self, file: BinaryIO) -> Verdict:
        """Not scanned."""
        return Verdict(UNSCANNED)


class Clamd:
    """A ClamAV daemon at ``tcp://host:port`` or ``unix:///path/of/the/socket``."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.path = parts.path if parts.scheme == "unix" else ""
        self.place = (parts.hostname or "", parts.port or 3310)
        if not self.path and (parts.scheme != "tcp" or not parts.hostname):
            raise SettingError("SIPROC_CLAMD: expected tcp://host:3310 or unix:///path.")

    def scan(self, file: BinaryIO) -> Verdict:
        """The daemon's verdict; ``PENDING`` where it cannot be reached, or could not look."""
        try:
            with self._connection() as connection:
                answer = self._ask(connection, file)
        except OSError:
            return Verdict(PENDING)
        if answer.endswith("FOUND"):
            return Verdict(INFECTED, answer.removeprefix("stream:").removesuffix("FOUND").strip()[:200])
        return Verdict(CLEAN if answer.endswith("OK") else PENDING)

    def _connection(self) -> socket.socket:
        if not self.path:
            return socket.create_connection(self.place, timeout=SECONDS)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        try:
            connection.connect(self.path)
        except OSError:
            connection.close()
            raise
        return connection

    @staticmethod
    def _ask(connection: socket.socket, file: BinaryIO) -> str:
        file.seek(0)
        connection.sendall(b"zINSTREAM\0")
        while block := file.read(BLOCK):
            connection.sendall(struct.pack("!L", len(block)) + block)
        connection.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and (part := connection.recv(4096)):
            answer += part
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def open_scanner(address: str) -> Scanner:
    """The scanner at ``address``; nobody where it is empty. Raises ``SettingError``."""
    return Clamd(address) if address else Nobody()
