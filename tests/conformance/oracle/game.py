"""The token game: BPMN 2.0.2, chapter 13, played literally on a net, with every order of what may happen.

``moves`` are what may happen by itself, one element at a time, in any order; ``choices`` what the world may do: complete
a task, throw its error, fire a timer or message, broadcast a signal. Every move carries the element that it completes.
This module shares nothing with the engine: not its model, not its code, not its data structures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import permutations
from typing import NamedTuple

from tests.conformance.oracle.net import Level, Loop, Node, start_of

ROOT = 0
JOINS = frozenset({"parallel", "inclusive"})
WAITING = frozenset({"user", "service", "catch", "eventbased"})
BY_THE_WORLD = frozenset({"timer", "message"})
VALUES = (0, 1, 2)
ERRORS = ("E", "F")


class Token(NamedTuple):
    """A token: ``to`` its node, ``at`` it and waiting, ``in`` it with others inside, or ``stuck`` until a person helps;
    ``chosen`` is an event-based gateway whose event has come by ``flow``.

    ``scope`` is the token in which it lies. A loop is a ``body`` with one token for each ``turn``.
    """

    id: int
    scope: int
    node: str
    place: str
    flow: str | None = None
    role: str = ""
    started: int = 0
    done: int = 0


class State:
    """An instance. ``hearing`` are those that will still hear a signal from outside."""

    __slots__ = ("closed", "count", "hearing", "tokens", "x")

    def __init__(self, x: int) -> None:
        self.x = x
        self.tokens: dict[int, Token] = {}
        self.closed: frozenset[int] = frozenset()  # scopes that an interrupting event subprocess has taken over
        self.hearing: frozenset[tuple[int, str]] = frozenset()
        self.count = 0

    def copy(self) -> State:
        """The same, to be changed."""
        other = State(self.x)
        other.tokens, other.closed, other.count = dict(self.tokens), self.closed, self.count
        other.hearing = self.hearing
        return other

    def key(self) -> object:
        """What tells two states apart."""
        return frozenset(self.tokens.values()), self.x, self.closed, self.hearing

    def children(self, scope: int) -> list[Token]:
        """Tokens directly in ``scope``."""
        return [token for token in self.tokens.values() if token.scope == scope]

    def elements(self) -> Counter[str]:
        """How many tokens each element has."""
        return Counter(token.node for token in self.tokens.values())


Labels = tuple[str, ...]
Moved = tuple[Labels, State]


class Game:
    """The rules over one net."""

    def __init__(self, level: Level) -> None:
        self.root = level
        self.nodes: dict[str, Node] = {}
        self.levels: dict[str, Level] = {}
        self._know(level)

    def _know(self, level: Level) -> None:
        for node in level.nodes.values():
            self.nodes[node.id], self.levels[node.id] = node, level
            if node.level is not None:
                self._know(node.level)

    # -- what the outside sees -----------------------------------------------------------------------------------------

    def start(self, x: int) -> State:
        """The first state."""
        state = State(x)
        self.put(state, ROOT, start_of(self.root).id, 1)
        return state

    def moves(self, state: State) -> list[Moved]:
        """What may happen by itself. Nothing: the instance is at rest."""
        found = [moved for token in state.tokens.values() for moved in self._of_token(state, token)]
        found += [moved for scope, node in self._joins(state) for moved in self._join(state, scope, node)]
        for listener in state.hearing:
            after = state.copy()
            after.hearing -= {listener}
            self._hear(after, *listener)
            found.append(((), after))
        return found

    def choices(self, state: State) -> dict[str, list[Moved]]:
        """What the world may do to a state at rest, and what comes of it."""
        found: dict[str, list[Moved]] = {}

        def offer(name: str, act: Callable[[State], Labels]) -> None:
            after = state.copy()
            found.setdefault(name, []).append((act(after), after))

        for token in state.tokens.values():
            if token.place == "at":
                self._of_waiting(token, offer)
        for key in self._waiting(state, BY_THE_WORLD):
            offer(f"fire {key[1]}", lambda after, key=key: self._hear(after, *key) or ())  # type: ignore[misc, func-returns-value]
        for name in {name for name, _ in self._listeners(state)}:
            after = state.copy()
            after.hearing = frozenset(key for other, key in self._listeners(state) if other == name)
            found[f"signal {name}"] = [((), after)]
        return found

    def _of_waiting(self, token: Token, offer: Callable[[str, Callable[[State], Labels]], None]) -> None:
        kind = self.nodes[token.node].kind
        if kind in {"user", "service"}:
            for value in VALUES:
                offer(f"complete {token.node} {value}", lambda after, v=value: self._complete(after, token, v))  # type: ignore[misc]
        if kind == "service":
            for code in ERRORS:
                offer(f"error {token.node} {code}", lambda after, c=code: self._job_error(after, token, c))  # type: ignore[misc]

    # -- what moves by itself ------------------------------------------------------------------------------------------

    def _of_token(self, state: State, token: Token) -> Iterator[Moved]:
        node = self.nodes[token.node]
        if token.place == "in" and not state.children(token.id):
            after = state.copy()
            yield self._left_empty(after, token, node), after
        if token.place == "chosen":
            after = state.copy()
            self._go_the_chosen_way(after, token)
            yield (node.id,), after
        if token.place != "to" or self._is_join(node):
            return
        after = state.copy()
        if node.trigger[0] == "signal" and node.kind in {"throw", "end"}:
            yield from self._signalled(after, token, node)
        elif node.kind in {"throw", "end"}:
            yield self._throw(after, token, node), after
        elif token.role == "turn":
            self._turned(after, token, node)
            yield (node.id,), after
        else:
            yield ((node.id,) if self.leave(after, token) else ()), after

    def _go_the_chosen_way(self, after: State, token: Token) -> None:
        """An event-based gateway goes to the event that came, which is not waited for again."""
        del after.tokens[token.id]
        target = next(flow.target for flow in self.levels[token.node].outgoing(token.node) if flow.id == token.flow)
        caught = token._replace(id=hash((token.id, token.flow)), node=target, place="to")
        after.tokens[caught.id] = caught

    def _signalled(self, state: State, token: Token, node: Node) -> Iterator[Moved]:
        """All that wait at this moment hear the signal, in any order, before anything else moves."""
        waiting = [key for name, key in self._listeners(state) if name == node.trigger[1]]
        for order in permutations(waiting):
            after = state.copy()
            if node.kind == "throw":
                self.leave(after, token)
            for key in order:
                self._hear(after, *key)
            after.tokens.pop(token.id, None)
            yield (node.id,), after

    def _left_empty(self, after: State, token: Token, node: Node) -> Labels:
        """Nothing is left inside ``token``: it is done."""
        if token.role == "turn":
            self._turned(after, token, node)
        elif node.kind == "event":
            del after.tokens[token.id]
        else:
            self.leave(after, token)
        return () if token.role == "body" else (node.id,)

    def _throw(self, after: State, token: Token, node: Node) -> Labels:
        kind, name = node.trigger
        if kind == "terminate":
            for other in after.children(token.scope):
                self.kill(after, other)
            return (node.id,)
        if kind == "error":
            if not self.raised(after, token, kind, name):
                after.tokens[token.id] = token._replace(place="stuck")
                return ()
            after.tokens.pop(token.id, None)
            return (node.id,)
        if kind == "link":
            del after.tokens[token.id]
            self.put(after, token.scope, self._link(node).id, hash((token.id, name)))
            return (node.id,)
        if kind == "escalation":
            self.raised(after, token, kind, name)
            if token.id not in after.tokens:
                return ()  # it was interrupted before it was done
        if node.kind == "throw":
            self.leave(after, token)
        else:
            del after.tokens[token.id]
        return (node.id,)

    def _link(self, node: Node) -> Node:
        """Where a throwing link leads."""
        level = self.levels[node.id]
        return next(n for n in level.nodes.values() if n.kind == "catch" and n.trigger == node.trigger)

    def _is_join(self, node: Node) -> bool:
        return node.kind in JOINS and len(self.levels[node.id].incoming(node.id)) > 1

    def _joins(self, state: State) -> set[tuple[int, str]]:
        """Joins that have any token."""
        return {
            (token.scope, token.node)
            for token in state.tokens.values()
            if token.place == "to" and self._is_join(self.nodes[token.node])
        }

    def _join(self, state: State, scope: int, name: str) -> Iterator[Moved]:
        node, level = self.nodes[name], self.levels[name]
        here: dict[str | None, Token] = {}
        for token in sorted(state.children(scope)):
            if token.node == name and token.place == "to":
                here.setdefault(token.flow, token)
        marked = set(here)
        missing = {flow.id for flow in level.incoming(name)} - marked
        if missing and (node.kind == "parallel" or self._may_come(state, scope, name, missing, marked)):
            return
        after = state.copy()
        for token in here.values():
            del after.tokens[token.id]
        merged = next(iter(here.values()))._replace(id=hash(tuple(sorted(token.id for token in here.values()))))
        after.tokens[merged.id] = merged
        yield ((name,) if self.leave(after, merged) else ()), after

    def _may_come(self, state: State, scope: int, join: str, missing: set[str], marked: set[str | None]) -> bool:
        """13.4.3: some token has a path to an empty flow, and none to a flow that has one; no path visits the join."""
        for token in state.children(scope):
            if token.node == join:
                continue
            ends = self._ends(self.levels[join], token.node, join)
            if ends & missing and not ends & marked:
                return True
        return False

    def _ends(self, level: Level, node: str, join: str) -> set[str]:
        """Flows into ``join`` at which paths from ``node`` end."""
        found: set[str] = set()
        seen, todo = {node}, [node]
        while todo:
            name = todo.pop()
            following = [boundary.id for boundary in level.boundaries(name)]
            if level.nodes[name].kind == "throw" and level.nodes[name].trigger[0] == "link":
                following.append(self._link(level.nodes[name]).id)
            for flow in level.outgoing(name):
                if flow.target == join:
                    found.add(flow.id)
                else:
                    following.append(flow.target)
            todo += [target for target in following if target not in seen]
            seen.update(following)
        return found

    # -- what the world does -------------------------------------------------------------------------------------------

    def _complete(self, after: State, token: Token, value: int) -> Labels:
        after.x = value
        if token.role == "turn":
            self._turned(after, token, self.nodes[token.node])
        else:
            self.leave(after, token)
        return (token.node,)

    def _job_error(self, after: State, token: Token, code: str) -> Labels:
        if not self.raised(after, token, "error", code, itself=True):
            after.tokens[token.id] = token._replace(place="stuck")
        return ()

    def _listeners(self, state: State) -> list[tuple[str, tuple[int, str]]]:
        """Signal names that are waited for, each with who waits."""
        return [(self.nodes[key[1]].trigger[1], key) for key in self._waiting(state, frozenset({"signal"}))]

    def _waiting(self, state: State, kinds: frozenset[str]) -> Iterator[tuple[int, str]]:
        """Who waits for events of ``kinds``: the token or scope, and the event."""
        for token in state.tokens.values():
            if token.place not in {"at", "in"}:
                continue
            node, level = self.nodes[token.node], self.levels[token.node]
            targets = [node] if node.kind == "catch" else []
            if node.kind == "eventbased":
                targets = [self.nodes[flow.target] for flow in level.outgoing(node.id)]
            if token.role != "turn":
                targets += level.boundaries(node.id)
            yield from ((token.id, item.id) for item in targets if item.trigger[0] in kinds)
        for scope, level in self._scopes(state):
            if self._listening(state, scope):
                for handler in level.handlers():
                    assert handler.level is not None
                    start = start_of(handler.level)
                    if start.trigger[0] in kinds:
                        yield scope, start.id

    def _scopes(self, state: State) -> Iterator[tuple[int, Level]]:
        if state.tokens:
            yield ROOT, self.root
        for token in state.tokens.values():
            level = self.nodes[token.node].level
            if token.place == "in" and token.role != "body" and level is not None:
                yield token.id, level

    def _listening(self, state: State, scope: int) -> bool:
        """13.5.4: no event subprocess begins after an interrupting one, nor while its scope only waits for others."""
        if scope in state.closed:
            return False
        return any(self.nodes[token.node].kind != "event" for token in state.children(scope))

    def _hear(self, after: State, where: int, event: str) -> None:
        """The event ``event`` happens to the token or scope ``where``, if that still waits."""
        if (where, event) not in set(self._waiting(after, BY_THE_WORLD | {"signal"})):
            return
        node = self.nodes[event]
        if node.kind == "start":
            self._begin(after, where, node)
        elif node.kind == "boundary":
            self._at_border(after, after.tokens[where], node)
        else:
            token = after.tokens[where]
            flow = None
            if token.node != event:
                flow = next(f.id for f in self.levels[token.node].outgoing(token.node) if f.target == event)
            after.tokens[where] = token._replace(place="to" if flow is None else "chosen", flow=flow)

    # -- changes of a state --------------------------------------------------------------------------------------------

    def put(self, after: State, scope: int, name: str, id: int, flow: str | None = None) -> None:
        """A token comes to ``name``. What waits or holds others is entered at once: nothing can be seen between."""
        node = self.nodes[name]
        token = Token(id, scope, name, "to", flow)
        if node.loop is not None:
            self._begin_loop(after, token, node.loop)
        else:
            self._enter(after, token)

    def _enter(self, after: State, token: Token) -> None:
        node = self.nodes[token.node]
        if node.kind in WAITING and node.trigger[0] != "link":
            token = token._replace(place="at")
        elif node.level is not None:
            token = token._replace(place="in")
            self.put(after, token.id, start_of(node.level).id, hash((token.id, "inside")))
        after.tokens[token.id] = token

    def _begin_loop(self, after: State, token: Token, loop: Loop) -> None:
        after.tokens[token.id] = body = token._replace(place="in", role="body")
        if loop.kind == "standard":
            turns = int(not loop.test_before or self._again(loop, body, after.x))
        else:
            turns = loop.times if loop.kind == "parallel" else min(1, loop.times)
        for _ in range(turns):
            self._turn(after, after.tokens[body.id])

    def _turn(self, after: State, body: Token) -> None:
        after.tokens[body.id] = body._replace(started=body.started + 1)
        self._enter(after, Token(hash((body.id, body.started)), body.id, body.node, "to", None, "turn"))

    def _turned(self, after: State, token: Token, node: Node) -> None:
        """One turn of a loop is over: the next begins, or all of it ends."""
        assert node.loop is not None
        self.kill(after, token)
        body = after.tokens[token.scope]
        body = after.tokens[body.id] = body._replace(done=body.done + 1)
        if node.loop.enough is not None and body.done >= node.loop.enough:
            for other in after.children(body.id):
                self.kill(after, other)
        elif node.loop.kind != "parallel" and self._again(node.loop, body, after.x):
            self._turn(after, body)

    def _again(self, loop: Loop, body: Token, x: int) -> bool:
        return body.started < loop.times and (loop.while_at_least is None or x >= loop.while_at_least)

    def leave(self, after: State, token: Token) -> bool:
        """Send ``token`` on along its flows; without one that may be taken it is stuck (False)."""
        level = self.levels[token.node]
        taken = _chosen(level, self.nodes[token.node], after.x)
        if taken is None:
            after.tokens[token.id] = token._replace(place="stuck")
            return False
        del after.tokens[token.id]
        for flow, target in taken:
            self.put(after, token.scope, target, hash((token.id, flow)), flow)
        return True

    def kill(self, after: State, token: Token) -> None:
        """End a token with everything inside it."""
        for other in after.children(token.id):
            self.kill(after, other)
        after.tokens.pop(token.id, None)

    def raised(self, after: State, token: Token, kind: str, name: str, *, itself: bool = False) -> bool:
        """An error or escalation goes outwards from ``token``; whether anything catches it."""
        source = token
        if itself and token.role != "turn" and self._caught_at(after, token, kind, name):
            return True
        while True:
            scope = source.scope
            level = self.root if scope == ROOT else self.nodes[after.tokens[scope].node].level
            if level is not None and (scope == ROOT or after.tokens[scope].role != "body"):
                starts = [start_of(h.level) for h in level.handlers() if h.level and h.id != source.node]
                found = _matching(starts, kind, name) if self._listening(after, scope) else None
                if found is not None:
                    self._begin(after, scope, found)
                    return True
            if scope == ROOT:
                return False
            source = after.tokens[scope]
            if source.role != "turn" and self._caught_at(after, source, kind, name):
                return True

    def _caught_at(self, after: State, token: Token, kind: str, name: str) -> bool:
        found = _matching(self.levels[token.node].boundaries(token.node), kind, name)
        if found is not None:
            self._at_border(after, token, found)
        return found is not None

    def _at_border(self, after: State, token: Token, boundary: Node) -> None:
        if not boundary.quiet:
            self.kill(after, token)
        after.count += 1
        self.put(after, token.scope, boundary.id, hash((token.id, boundary.id, after.count)))

    def _begin(self, after: State, scope: int, start: Node) -> None:
        """An event subprocess begins in ``scope``; an interrupting one ends all else there."""
        handler = next(node for node in self.nodes.values() if node.level is self.levels[start.id])
        if not start.quiet:
            for other in after.children(scope):
                self.kill(after, other)
            after.closed |= {scope}
        after.count += 1
        self.put(after, scope, handler.id, hash((scope, handler.id, after.count)))


def _chosen(level: Level, node: Node, x: int) -> list[tuple[str, str]] | None:
    """The flows by which ``node`` is left, with their targets; None where it cannot be left."""
    flows = level.outgoing(node.id)
    if not any(flow.least is not None for flow in flows) and node.default is None:
        return [(flow.id, flow.target) for flow in flows]
    taken = [f for f in flows if f.id != node.default and (f.least is None or x >= f.least)]
    taken = (taken[:1] if node.kind == "exclusive" else taken) or [f for f in flows if f.id == node.default]
    return [(flow.id, flow.target) for flow in taken] or None


def _matching(nodes: Iterable[Node], kind: str, name: str) -> Node | None:
    """The event that names ``name``, else one that catches all."""
    found = None
    for node in nodes:
        if node.trigger == (kind, name):
            return node
        if node.trigger == (kind, "*"):
            found = node
    return found
