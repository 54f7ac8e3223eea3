"""One step over one instance: its tokens, scopes and subscriptions, moved until every token waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from engine.bpmn import compensation, events, joins, tracing
from engine.bpmn.changes import Changes, Finished, NewIncident
from engine.bpmn.environment import Environment
from engine.bpmn.expressions import ExpressionError
from engine.bpmn.incidents import ElementIncident, LimitReached
from engine.bpmn.instance import ERROR, Instance, Scope, ScopeKind, Subscription, Token
from engine.bpmn.specs import ContentSpec, ElementSpec, FlowSpec, ProcessSpec
from engine.bpmn.variables import Variables
from engine.errors import EngineError, Text

MAX_STEPS = 10_000
MAX_TOKENS = 5_000


class Execution(Variables):
    """One step over one instance."""

    def __init__(self, instance: Instance, env: Environment, command: str, element_id: str | None = None) -> None:
        self.instance = instance
        self.env = env
        self.now = env.now
        self.changes = Changes(command, element_id)
        self.queue: deque[Token] = deque()
        self.patient: deque[Token] = deque()  # tokens at events that throw a signal
        self.conditional = {
            id: item for id, item in instance.subscriptions.items() if item.kind == "conditional"
        }  # those among all that a change of a variable can fire
        self.steps = 0
        self.variables_changed = False
        instance.execution = self

    # -- the loop ----------------------------------------------------------------------------------------------------

    def run(self) -> Changes:
        """Move until every token waits."""
        try:
            while True:
                self.react()
                token = self.next_token()
                if token is None:
                    if not joins.release(self):
                        break
                elif token.id in self.instance.tasks:
                    self.step(token)
        finally:
            self.instance.execution = None
        return self.changes

    def next_token(self) -> Token | None:
        """The token whose turn it is: signals are thrown last, so that parallel branches are there to hear them."""
        if self.queue:
            return self.queue.popleft()
        return self.patient.popleft() if self.patient else None

    def react(self) -> None:
        """Fire the conditions that the last change of a variable made true, before anything else moves."""
        if self.variables_changed:
            self.variables_changed = False
            events.check_conditions(self)

    def step(self, token: Token) -> None:
        """Let one token enter its element."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise LimitReached(
                Text(
                    "El proceso dio más de {n} pasos sin esperar a nadie: hay un ciclo sin fin en «{element}».",
                    "The process took more than {n} steps without waiting: there is an endless loop at “{element}”.",
                    {
                        "n": MAX_STEPS,
                        "element": token.task_spec.element.name or token.task_spec.name,
                        "element_id": token.task_spec.name,
                    },
                )
            )

        def enter() -> None:
            token._ready()
            token.run()

        self.guarded(token, "entering", enter)

    def guarded(self, token: Token, phase: str, action: Callable[[], object]) -> None:
        """Run ``action`` of ``token``; what it cannot do becomes an incident there."""
        try:
            action()
        except (ElementIncident, ExpressionError) as error:
            self.fail(token, phase, error)

    def fail(self, token: Token, phase: str, error: EngineError) -> None:
        """Leave ``token`` where it is, with an incident."""
        for subscription in list(token.subscriptions.values()):
            if phase == "entering":
                self.unsubscribe(subscription)
        if phase == "entering" and token.owned is not None and token.role == "plain":
            self.drop_scope(token.owned)
            token.owned = None
        token._set_state(ERROR)
        token.internal_data["phase"] = phase
        self.touch(token)
        self.changes.incidents.append(NewIncident(token, error.code, error.text))

    # -- tokens ------------------------------------------------------------------------------------------------------

    def place(self, spec: ElementSpec, scope: Scope, flow: str | None = None) -> Token:
        """Put a new token at ``spec``; it enters when its turn comes."""
        if len(self.instance.tasks) >= MAX_TOKENS:
            raise LimitReached(
                Text(
                    "La instancia tendría más de {n} testigos a la vez.",
                    "The instance would hold more than {n} tokens at once.",
                    {"n": MAX_TOKENS, "element_id": spec.name},
                )
            )
        token = Token(self.instance, spec, scope, self.env.new_id(), self.now)
        token.flow = flow
        if flow is not None:
            tracing.took(spec.process.id, flow)
        self.changes.created_tokens.add(token.id)
        (self.patient if spec.throws_signal else self.queue).append(token)
        return token

    def touch(self, token: Token) -> None:
        """Note that what is stored of ``token`` changed."""
        self.changes.touched_tokens[token.id] = token

    def finish(self, token: Token) -> None:
        """Note the completion of ``token`` and drop what it held."""
        self.note(token, "completed")
        self.release(token)

    def finish_silently(self, token: Token) -> None:
        """Swallow a token that another of its round has already spoken for."""
        self.release(token)
        self.retire(token)

    def note(self, token: Token, action: Any) -> None:
        """Write one execution of an element into the history."""
        if token.role == "body":
            return  # its iterations are the executions
        spec = token.task_spec
        self.changes.history.append(
            Finished(
                token.id,
                token.scope.id,
                spec.process.definition_id,
                spec.process.id,
                spec.element.id,
                spec.element.kind,
                action,
                token.entered_at,
                self.now,
            )
        )

    def release(self, token: Token) -> None:
        """Drop the subscriptions and inner scopes of ``token``."""
        for subscription in list(token.subscriptions.values()):
            self.unsubscribe(subscription)
        if token.content is not None:
            self.drop_scope(token.content)
            token.content = None
        if token.owned is not None:
            self.drop_scope(token.owned)
            token.owned = None

    def retire(self, token: Token, *, check: bool = True) -> None:
        """Take ``token`` out of the instance; a scope that is left empty completes."""
        self.instance.tasks.pop(token.id, None)
        token.scope.tokens.pop(token.id, None)
        gathered = self.instance.gathered.get((token.scope.id, token.task_spec.name))
        if gathered and token in gathered:
            gathered.remove(token)
        self.changes.removed_tokens.add(token.id)
        if check:
            self.check(token.scope)

    def leave(
        self, token: Token, flows: list[FlowSpec] | None = None, signals: Sequence[tuple[str, dict[str, Any]]] = ()
    ) -> None:
        """Send tokens on along ``flows`` (default: those that apply) and retire ``token``.

        ``signals`` are heard by those that wait at this moment: after the token has left, before its scope can complete.
        """
        taken = flows if flows is not None else self.choose(token)
        for _ in range(token.task_spec.element.completion_quantity):
            for flow in taken:
                self.place(flow.target, token.scope, flow.id)
        self.retire(token, check=False)
        for signal in signals:
            events.broadcast(self, *signal)
        if "compensates" in token.internal_data:
            compensation.handler_done(self, token)
        owner = token.scope.owner
        if owner is not None and owner.content is token.scope:
            done = getattr(owner.task_spec, "element_done", None)
            if done is not None:
                self.guarded(owner, "completing", lambda: done(self, token.scope, not taken))
        self.check(token.scope)

    def choose(self, token: Token) -> list[FlowSpec]:
        """The flows that an activity or event leaves by: all unconditional ones and those whose condition holds."""
        spec = token.task_spec
        if not any(flow.condition for flow in spec.flows) and spec.default is None:
            return spec.flows
        taken = [
            flow
            for flow in spec.flows
            if flow.id != spec.default and (flow.condition is None or self.holds(flow.condition, token.scope))
        ]
        return taken or self.default_flow(token)

    def default_flow(self, token: Token) -> list[FlowSpec]:
        """The default flow of the token's element. Raises ``ElementIncident`` where it has none."""
        spec = token.task_spec
        for flow in spec.flows:
            if flow.id == spec.default:
                return [flow]
        raise ElementIncident(
            "no_flow_taken",
            Text(
                "Ninguna condición de salida de «{name}» se cumple, y no hay flujo por defecto.",
                "No outgoing condition of “{name}” holds, and there is no default flow.",
                {"name": spec.element.name or spec.name},
            ),
        )

    def terminate(self, token: Token) -> None:
        """End ``token`` and all that is inside it, without completing it."""
        if token.id not in self.instance.tasks:
            return
        if token.content is not None:
            self.terminate_inside(token.content)
        token.cancel()
        if token.state != ERROR or "phase" in token.internal_data:
            self.note(token, "terminated")
        self.changes.closed_tasks.setdefault(token.id, "cancelled")
        self.close_job(token)
        self.changes.resolved.append(token.id)
        self.release(token)
        self.retire(token, check=False)

    def close_job(self, token: Token) -> None:
        """The job of ``token`` is over, where its element leaves one."""
        if getattr(token.task_spec, "job_type", None) is not None:
            self.changes.closed_jobs.append(token.id)

    def terminate_inside(self, scope: Scope, keep: Token | None = None) -> None:
        """End all tokens of ``scope`` (the newest first) but ``keep``."""
        for token in reversed(list(scope.tokens.values())):
            if token is not keep:
                self.terminate(token)

    # -- scopes ------------------------------------------------------------------------------------------------------

    def open_scope(self, kind: ScopeKind, parent: Scope | None, process: ProcessSpec, owner: Token | None) -> Scope:
        """Make a scope."""
        scope = Scope(self.env.new_id(), kind, parent, process, owner)
        self.instance.scopes[scope.id] = scope
        self.changes.created_scopes[scope.id] = scope
        return scope

    def own(self, token: Token) -> Scope:
        """The local scope of ``token``, made where it has none."""
        if token.owned is None:
            token.owned = self.open_scope("local", token.scope, token.task_spec.process, token)
        return token.owned

    def drop_scope(self, scope: Scope) -> None:
        """Forget a scope and what is subscribed in it."""
        for subscription in [item for item in self.instance.subscriptions.values() if item.scope is scope]:
            self.unsubscribe(subscription)
        self.instance.scopes.pop(scope.id, None)
        self.changes.removed_scopes.add(scope.id)

    def begin(self, scope: Scope, content: ContentSpec) -> None:
        """Start what lies inside: event subprocesses listen first, then tokens are placed at the starts."""
        for subprocess in content.event_subprocesses:
            events.listen(self, subprocess, scope)
        for start in content.starts:
            self.place(start, scope)

    def check(self, scope: Scope) -> None:
        """Complete ``scope`` if nothing is left in it."""
        if scope.id not in self.instance.scopes or scope.kind in ("local", "body"):
            return
        if scope.tokens:
            events.stop_listening_if_completing(self, scope)
            return
        if scope.owner is None:
            self.end_instance("completed")
        else:
            owner = scope.owner
            self.guarded(owner, "completing", lambda: owner.task_spec.inside_done(self, owner, scope))

    def end_instance(self, how: Any) -> None:
        """The instance is over."""
        for scope in list(self.instance.scopes.values()):
            self.drop_scope(scope)
        self.instance.ended = how

    # -- subscriptions -----------------------------------------------------------------------------------------------

    def subscribe(self, subscription: Subscription) -> None:
        """Begin to wait for something."""
        self.instance.subscriptions[subscription.id] = subscription
        if subscription.kind == "conditional":
            self.conditional[subscription.id] = subscription
        if subscription.token is not None:
            subscription.token.subscriptions[subscription.id] = subscription
        self.changes.created_subscriptions[subscription.id] = subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Wait no longer."""
        self.instance.subscriptions.pop(subscription.id, None)
        self.conditional.pop(subscription.id, None)
        if subscription.token is not None:
            subscription.token.subscriptions.pop(subscription.id, None)
        self.changes.removed_subscriptions.add(subscription.id)
