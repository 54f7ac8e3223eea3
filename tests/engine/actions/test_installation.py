"""Installing again changes nothing that was published since."""

from __future__ import annotations

from pathlib import Path

from engine.access.actors import SYSTEM
from engine.actions.installation import install
from engine.definitions import deploy, registry
from engine.store import Store
from tests.engine.actions.scenarios.test_playing import BPMN


def test_a_newer_version_is_not_covered_by_the_file_it_came_from(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "processes"
    folder.mkdir()
    (tmp_path / "forms").mkdir()
    (folder / "prueba.bpmn").write_text(BPMN)
    newer = BPMN.replace('name="Uno"', 'name="Una"').encode()

    def start() -> str:
        store.transact(lambda context: install(context, folder, tmp_path / "forms"), SYSTEM)
        return store.read(lambda context: f"v{registry.latest(context, 'prueba').version}", SYSTEM)

    assert [start(), start()] == ["v1", "v1"]
    store.transact(lambda context: deploy.deploy(context, {"prueba.bpmn": newer}), SYSTEM)
    assert start() == "v2"
    (folder / "prueba.bpmn").write_text(BPMN.replace('name="Uno"', 'name="Primera"'))
    assert start() == "v3"
