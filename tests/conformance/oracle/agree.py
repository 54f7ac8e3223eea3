"""Plays a net by both, choice after choice, and says where they part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from engine.bpmn.incidents import LimitReached
from engine.bpmn.specs import ProcessSpec
from tests.conformance.oracle.game import Game, State
from tests.conformance.oracle.net import Level, notation
from tests.conformance.oracle.played import Played, spec_of

MAX_STATES = 300
MAX_TOKENS = 8


class TooMany(Exception):
    """More tokens or orders than are worth playing; signals can call one another without end."""


@dataclass
class Disagreement(AssertionError):
    """The engine did what the token game does not allow."""

    what: str
    net: str
    x: int
    path: list[str]

    def __str__(self) -> str:
        return f"{self.what}\n\nafter {self.path} from x = {self.x} in\n\n{self.net}"


def compare(level: Level, *, paths: int = 12, depth: int = 7, seed: int = 0) -> int:
    """Play ``level`` along many paths of choices; returns how many choices agreed. Raises ``Disagreement``.

    The first choices of the paths are all different, the others are drawn from ``seed``. A path ends at ``depth``, or where
    more tokens or orders of moves would have to be looked at than are worth it.
    """
    spec, game, random = spec_of(level), Game(level), Random(seed)
    return sum(_path(level, spec, game, random, number, depth) for number in range(paths))


def _path(level: Level, spec: ProcessSpec, game: Game, random: Random, number: int, depth: int) -> int:
    x, path, agreed = number % 3, list[str](), 0
    try:
        played = Played(spec, x)
        states = _follow(game, [((), game.start(x))], played.completed)
        while True:
            states = _same(game, states, played, level, x, path)
            offered = played.choices()
            if not offered or len(path) >= depth or sum(played.elements().values()) > MAX_TOKENS:
                return agreed
            choice = random.choice(offered) if path else offered[number // 3 % len(offered)]
            path.append(choice)
            begun = [moved for state in states for moved in game.choices(state)[choice]]
            states = _follow(game, begun, played.choose(choice, random.randrange(4)))
            agreed += 1
    except (LimitReached, TooMany):
        return agreed


def _same(game: Game, states: list[State], played: Played, level: Level, x: int, path: list[str]) -> list[State]:
    def differ(what: str) -> Disagreement:
        return Disagreement(f"{what}\ncompleted: {' '.join(played.completed)}", notation(level), x, path)

    if not states:
        raise differ("no order of moves completes these elements")
    resting = [state for state in states if not game.moves(state)]
    if not resting:
        raise differ("the engine rests where something can still move")
    found = [state for state in resting if state.elements() == played.elements()]
    if not found:
        raise differ(f"tokens: {dict(played.elements())}, expected one of {[dict(s.elements()) for s in resting[:3]]}")
    offered = played.choices()
    same = [state for state in found if sorted(game.choices(state)) == offered]
    if not same:
        raise differ(f"choices: {offered}, expected {sorted(game.choices(found[0]))}")
    return same


def _follow(game: Game, begun: Iterable[tuple[tuple[str, ...], State]], completed: list[str]) -> list[State]:
    """The states in which the token game can be after completing exactly ``completed``, in that order."""
    left: list[dict[object, State]] = [{} for _ in range(len(completed) + 1)]
    todo: list[tuple[int, State]] = []
    seen = 0

    def reach(position: int, labels: tuple[str, ...], state: State) -> None:
        if tuple(completed[position : position + len(labels)]) != labels:
            return
        position += len(labels)
        key = state.key()
        if key not in left[position]:
            left[position][key] = state
            todo.append((position, state))

    for labels, state in begun:
        reach(0, labels, state)
    while todo:
        position, state = todo.pop()
        seen += 1
        if seen > MAX_STATES:
            raise TooMany
        for labels, after in game.moves(state):
            reach(position, labels, after)
    return list(left[-1].values())
