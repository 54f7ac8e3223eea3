"""Activities with an inside: subprocesses of every kind and call activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.bpmn.elements.activity import ActivitySpec
from engine.bpmn.events import event_start
from engine.bpmn.incidents import ElementIncident
from engine.bpmn.instance import Scope, Token
from engine.errors import Text

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution

MAX_CALL_DEPTH = 32


class SubprocessSpec(ActivitySpec):
    """An embedded subprocess, an event subprocess or a transaction."""

    kinds = ("subProcess", "transaction")

    def act(self, x: Execution, token: Token) -> bool:
        """Open the inside and place its first tokens."""
        assert self.inside is not None
        content = token.content = x.open_scope("subprocess", token.inner, self.process, token)
        if self.element.triggered_by_event:
            for subprocess in self.inside.event_subprocesses:
                from engine.bpmn import events

                events.listen(x, subprocess, content)
            content.compensations = token.internal_data.pop("left", [])
            first = x.place(event_start(self), content)
            first.internal_data["variables"] = token.internal_data.pop("variables", {})
        else:
            x.begin(content, self.inside)
        return not content.tokens


class AdHocSpec(ActivitySpec):
    """An ad-hoc subprocess: its starts run in any order until the completion condition holds, or all are done."""

    kinds = ("adHocSubProcess",)

    def prepare(self) -> None:
        """Compile the condition and the choice of elements."""
        self.completion = self.value(self.element.completion_condition, "completionCondition")
        self.active = self.value(self.element.active_elements, "activeElementsCollection")
        self.collected = self.value(self.element.output_element, "outputElement")

    def act(self, x: Execution, token: Token) -> bool:
        """Start the chosen elements: those named, else all without incoming flows."""
        assert self.inside is not None
        content = token.content = x.open_scope("subprocess", token.inner, self.process, token)
        if self.element.output_collection:
            x.write_local(content, self.element.output_collection, [])
        starts = self._chosen(x, token)
        from engine.bpmn import events

        for subprocess in self.inside.event_subprocesses:
            events.listen(x, subprocess, content)
        if self.element.ordering == "Sequential":
            content.data["next"] = [spec.name for spec in starts[1:]]
            starts = starts[:1]
        for spec in starts:
            x.place(spec, content)
        return not content.tokens

    def _chosen(self, x: Execution, token: Token) -> list[Any]:
        assert self.inside is not None
        starts = [spec for spec in self.inside.elements if not spec.element.incoming]
        starts = [
            spec
            for spec in starts
            if not spec.element.attached_to
            and not spec.element.triggered_by_event
            and not spec.element.for_compensation
        ]
        if self.active is None:
            return starts
        names = x.evaluate(self.active, token.inner)
        known = {spec.element.id: spec for spec in self.inside.elements}
        if not isinstance(names, list) or not all(isinstance(name, str) and name in known for name in names):
            raise ElementIncident(
                "ad_hoc_elements",
                Text(
                    "«{text}» debía dar una lista de identificadores de elementos de este subproceso.",
                    "“{text}” should have given a list of ids of elements of this subprocess.",
                    {"text": self.active.text},
                ),
            )
        return [known[name] for name in names]

    def element_done(self, x: Execution, scope: Scope, ended: bool) -> None:
        """An inner element is done (``ended``: nothing follows it): is that enough?"""
        token = scope.owner
        assert token is not None
        name = self.element.output_collection
        if ended and name and self.collected is not None:
            x.write_local(scope, name, [*scope.variables[name], x.evaluate(self.collected, scope)])
        if self.completion is not None and x.holds(self.completion, scope):
            scope.data["enough"] = True
            if self.element.cancel_remaining:
                x.terminate_inside(scope)
        elif ended and scope.data.get("next"):
            following = self.process.spec(scope.data["next"].pop(0))
            x.changes.touched_scopes[scope.id] = scope
            assert following is not None
            x.place(following, scope)

    def hand_over(self, x: Execution, token: Token) -> None:
        """Give the collected outputs and the mapped ones."""
        if self.element.output_collection and token.content is not None:
            x.write_result(
                token, {self.element.output_collection: token.content.variables.get(self.element.output_collection)}
            )
        super().hand_over(x, token)


class CallActivitySpec(ActivitySpec):
    """A call activity: the called process runs in a closed scope of the same instance."""

    kinds = ("callActivity",)

    def prepare(self) -> None:
        """Compile the id of the called process."""
        self.called_id = self.value(self.element.called.id if self.element.called else None, "processId")

    def act(self, x: Execution, token: Token) -> bool:
        """Open the called process."""
        called = self.element.called
        assert called is not None
        assert self.called_id is not None
        process_id = x.evaluate(self.called_id, token.inner)
        if not isinstance(process_id, str):
            raise ElementIncident(
                "called_process",
                Text(
                    "«{text}» no dio el identificador de un proceso.",
                    "“{text}” gave no process id.",
                    {"text": self.called_id.text},
                ),
            )
        if sum(scope.kind == "call" for scope in token.scope.chain()) >= MAX_CALL_DEPTH:
            raise ElementIncident(
                "call_depth",
                Text(
                    "Más de {n} procesos se llaman unos a otros.",
                    "More than {n} processes call one another.",
                    {"n": MAX_CALL_DEPTH},
                ),
            )
        spec = x.env.process(called, process_id, self.process)
        if not spec.content.starts:
            raise ElementIncident(
                "called_process_start",
                Text(
                    "El proceso «{id}» que se llama solo empieza con un evento; falta un inicio sin disparador.",
                    "The called process “{id}” begins with an event only; it has no start without a trigger.",
                    {"id": process_id[:200]},
                ),
            )
        content = x.open_scope("call", token.inner, spec, token)
        for name, value in self._handed_in(token, called.propagate_parent).items():
            x.write_local(content, name, value)
        token.content = content
        x.begin(content, spec.content)
        return not content.tokens

    @staticmethod
    def _handed_in(token: Token, everything: bool) -> dict[str, Any]:
        if not everything:
            return dict(token.owned.variables) if token.owned is not None else {}
        seen: dict[str, Any] = {}
        for scope in token.inner.chain():
            seen = {**scope.variables, **seen}
            if scope.closed:
                break
        return seen

    def hand_over(self, x: Execution, token: Token) -> None:
        """Take the called process's variables: the mapped ones, or all."""
        called = self.element.called
        assert called is not None
        if self.outputs_mapped:
            x.map_outputs(token, token.content)
        elif called.propagate_child and token.content is not None:
            for name, value in token.content.variables.items():
                x.write(token.inner, name, value)
