"""Cases of the demo that go as the procedures' scenarios tell, from the first call to the closing, at people's pace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from engine.access.actors import Actor
from engine.actions.scenarios.player import AT_ONCE, Player
from engine.actions.scenarios.reading import Scenario, ScenarioError, Step, read
from engine.bpmn.timers import as_duration
from engine.clock import MovableClock
from engine.runtime.worker import Worker
from engine.store import Store
from engine.store.tables.runtime import UserTask

# Which scenario, and how many days ago it began. Those that began long ago have come to their end.
TOLD = (
    ("penal/scenarios/el_caso_se_cierra.yaml", 60),
    ("penal/scenarios/del_proceso_a_la_libertad.yaml", 34),
    ("laboral/scenarios/del_hambre_al_salario_pagado.yaml", 110),
    ("salud/scenarios/del_hospital_a_su_casa.yaml", 75),
    ("salud/scenarios/del_hospital_a_su_casa.yaml", 5),
    ("migratorio/scenarios/de_tapachula_a_houston_y_a_casa.yaml", 50),
    ("migratorio/scenarios/nina_de_la_estacion_a_casa.yaml", 8),
    ("familia/scenarios/del_aviso_de_la_escuela_al_cierre.yaml", 130),
    ("familia/scenarios/sustraccion_del_aviso_al_cierre.yaml", 7),
    ("derechos_humanos/scenarios/del_secuestro_a_la_calma.yaml", 90),
    ("derechos_humanos/scenarios/de_la_explotacion_a_un_lugar_seguro.yaml", 6),
    ("desaparecidos/scenarios/del_reporte_al_cierre_entre_oficinas.yaml", 80),
    ("ingreso/scenarios/consulta_de_pasaporte.yaml", 3),
)
DOUBT = "ut_resolver_duplicado"
NAMED = frozenset({"nombres", "apellido1", "apellido2", "dni", "afectada_nombre", "rep_nombre"})


def chain(file: Path) -> list[tuple[Scenario, Step]]:
    """The steps from somebody's report to the end of a scenario, each with the file that tells it; without its checks."""
    scenario = read(file)
    assert isinstance(scenario, Scenario)
    before = chain(scenario.follows) if scenario.follows is not None else []
    return [*before, *((scenario, step) for step in scenario.steps if step.verb != "comprueba")]


class Guided(Player):
    """A case that the demo's people bring forward; whoever may see it does what a step says."""

    def __init__(
        self,
        file: Path,
        store: Store,
        clock: MovableClock,
        worker: Worker,
        *,
        names: dict[str, str],
        member: Callable[[str, str, UUID | None], Actor],
        actors: Sequence[Actor],
    ) -> None:
        steps = chain(file)
        super().__init__(steps[0][0], store, clock, worker)
        self.left = [(scenario, self._renamed(step, names)) for scenario, step in steps]
        self.member = member
        self.people = {actor.id: actor for actor in actors}

    @staticmethod
    def _renamed(step: Step, names: dict[str, str]) -> Step:
        """The step with this case's person in place of the scenario's."""
        said = step.beside.get("con") or {}
        mine = {key: names[key] for key in said if key in NAMED and key in names}
        return replace(step, beside={**step.beside, "con": {**said, **mine}}) if mine else step

    def go_on(self) -> datetime | None:
        """Do the next step. Returns from when on there may be another one; None at the end. Raises ``EngineError``."""
        now = self.clock.now()
        if self.current is None:
            self.begin(None)
            return now
        if not self.left:
            return None
        self.scenario, step = self.left.pop(0)
        if step.verb == "completa":
            self._settle()
            if self._passed_by(step):
                return now
        if step.verb in AT_ONCE:
            self.do(step)
            return now
        if step.verb == "pasa":
            return as_duration(str(step.subject)).after(now)
        try:
            return max(self.due_of(str(step.subject)), now)
        except ScenarioError:
            return now  # people are slower than scenarios: it fell due already

    def _passed_by(self, step: Step) -> bool:
        """Whether a task was not needed this time, for the one after it waits already."""
        waiting = {task.element_id for task in self._tasks()}
        following = next((item for _, item in self.left if item.verb == "completa"), None)
        return step.subject not in waiting and following is not None and following.subject in waiting

    def _settle(self) -> None:
        """Of the demo's many persons, one that looks like another is told apart, unless the scenario does."""
        doubted = any(task.element_id == DOUBT for task in self._tasks())
        if doubted and all(step.subject != DOUBT for _, step in self.left):
            self.do(Step(0, "completa", DOUBT, {"con": {"decision": "distinta"}}))

    def _account(self, role: str, office: str) -> Actor:
        return self.member(role, office, self.current)

    def _existing(self, user_id: UUID) -> Actor:
        return self.people[user_id]

    def _who(self, task: UserTask, role: str | None) -> Actor:
        if task.assignee_id is not None:
            return self._existing(task.assignee_id)
        for value, office in self._offers(task):
            found = self._account(value, office or self.scenario.office)
            if role in (None, value) and value in found.roles and found.office_code == office:
                return found
        return super()._who(task, role)
