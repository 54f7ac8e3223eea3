"""Rooms for files: in a folder of the test, and in a bucket of a real S3 server."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.files.room import FileRoom, file_room
from engine.settings import load

OpenRoom = Callable[..., FileRoom]


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Address of an S3 server with one bucket."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/archivos", method="PUT")).close()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def storage_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where files are kept, once of each kind."""
    if request.param == "folder":
        return ""
    endpoint = request.getfixturevalue("s3")
    return f"s3://clave:secreta@archivos/{tmp_path.name}?endpoint={endpoint}"


@pytest.fixture
def open_room(tmp_path: Path) -> OpenRoom:
    """Opens a room for files with these settings."""

    def opened(**settings: str) -> FileRoom:
        given = {f"SIPROC_{name.upper()}": value for name, value in settings.items()}
        return file_room(load({"SIPROC_DATA_DIR": str(tmp_path), **given}))

    return opened
