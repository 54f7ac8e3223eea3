"""Where sealed objects lie: a folder of this machine, or a bucket that speaks S3. Knows nothing of what is inside."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import re2

from engine.settings import SettingError

_name = re2.compile(r"^[0-9a-f]{2}/[0-9a-f]{32}$")
PARTIAL = ".parcial"


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that lies in a storage."""

    name: str
    size: int
    changed_at: datetime


class Storage(Protocol):
    """Keeps objects by name. An object is whole or not there; a name is never written twice."""

    def put(self, name: str, chunks: Iterable[bytes]) -> None:
        """Keep an object; when this returns, it outlives a power cut."""
        ...

    def read(self, name: str, start: int, length: int) -> bytes:
        """A part of an object. Raises ``FileNotFoundError``."""
        ...

    def delete(self, name: str) -> None:
        """Forget an object; one that is not there is forgotten already."""
        ...

    def all(self) -> Iterator[Stored]:
        """Every object."""
        ...


class Folder:
    """Objects as files of a folder on a local disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, chunks: Iterable[bytes]) -> None:
        """Written beside, synced, then renamed: a reader never sees half of it."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(path.name + PARTIAL)
        try:
            with open(beside, "wb", opener=_private) as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def read(self, name: str, start: int, length: int) -> bytes:
        """A part of a file."""
        with self._path(name).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def delete(self, name: str) -> None:
        """Unlink the file."""
        self._path(name).unlink(missing_ok=True)

    def all(self) -> Iterator[Stored]:
        """Every file, those that were never finished among them (with the name that they would have had)."""
        for path in sorted(self.root.glob("??/*")):
            name = f"{path.parent.name}/{path.name}"
            with suppress(FileNotFoundError):
                facts = path.stat()
                yield Stored(name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def _path(self, name: str) -> Path:
        if _name.search(name.removesuffix(PARTIAL)) is None:
            raise ValueError(f"Not the name of an object: {name!r}")
        return self.root / name


class Bucket:
    """Objects in a bucket that speaks S3, below a prefix."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def put(self, name: str, chunks: Iterable[bytes]) -> None:
        """In parts as it comes; the bucket shows it once all parts are there."""
        with _as_os_errors():
            self.store.put(name, iter(chunks))

    def read(self, name: str, start: int, length: int) -> bytes:
        """A range of an object."""
        with _as_os_errors():
            return bytes(self.store.get_range(name, start=start, length=length))

    def delete(self, name: str) -> None:
        """Delete the object."""
        with suppress(FileNotFoundError), _as_os_errors():
            self.store.delete(name)

    def all(self) -> Iterator[Stored]:
        """Every object below the prefix."""
        with _as_os_errors():
            for page in self.store.list():
                for item in page:
                    yield Stored(item["path"], item["size"], item["last_modified"])


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """A bucket that cannot be reached fails as a disk does."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError:
        raise
    except BaseError as error:
        raise OSError(f"the bucket: {error}") from error


def open_storage(address: str, data_dir: Path) -> Storage:
    """The storage at ``address``: empty for a folder in ``data_dir``, a path, or ``s3://key:secret@bucket/prefix``.

    ``s3://`` takes ``?region=…&endpoint=https://…``; without a key the machine's own credentials are used. Raises
    ``SettingError``.
    """
    if not address:
        return Folder(data_dir / "files")
    parts = urlsplit(address)
    if parts.scheme == "":
        return Folder(Path(address))
    if parts.scheme != "s3" or not parts.hostname:
        raise SettingError("SIPROC_FILES: expected a folder or s3://key:secret@bucket/prefix.")
    return Bucket(_bucket(parts.hostname, parts.path.strip("/"), parts.username, parts.password, parts.query))


def _bucket(bucket: str, prefix: str, key: str | None, secret: str | None, query: str) -> Any:
    from obstore.store import S3Store

    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    options: dict[str, Any] = {"region": asked.get("region", "us-east-1")}
    if "endpoint" in asked:
        options |= {"endpoint": asked["endpoint"], "virtual_hosted_style_request": False}
    if key and secret:
        options |= {"access_key_id": unquote(key), "secret_access_key": unquote(secret)}
    plain = asked.get("endpoint", "").startswith("http://")
    return S3Store(
        bucket,
        prefix=prefix or None,
        client_options={"allow_http": plain, "timeout": "60s", "connect_timeout": "5s"},
        # Somebody waits for the page: what does not come back soon is told, and can be tried again.
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=15)},
        **options,
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    """A rename outlives a power cut once its folder is synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
