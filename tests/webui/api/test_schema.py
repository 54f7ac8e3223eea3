"""Generated requests, right ones and wrong ones, against the OpenAPI document: what it says holds, and nothing breaks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig as Config
from schemathesis.config._checks import POSITIVE_DATA_ACCEPTANCE_EXPECTED_STATUSES
from schemathesis.generation.modes import GenerationMode

from engine.access import limits
from engine.settings import load
from engine.store import Store
from tests.webui.api.conftest import Program, make_key
from webui.api.operations import OPERATIONS
from webui.app import create_app

EXAMPLES = int(os.environ.get("SIPROC_EXAMPLES", "10"))
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Stage:
    """An application with a case of Ana's, and a key for everything that she may."""

    app: Flask
    key: str
    known: dict[str, str]


@pytest.fixture(scope="module")
def stage(_peopled_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("api")
    store = Store(f"sqlite:///{shutil.copy(_peopled_file, folder / 'siproc.sqlite')}")
    settings = replace(load({"SIPROC_DATA_DIR": str(folder)}), second_factor="none", api_rate=1_000_000)
    app, key = create_app(store, settings), make_key(store, "ana.discua")
    opened = Program(app.test_client(use_cookies=False), key).post("/cases").json
    yield Stage(app, key, {"case_id": opened["case_id"], "task_id": opened["task_id"]})
    store.close()


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", [item.name for item in OPERATIONS])
def test_what_it_says_holds(name: str, mode: GenerationMode, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PER_ADDRESS", 1_000_000)
    operation = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", stage.app, config=config(stage.key)
    ).find_operation_by_id(name)

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(case: schemathesis.Case) -> None:
        # Half of what is right comes to a case and a task that are there.
        for place, known in stage.known.items():
            right = mode is GenerationMode.POSITIVE and place in (case.path_parameters or {})
            if right and len(repr((case.body, case.query))) % 2:
                case.path_parameters[place] = known
        case.call_and_validate(headers={"Accept-Encoding": "identity"})  # its client does not unpack what comes packed

    try:
        holds()
    except Unsatisfiable:
        pytest.skip("there is nothing that could be sent wrongly")


def config(key: str) -> Config:
    """How requests are judged. 412 and 422 are answers, too: an old version, answers that the form does not take."""
    accepted = [*POSITIVE_DATA_ACCEPTANCE_EXPECTED_STATUSES, "412", "422"]
    return Config.from_dict(
        {
            "checks": {"positive_data_acceptance": {"expected-statuses": accepted}},
            "generation": {"allow-x00": False},  # JSON Schema has no word for letters that no database keeps
            "auth": {"openapi": {"key": {"bearer": key}}},
        }
    )
