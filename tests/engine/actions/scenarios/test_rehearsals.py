"""Rehearsals: what designers write is played apart from the server, and publishing is told what came of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.access.actors import SYSTEM, Actor
from engine.actions import definitions
from engine.actions.installation import install
from engine.actions.scenarios import Rehearser, Scenario, ScenarioError, library, parse, rehearsals, telling
from engine.errors import Conflict, Forbidden
from engine.settings import Settings, load
from engine.store import Store
from engine.store.tables.base import new_id
from tests.engine.actions.scenarios.test_playing import BPMN, HEAD, WHOLE

DANI = Actor(new_id(), "Dani", "HN-TGU", frozenset({"disenador"}))
ANA = Actor(new_id(), "Ana", "MX-TAP", frozenset({"agente"}))
FAILING = (
    (HEAD + "  - comprueba: {esperan: [ut_dos]}\n").replace("escenario: Prueba", "escenario: ¿Otra? ¡Sí!").encode()
)


@pytest.fixture
def places(tmp_path: Path) -> Settings:
    """Settings of a small installation with one procedure and one scenario."""
    folder = tmp_path / "processes" / "penal"
    (folder / "scenarios").mkdir(parents=True)
    (tmp_path / "forms").mkdir()
    (folder / "prueba.bpmn").write_text(BPMN)
    (folder / "scenarios" / "todo.yaml").write_text(HEAD + WHOLE)
    settings = load({"SIPROC_DATA_DIR": str(tmp_path / "data")})
    return replace(settings, processes_dir=tmp_path / "processes", forms_dir=tmp_path / "forms")


@pytest.fixture
def installed(store: Store, places: Settings) -> Store:
    """Either database with that installation."""
    store.transact(lambda context: install(context, places.processes_dir, places.forms_dir), SYSTEM)
    return store


def write(store: Store, places: Settings, content: bytes, key: str | None = None, version: int = 0) -> str:
    return store.transact(
        lambda context: library.save(context, places.processes_dir, "prueba", key, content, version), DANI
    )


def rehearse(store: Store, places: Settings, *, draft: bool) -> rehearsals.Result:
    """Ask for a rehearsal and carry it out."""
    store.transact(lambda context: rehearsals.ask(context, places.processes_dir, "prueba", draft=draft), DANI)
    rehearser = Rehearser(store, places)
    assert rehearser.attend() == 1
    assert rehearser._running is not None
    rehearser._running.process.wait(timeout=120)
    assert rehearser.attend() == 1
    result = store.read(lambda context: rehearsals.newest(context, "prueba", draft=draft), DANI)
    assert result is not None
    return result


def doubt(store: Store, places: Settings, content: bytes) -> str:
    found = store.read(lambda context: rehearsals.doubts(context, places.processes_dir, "prueba", content), DANI)
    return str(found or "")


def test_a_draft_is_played_with_what_was_written_for_it_and_publishing_is_told(
    installed: Store, places: Settings
) -> None:
    content = BPMN.encode()
    assert "no se han probado" in doubt(installed, places, content)

    published = rehearse(installed, places, draft=False)
    key = write(installed, places, FAILING)
    drafted = rehearse(installed, places, draft=True)

    assert key == "penal/otra_si"
    assert (published.state, list(published.outcomes)) == ("passed", ["penal/todo"])
    assert published.processes["prueba"]["missed_elements"] == []
    assert (drafted.state, drafted.failed, drafted.outcomes[key].line) == ("failed", 1, 6)
    assert "ut_uno" in str(drafted.outcomes[key].error)
    assert "fallan" in doubt(installed, places, content)

    write(installed, places, (HEAD + WHOLE).encode(), key, version=1)
    assert "no se han probado" in doubt(installed, places, content)  # of another text nothing is known
    assert rehearse(installed, places, draft=True).state == "passed"
    assert doubt(installed, places, content.replace(b"<bpmn:message ", b"\n  <bpmn:message ")) == ""
    assert "no se han probado" in doubt(installed, places, content.replace(b'name="Uno"', b'name="Una"'))


def test_publishing_makes_the_written_scenarios_hold(installed: Store, places: Settings) -> None:
    key = write(installed, places, FAILING)
    seen = installed.read(lambda context: library.written(context, places.processes_dir, drafts=False), DANI)

    installed.transact(lambda context: definitions.publish(context, "prueba", BPMN.encode(), 0), DANI)

    after = installed.read(lambda context: library.written(context, places.processes_dir, drafts=False), DANI)
    assert key not in seen
    assert after[key].origin == library.KEPT


def test_who_writes_over_another_is_told_and_dropping_brings_back_the_file(installed: Store, places: Settings) -> None:
    write(installed, places, (HEAD + WHOLE).encode(), "penal/todo")

    with pytest.raises(Conflict):
        write(installed, places, FAILING, "penal/todo")

    installed.transact(lambda context: library.drop(context, "penal/todo"), DANI)
    assert (
        installed.read(lambda context: library.one(context, places.processes_dir, "penal/todo"), DANI).origin
        == library.FILES
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + "  - nada: 1\n", 6),
        (HEAD.replace("prueba\ncom", "otro\ncom") + WHOLE, 3),
        ("escenario: x\nprocedimiento: prueba\nsigue_a: /etc/passwd\npasos:\n  - pasa: PT1H\n", 3),
        ("escenario: x\nprocedimiento: prueba\nsigue_a: ../../../../x.yaml\npasos:\n  - pasa: PT1H\n", 3),
        ("decisiones: {}\n", 1),
        ("escenario: [\n", 2),
    ],
)
def test_a_mistake_is_told_with_its_line(installed: Store, places: Settings, text: str, line: int) -> None:
    with pytest.raises(ScenarioError) as refusal:
        write(installed, places, text.encode())

    assert refusal.value.line == line


def test_only_designers_write_and_play(installed: Store, places: Settings) -> None:
    for work in (
        lambda context: library.save(context, places.processes_dir, "prueba", None, FAILING, 0),
        lambda context: library.written(context, places.processes_dir, drafts=True),
        lambda context: rehearsals.ask(context, places.processes_dir, "prueba", draft=False),
    ):
        with pytest.raises(Forbidden):
            installed.transact(work, ANA)


def test_the_same_is_not_played_twice_at_once(installed: Store, places: Settings) -> None:
    def ask() -> None:
        installed.transact(lambda context: rehearsals.ask(context, places.processes_dir, "prueba", draft=False), DANI)

    ask()

    with pytest.raises(Conflict):
        ask()


def test_what_takes_too_long_is_stopped(installed: Store, places: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.transact(lambda context: rehearsals.ask(context, places.processes_dir, "prueba", draft=False), DANI)
    rehearser = Rehearser(installed, places)
    rehearser.attend()
    assert rehearser._running is not None
    rehearser._running.until = installed.clock.now()
    installed.clock.advance(rehearsals.LONGEST_ONE)  # type: ignore[attr-defined]

    rehearser.attend()

    found = installed.read(lambda context: rehearsals.newest(context, "prueba", draft=False), DANI)
    assert found is not None
    assert found.state == "stopped"


def test_a_scenario_is_told_in_words(installed: Store, places: Settings) -> None:
    story = parse((HEAD + WHOLE).encode(), Path("penal/scenarios/todo.yaml"))
    assert isinstance(story, Scenario)

    told = installed.read(lambda context: telling.tell(story, telling.words(context)), DANI)

    said = [str(item.sentence) for item in told]
    assert said[:3] == [
        "Comienza el procedimiento «Prueba» por sí solo.",
        "Se comprueba:",
        "Pasa el tiempo hasta que vence «be_tarde».",
    ]
    assert "Se completa «Avisar» (Supervisor de protección)." in said
    assert [str(item) for item in told[1].details] == [
        "Esperan exactamente: «Uno».", "«Uno» vence en 4 h.", "«Uno» se ofrece a: Agente consular de protección.",
        "prioridad: P2",
    ]  # fmt: skip
    assert [item.line for item in told[1:3]] == [7, 8]


def test_what_is_known_only_while_it_is_played_is_told_in_words(installed: Store) -> None:
    steps = "  - llega: msg_llega\n    con: {dia: '@hoy-P20D', plazo: '@hoy+P3D hora', quien: '@consul US-HOU', caso: '@caso'}\n"
    story = parse((HEAD + steps).encode(), Path("penal/scenarios/todo.yaml"))
    assert isinstance(story, Scenario)

    told = installed.read(lambda context: telling.tell(story, telling.words(context)), DANI)

    assert [str(item) for item in told[-1].details] == [
        "dia: hace 20 d", "plazo: dentro de 3 d", "quien: Cónsul US-HOU", "caso: el expediente",
    ]  # fmt: skip
