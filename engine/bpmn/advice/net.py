"""Finds where a level can get stuck or does things twice, by playing all of its choices with tokens.

Elements that can go only one way go first, and of those that choose one at a time branches: the nets of BPMN are free in
their choices, so no outcome is lost by that, and the number of states is that of the choices, not of their mixtures. Where
paths meet without being joined the tokens wait for each other: two of them there would do what follows twice.
"""

from __future__ import annotations

from itertools import chain, combinations

from engine.bpmn.advice.levels import Graph, Level
from engine.bpmn.advice.remarks import Remarks
from engine.bpmn.model import Element, Process

MAX_STATES = 2_000
MAX_WORK = 60_000  # of all levels of one process: a step costs as much as the tokens that it looks at
MAX_BRANCHES = 5

Marking = frozenset[tuple[str, int]]


def look(graph: Graph, remarks: Remarks) -> None:
    """Play every level."""
    work = MAX_WORK
    for level in graph.levels:
        game = _Game(graph.process, level, remarks, work)
        if game.playable():
            game.play()
            work = game.work


class _Game:
    def __init__(self, process: Process, level: Level, remarks: Remarks, work: int) -> None:
        self.process, self.level, self.remarks, self.work = process, level, remarks, work
        self.elements = {element.id: element for element in level.elements}
        self.links = {
            element.event.name: element
            for element in level.elements
            if element.event is not None and element.event_kind == "link" and element.kind == "intermediateCatchEvent"
        }
        self.borders: dict[str, list[Element]] = {}
        for element in level.elements:
            if element.attached_to and element.event_kind != "compensation":
                self.borders.setdefault(element.attached_to, []).append(element)
        self.said: set[tuple[str, str]] = set()
        self.upstream: dict[str, frozenset[str]] = {}

    def playable(self) -> bool:
        """Whether the game knows all that is drawn here."""
        kinds = {element.kind for element in self.level.elements}
        forks = any(
            len(element.outgoing) > 1 or (element.kind.endswith("Gateway") and len(element.incoming) > 1)
            for element in self.level.elements
        )
        strange = any(
            element.start_quantity != 1 or element.completion_quantity != 1 for element in self.level.elements
        )
        ad_hoc = self.level.owner is not None and self.level.owner.kind == "adHocSubProcess"
        return forks and not strange and not ad_hoc and "complexGateway" not in kinds

    def play(self) -> None:
        """Play from each start by itself: one token comes in."""
        starts = [self.elements[id] for id in self.level.starts]
        plain = [element for element in starts if not element.triggered_by_event and not element.for_compensation]
        together = [element for element in plain if element.kind != "startEvent" or element.event_kind == "none"]
        single = [element for element in plain if element not in together]
        first = [e for e in together if e.kind == "startEvent"] or together
        for group in [first, *([element] for element in single)] if first else [[element] for element in single]:
            seen: set[Marking] = set()
            todo = [self.added(frozenset(), [flow for element in group for flow in element.outgoing])]
            while todo:
                marking = todo.pop()
                if marking in seen:
                    continue
                seen.add(marking)
                self.work -= 1 + len(marking)
                if len(seen) > MAX_STATES or self.work <= 0:
                    self.remarks.say("net.not-analysed", self.level.owner or group[0], n=len(seen))
                    return
                todo.extend(self.following(marking))

    # -- one step ----------------------------------------------------------------------------------------------------

    def following(self, marking: Marking) -> list[Marking]:
        """The markings after ``marking``: of one element that can go."""
        waiting: dict[str, list[str]] = {}
        for flow, _ in sorted(marking):  # what is said must not depend on the order of a set
            waiting.setdefault(self.process.flows[flow].target, []).append(flow)
        choices: list[list[Marking]] = []
        late: list[tuple[Element, list[str]]] = []
        merges: list[tuple[Element, list[str]]] = []
        for id, flows in waiting.items():
            element = self.elements.get(id)
            if element is None:
                continue
            if element.kind == "parallelGateway" and len(element.incoming) > 1:
                if set(flows) < set(element.incoming):
                    continue
            elif element.kind == "inclusiveGateway" and len(element.incoming) > 1:
                late.append((element, flows))
                continue
            elif len(element.incoming) > 1:
                merges.append((element, flows))
                continue
            outcomes = self.outcomes(element, self.taken(marking, flows))
            if len(outcomes) == 1:
                return outcomes
            choices.append(outcomes)
        if choices:
            return choices[0]
        for element, flows in late:
            if not self.may_come(element, flows, marking):
                return self.outcomes(element, self.taken(marking, flows))
        for element, flows in merges:
            if len(flows) > 1 and not self.only_ends(element):
                self.say("net.not-joined", element)
            return self.outcomes(element, self.taken(marking, flows[:1]))
        self.stuck(waiting, late)
        return []

    def stuck(self, waiting: dict[str, list[str]], late: list[tuple[Element, list[str]]]) -> None:
        """Nothing can go: whatever still waits at a join waits for ever."""
        for id in waiting:
            element = self.elements.get(id)
            if element is not None and element.kind == "parallelGateway":
                self.say("net.deadlock", element)
        for element, _ in late:
            self.say("net.deadlock", element)

    def outcomes(self, element: Element, rest: Marking) -> list[Marking]:
        """What can be after ``element`` has gone: each choice, each event at its border."""
        found = [self.added(rest, flows, element) for flows in self.ways(element)]
        for border in self.borders.get(element.id, ()):
            beside = list(border.outgoing)
            if border.interrupting:
                found.append(self.added(rest, beside, border))
            else:
                found += [self.added(rest, [*flows, *beside], element) for flows in self.ways(element)]
        unique = list(dict.fromkeys(found))
        self.work -= len(unique)
        return unique

    def ways(self, element: Element) -> list[list[str]]:
        """The sets of flows by which ``element`` can be left."""
        if element.event is not None and element.event_kind == "link" and element.kind == "intermediateThrowEvent":
            catch = self.links.get(element.event.name)
            return [list(catch.outgoing)] if catch is not None else [[]]
        flows = [flow for flow in element.outgoing if flow in self.process.flows]
        if element.kind in ("exclusiveGateway", "eventBasedGateway"):
            return [[flow] for flow in flows] or [[]]
        free = [flow for flow in flows if self.process.flows[flow].condition is None and flow != element.default]
        asked = [flow for flow in flows if flow not in free]
        if element.kind == "parallelGateway" or not asked:
            return [flows]
        if len(asked) > MAX_BRANCHES:
            return [[*free, flow] for flow in asked] + [flows]
        subsets = chain.from_iterable(combinations(asked, size) for size in range(len(asked) + 1))
        return [[*free, *subset] for subset in subsets if free or subset]

    def only_ends(self, merge: Element) -> bool:
        """Whether nothing is done after ``merge`` but to end."""
        after = [self.elements.get(self.process.flows[flow].target) for flow in merge.outgoing]
        return not merge.is_activity and all(item is not None and item.kind == "endEvent" for item in after)

    def taken(self, marking: Marking, flows: list[str]) -> Marking:
        """Without one token on each of ``flows``."""
        counts = dict(marking)
        for flow in flows:
            counts[flow] -= 1
        return frozenset((flow, count) for flow, count in counts.items() if count)

    def added(self, marking: Marking, flows: list[str], source: Element | None = None) -> Marking:
        """With one token more on each of ``flows``; two on one flow mean that something is done twice.

        An end event takes its token at once, and some take all others along.
        """
        counts = dict(marking)
        for flow in flows:
            target = self.elements.get(self.process.flows[flow].target)
            if target is not None and target.kind == "endEvent":
                if target.event_kind in ("terminate", "error", "cancel"):
                    return frozenset()
            elif counts.get(flow) and source is not None:
                self.say("net.not-joined", source)
            else:
                counts[flow] = 1
        return frozenset(counts.items())

    def may_come(self, join: Element, flows: list[str], marking: Marking) -> bool:
        """Whether a token elsewhere can still reach a flow of ``join`` that has none."""
        for flow in join.incoming:
            if flow in flows:
                continue
            above = self.above(join, flow)
            if any(token == flow or self.process.flows[token].target in above for token, _ in marking):
                return True
        return False

    def above(self, join: Element, flow: str) -> frozenset[str]:
        """The elements from which a token can come by ``flow`` without passing ``join``."""
        key = f"{join.id} {flow}"
        if key not in self.upstream:
            seen: set[str] = set()
            todo = [self.process.flows[flow].source]
            while todo:
                id = todo.pop()
                element = self.elements.get(id)
                if id in seen or id == join.id or element is None:
                    continue
                seen.add(id)
                todo += [self.process.flows[item].source for item in element.incoming if item in self.process.flows]
                if element.attached_to:
                    todo.append(element.attached_to)
            self.work -= len(seen)
            self.upstream[key] = frozenset(seen)
        return self.upstream[key]

    def say(self, rule: str, element: Element) -> None:
        if (rule, element.id) not in self.said:
            self.said.add((rule, element.id))
            self.remarks.say(rule, element)
