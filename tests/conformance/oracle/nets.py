"""Random nets: block-structured ones, in which every split has its join, and arbitrary ones, in which nothing need fit."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.conformance.oracle.net import WAITS, Flow, Level, Loop, Node

LOOPS = st.one_of(
    st.builds(
        Loop,
        st.sampled_from(["parallel", "sequential"]),
        st.integers(0, 3),
        st.one_of(st.none(), st.integers(1, 2)),
    ),
    st.builds(
        Loop,
        st.just("standard"),
        st.integers(1, 3),
        st.none(),
        st.booleans(),
        st.one_of(st.none(), st.just(1)),
    ),
)
MARKERS = st.one_of(st.none(), st.none(), st.none(), LOOPS)
EVENTS = ["timer", "message m", "message n", "signal g", "signal h"]
THROWS = ["", "signal g", "signal h", "escalation C", "escalation D"]
ENDS = ["", "", "terminate", "error E", "error F", "escalation C", "signal g"]
AT_ACTIVITIES = ["timer", "message m", "signal g"]
AT_SUBPROCESSES = [*AT_ACTIVITIES, "error E", "error *", "escalation C", "escalation *"]
STARTS = AT_SUBPROCESSES


class Numbers:
    """Gives ids of their own to the elements and flows of one net."""

    def __init__(self) -> None:
        self.last = 0

    def next(self, letter: str) -> str:
        """A fresh id."""
        self.last += 1
        return f"{letter}{self.last}"


class Block:
    """Draws one level of a block-structured net."""

    def __init__(self, draw: st.DrawFn, numbers: Numbers, room: list[int], depth: int) -> None:
        self.draw, self.numbers, self.room, self.depth = draw, numbers, room, depth
        self.level = Level()

    def add(self, kind: str, event: str = "", **more: object) -> str:
        """Add an element; its id."""
        self.room[0] -= 1
        id = self.numbers.next(kind[0])
        self.level.nodes[id] = Node(id, kind, event, **more)  # type: ignore[arg-type]
        return id

    def flow(self, source: str, target: str, least: int | None = None) -> str:
        """Add a flow; its id."""
        id = self.numbers.next("f")
        self.level.flows.append(Flow(id, source, target, least))
        return id

    def all(self) -> Level:
        """Draw the level: start, a block, an end, and perhaps event subprocesses."""
        start = self.add("start")
        self._close(*self.block(start))
        for _ in range(self.draw(st.sampled_from([0, 0, 0, 1, 2])) if self.depth else 0):
            self.handler()
        return self.level

    def _close(self, last: str | None, ends: list[str] = ENDS) -> None:
        if last is not None:
            self.flow(last, self.add("end", self.draw(st.sampled_from(ends))))

    def handler(self) -> None:
        """Draw an event subprocess."""
        inner = Block(self.draw, self.numbers, self.room, self.depth - 1)
        event = self.draw(st.sampled_from(STARTS))
        quiet = not event.startswith("error") and self.draw(st.booleans())
        start = inner.add("start", event, quiet=quiet)
        # What a handler throws in turn must not come back to it.
        inner._close(
            *inner.block(start), ends=[*ENDS, event if event.startswith("e") and "*" not in event else "error E"]
        )
        self.add("event", level=inner.level)

    def block(self, last: str) -> tuple[str | None]:
        """Draw a block behind ``last``; gives its last element, or None if nothing can follow it."""
        kinds = ["task", "user", "user", "service", "catch", "throw", "end", "link"]
        if self.room[0] > 0:
            kinds += [
                "sequence",
                "exclusive",
                "parallel",
                "inclusive",
                "loop",
                "eventbased",
                "sequence",
                "parallel",
                "task",
            ]
            kinds += ["sub", "sub"] if self.depth else []
        kind = self.draw(st.sampled_from(kinds))
        if kind == "sequence":
            middle = self.block(last)[0]
            return self.block(middle) if middle is not None else (None,)
        if kind in {"exclusive", "parallel", "inclusive"} or (kind == "task" and self.draw(st.booleans())):
            return self.split(last, kind)
        if kind == "link":
            name = self.numbers.next("L")
            self.flow(last, self.add("throw", f"link {name}"))
            return (self.add("catch", f"link {name}"),)
        if kind == "loop":
            return self.loop(last)
        if kind == "eventbased":
            return self.race(last)
        if kind == "end":
            self.flow(last, self.add("end", self.draw(st.sampled_from(ENDS))))
            return (None,)
        return self.activity(last, kind)

    def activity(self, last: str, kind: str) -> tuple[str | None]:
        if kind == "catch":
            id = self.add(kind, self.draw(st.sampled_from(EVENTS)))
        elif kind == "throw":
            id = self.add(kind, self.draw(st.sampled_from(THROWS)))
        elif kind == "sub":
            inner = Block(self.draw, self.numbers, self.room, self.depth - 1).all()
            id = self.add(kind, level=inner, loop=self.draw(MARKERS))
        else:
            id = self.add(kind, loop=self.draw(MARKERS))
        self.flow(last, id)
        ends = [id]
        if kind in {"user", "service", "sub"}:
            at = {"sub": AT_SUBPROCESSES, "service": [*AT_ACTIVITIES, "error E", "error *"]}.get(kind, AT_ACTIVITIES)
            for event in self.draw(st.lists(st.sampled_from(at), max_size=2, unique=True)):
                ends += [last for last in self.boundary(id, event) if last is not None]
        return (self.merge(ends),)

    def boundary(self, host: str, event: str) -> tuple[str | None]:
        quiet = not event.startswith("error") and self.draw(st.booleans())
        id = self.add("boundary", event, quiet=quiet, host=host)
        if self.draw(st.booleans()):
            return (id,)
        self._close(*self.block(id))
        return (None,)

    def merge(self, ends: list[str]) -> str | None:
        """One element behind several."""
        if len(ends) < 2:
            return ends[0] if ends else None
        id = self.add(self.draw(st.sampled_from(["exclusive", "exclusive", "task", "inclusive"])))
        for end in ends:
            self.flow(end, id)
        return id

    def split(self, last: str, kind: str) -> tuple[str | None]:
        split = self.add(kind)
        self.flow(last, split)
        count = self.draw(st.integers(2, 3))
        ends: list[str] = []
        alike = kind if kind != "task" else "inclusive"
        join = self.add(self.draw(st.sampled_from([alike, alike, alike, "inclusive", "exclusive", "parallel"])))
        for number in range(count):
            before = len(self.level.flows)
            straight = kind != "parallel" and self.draw(st.sampled_from([False, False, True]))
            end = split if straight else self.block(split)[0]
            if straight:
                self.flow(split, join)
            elif end is not None:
                self.flow(end, join)
            ends += [end] if end is not None else []
            self._condition(split, before, kind, number, count)
        if not ends:
            del self.level.nodes[join]
            return (None,)
        return (join,)

    def _condition(self, split: str, index: int, kind: str, number: int, count: int) -> None:
        """Give the branch that begins at ``index`` its condition; the last one is the default, mostly."""
        if kind == "parallel":
            return
        position = next(i for i, flow in enumerate(self.level.flows) if i >= index and flow.source == split)
        flow = self.level.flows[position]
        if number == count - 1 and (kind == "task" or self.draw(st.sampled_from([True, True, True, False]))):
            self.level.nodes[split].default = flow.id
            return
        least = self.draw(st.integers(0, 2)) if kind in {"inclusive", "task"} else 2 - number
        self.level.flows[position] = Flow(flow.id, flow.source, flow.target, least)

    def loop(self, last: str) -> tuple[str | None]:
        """Back again while x is at least 1, past a user task, so that it comes to rest."""
        begin = self.add(self.draw(st.sampled_from(["exclusive", "exclusive", "inclusive"])))
        self.flow(last, begin)
        end = self.block(begin)[0]
        if end is None:
            return (None,)
        user, again = self.add("user"), self.add("exclusive")
        self.flow(end, user)
        self.flow(user, again)
        self.flow(again, begin, self.draw(st.integers(1, 2)))
        after = self.add("task")
        self.level.nodes[again].default = self.flow(again, after)
        return (after,)

    def race(self, last: str) -> tuple[str | None]:
        gateway = self.add("eventbased")
        self.flow(last, gateway)
        ends = []
        for event in self.draw(st.lists(st.sampled_from(EVENTS), min_size=2, max_size=3, unique=True)):
            catch = self.add("catch", event)
            self.flow(gateway, catch)
            end = catch if self.draw(st.booleans()) else self.block(catch)[0]
            ends += [end] if end is not None else []
        return (self.merge(ends),)


@st.composite
def blocks(draw: st.DrawFn) -> Level:
    """A block-structured net of up to about thirty elements, subprocesses two deep."""
    return Block(draw, Numbers(), [draw(st.integers(4, 18))], 2).all()


@st.composite
def arbitrary(draw: st.DrawFn) -> Level:
    """A net whose elements are connected at random, with cycles, but none without a wait."""
    level, numbers = Level(), Numbers()
    level.nodes["s"] = Node("s", "start")
    kinds = ["task", "user", "user", "exclusive", "parallel", "inclusive", "inclusive", "catch", "sub"]
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=3, max_size=9)):
        id = numbers.next(kind[0])
        level.nodes[id] = Node(id, kind)
        if kind == "catch":
            level.nodes[id].event = draw(st.sampled_from(EVENTS))
        if kind == "sub":
            level.nodes[id].level = _small(draw, numbers)
    level.nodes["e"] = Node("e", "end", draw(st.sampled_from(["", "", "terminate"])))
    names = list(level.nodes)
    inner = names[1:-1]
    pairs = [(names[0], draw(st.sampled_from(inner)))]
    for name in inner:
        pairs += [(name, target) for target in draw(st.lists(st.sampled_from(names[1:]), min_size=1, max_size=3))]
    for name in inner:  # something leads to each of them
        if not any(target == name for _, target in pairs):
            pairs.append((draw(st.sampled_from(names[:-1])), name))
    for host in [name for name in inner if level.nodes[name].kind in {"user", "sub"}]:
        for event in draw(st.lists(st.sampled_from(AT_ACTIVITIES), max_size=1)):
            boundary = numbers.next("b")
            level.nodes[boundary] = Node(boundary, "boundary", event, draw(st.booleans()), host)
            pairs.append((boundary, draw(st.sampled_from(names[1:]))))
    for source, target in pairs:
        level.flows.append(Flow(numbers.next("f"), source, target))
    _conditions(draw, level)
    _no_endless_loops(level)
    return level


def _small(draw: st.DrawFn, numbers: Numbers) -> Level:
    return Block(draw, numbers, [2], 0).all()


def _conditions(draw: st.DrawFn, level: Level) -> None:
    """Exclusive and inclusive gateways with several flows get conditions, mostly with a default."""
    for node in level.nodes.values():
        flows = level.outgoing(node.id)
        activity = node.kind in {"task", "user"} and draw(st.sampled_from([False, False, True]))
        if not (activity or node.kind in {"exclusive", "inclusive"}) or len(flows) < 2:
            continue
        with_default = activity or draw(st.sampled_from([True, True, True, False]))
        for flow in flows:
            if with_default and flow is flows[-1]:
                node.default = flow.id
            else:
                position = level.flows.index(flow)
                level.flows[position] = Flow(flow.id, flow.source, flow.target, draw(st.integers(0, 2)))


def _no_endless_loops(level: Level) -> None:
    """Every cycle gets a user task: a token game without a rest has nothing to compare."""
    while (name := _on_a_cycle(level)) is not None:
        flow = level.flows[0] if name == "s" else level.outgoing(name)[0]
        for flow in level.outgoing(name):
            user = f"u{flow.id}"
            level.nodes[user] = Node(user, "user")
            position = level.flows.index(flow)
            level.flows[position] = Flow(flow.id, flow.source, user, flow.least)
            level.flows.append(Flow(f"{flow.id}b", user, flow.target))


def _on_a_cycle(level: Level) -> str | None:
    """An element that a token can come back to without a wait."""
    passing = {node.id for node in level.nodes.values() if node.kind not in WAITS}
    after = {name: {f.target for f in level.outgoing(name)} & passing for name in passing}
    for node in level.nodes.values():
        if node.host in passing:
            after[node.host] = after[node.host] | {node.id}
    for name in sorted(passing):
        seen: set[str] = set()
        todo = list(after[name])
        while todo:
            item = todo.pop()
            if item == name:
                return name
            if item not in seen:
                seen.add(item)
                todo += after[item]
    return None
