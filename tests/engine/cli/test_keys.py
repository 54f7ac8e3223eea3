"""``siproc keys``: an operator makes, looks at and changes keys, and is told what is wrong in a sentence."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.access.actors import SYSTEM
from engine.casework import people
from engine.cli import main
from engine.store import Store
from engine.store.sealing.masters import new_text


def siproc(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["keys", *arguments])


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of master keys that the settings name."""
    path = tmp_path / "masters"
    monkeypatch.delenv("SIPROC_MASTER_KEY")
    monkeypatch.setenv("SIPROC_MASTER_KEY_FILE", str(path))
    assert siproc("make", "--file", str(path)).exit_code == 0
    return path


@pytest.fixture
def url(file: Path, tmp_path: Path) -> str:
    """A database that is sealed with it, with a person."""
    made = Store(f"sqlite:///{tmp_path / 'siproc.sqlite'}")
    made.migrate()
    made.transact(lambda context: people.register(context, {"nombres": "Luz", "dni": "0801199012345"}), SYSTEM)
    made.close()
    return made.url


def test_a_key_is_printed_or_put_on_top_of_a_file(file: Path) -> None:
    first = file.read_text()

    printed = siproc("make").output.strip()
    again = siproc("make", "--file", str(file))

    assert len(printed) == 44
    assert file.read_text().endswith(first)
    assert len(file.read_text().splitlines()) == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert again.output.split(":")[0] not in first
    assert printed not in file.read_text()


def test_a_master_key_is_changed(file: Path, url: str) -> None:
    siproc("make", "--file", str(file))

    rotated = siproc("rotate", "--database", url)
    file.write_text(file.read_text().splitlines()[0])
    found = json.loads(siproc("status", "--database", url, "--json").output)

    assert rotated.exit_code == 0, rotated.output
    assert rotated.output.startswith("2 ")
    assert {key["master"] for key in found["keys"]} == set(found["masters"])
    assert len(found["masters"]) == 1
    assert siproc("verify", "--database", url).exit_code == 0


def test_a_data_key_is_changed(file: Path, url: str) -> None:
    rotated = siproc("rotate", "--data", "--database", url)
    found = json.loads(siproc("status", "--database", url, "--json").output)
    shown = siproc("status", "--database", url)

    assert rotated.exit_code == 0, rotated.output
    data = [key for key in found["keys"] if key["purpose"] == "data"]
    assert [(key["values"] > 0, key["retired_at"] is None) for key in data] == [(False, False), (True, True)]
    assert found["not_sealed"] == 0
    assert "relevada / retired" in shown.output
    assert siproc("seal", "--database", url).output.startswith("0 ")
    assert siproc("verify", "--database", url).exit_code == 0


def test_another_master_key_is_told_in_a_sentence(file: Path, url: str) -> None:
    file.write_text(new_text())

    answer = siproc("status", "--database", url)

    assert answer.exit_code == 1
    assert "This database is sealed with the master key" in answer.output
    assert "Traceback" not in answer.output


def test_a_value_that_does_not_open_is_named(file: Path, url: str) -> None:
    from sqlalchemy import text

    store = Store(url)
    store.transact(lambda context: context.session.execute(text("UPDATE person SET alias = name")) and None, SYSTEM)
    store.close()

    answer = siproc("verify", "--database", url)

    assert answer.exit_code == 1
    assert "✗ person.alias" in answer.output
