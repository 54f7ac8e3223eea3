"""Gateways: exclusive, parallel, inclusive, complex and event-based."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.bpmn import events, joins
from engine.bpmn.elements.events import EventSpec
from engine.bpmn.instance import WAITING, Subscription, Token
from engine.bpmn.specs import ElementSpec, FlowSpec

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution


class GatewaySpec(ElementSpec):
    """What gateways share: the flows are chosen before the gateway counts as completed."""

    def pick(self, x: Execution, token: Token) -> list[FlowSpec]:
        """The flows to take."""
        return self.flows

    def complete(self, x: Execution, token: Token) -> None:
        """Choose, then go on."""
        flows = self.pick(x, token)
        x.finish(token)
        x.leave(token, flows)


class ExclusiveGatewaySpec(GatewaySpec):
    """The first flow whose condition holds, else the default one."""

    kinds = ("exclusiveGateway",)

    def pick(self, x: Execution, token: Token) -> list[FlowSpec]:
        """One flow."""
        if len(self.flows) <= 1 and not any(flow.condition for flow in self.flows):
            return self.flows
        for flow in self.flows:
            if flow.id == self.default:
                continue
            if flow.condition is None or x.holds(flow.condition, token.scope):
                return [flow]
        return x.default_flow(token)


class JoiningSpec(GatewaySpec):
    """A gateway that merges tokens before it goes on."""

    def enter(self, x: Execution, token: Token) -> bool:
        """Wait for the others, where there are several incoming flows."""
        if len(self.element.incoming) <= 1:
            return True
        group = joins.gather(x, token)
        ready = self.ready(x, group)
        if ready is None:
            token._set_state(WAITING)
            return False
        joins.consume(x, ready, token)
        return True

    def ready(self, x: Execution, group: list[Token]) -> list[Token] | None:
        """The tokens that can go on together now; None to wait."""
        return None

    def go_on(self, x: Execution, tokens: list[Token]) -> None:
        """Release ``tokens`` as one."""
        survivor = tokens[-1]
        joins.consume(x, tokens, survivor)
        x.guarded(survivor, "completing", survivor.complete)


class ParallelGatewaySpec(JoiningSpec):
    """One token of every incoming flow goes on along every outgoing one."""

    kinds = ("parallelGateway",)

    def ready(self, x: Execution, group: list[Token]) -> list[Token] | None:
        """One of each incoming flow."""
        return joins.one_of_each_flow(group, len(self.element.incoming))


class InclusiveGatewaySpec(JoiningSpec):
    """All flows whose condition holds; joins when no other token can still arrive."""

    kinds = ("inclusiveGateway",)

    def ready(self, x: Execution, group: list[Token]) -> list[Token] | None:
        """At once only where every flow has its token; otherwise when all is still."""
        return joins.one_of_each_flow(group, len(self.element.incoming))

    def releasable(self, x: Execution, group: list[Token]) -> list[Token] | None:
        """The gathered tokens, if none that is missing can still arrive."""
        if joins.may_still_arrive(self, group[0].scope, {token.flow for token in group}):
            return None
        first: dict[str | None, Token] = {}
        for token in group:
            first.setdefault(token.flow, token)
        return list(first.values())

    def pick(self, x: Execution, token: Token) -> list[FlowSpec]:
        """All flows that hold, else the default one."""
        if not any(flow.condition for flow in self.flows):
            return self.flows
        taken = [
            flow
            for flow in self.flows
            if flow.id != self.default and (flow.condition is None or x.holds(flow.condition, token.scope))
        ]
        return taken or x.default_flow(token)


class ComplexGatewaySpec(InclusiveGatewaySpec):
    """Joins when its activation condition holds (``activationCount``: tokens here); late tokens are absorbed.

    After it has gone on it waits for reset: tokens that still come from the same round are swallowed, and when none can
    come any more it is as new (BPMN 2.0.2, 10.6.5).
    """

    kinds = ("complexGateway",)

    def prepare(self) -> None:
        """Compile the activation condition."""
        self.activation = self.value(self.element.activation_condition, "activationCondition")

    def enter(self, x: Execution, token: Token) -> bool:
        """Gather, or be swallowed while waiting for reset."""
        fired = token.scope.data.setdefault("fired_gateways", {}).get(self.name)
        if fired is not None and token.flow not in fired:
            fired.append(token.flow)
            if len(fired) >= len(self.element.incoming):
                del token.scope.data["fired_gateways"][self.name]
            x.changes.touched_scopes[token.scope.id] = token.scope
            x.finish_silently(token)
            return False
        return super().enter(x, token)

    def ready(self, x: Execution, group: list[Token]) -> list[Token] | None:
        """Whether the activation condition holds with those that are here."""
        if self.activation is None:
            return joins.one_of_each_flow(group, len(self.element.incoming))
        scope = group[0].scope
        reading = {**_flatten(x, scope), "activationCount": len({token.flow for token in group})}
        if self.activation.evaluate(reading, x.now) is not True:
            return None
        arrived = list({token.flow: token for token in group}.values())
        if len(arrived) < len(self.element.incoming):
            scope.data.setdefault("fired_gateways", {})[self.name] = [token.flow for token in arrived]
            x.changes.touched_scopes[scope.id] = scope
        return arrived

    def releasable(self, x: Execution, group: list[Token]) -> list[Token] | None:
        """With an activation condition only that condition decides."""
        return super().releasable(x, group) if self.activation is None else None


def _flatten(x: Execution, scope: Any) -> dict[str, Any]:
    reading = x.reading(scope)
    return {name: reading[name] for name in reading}


class EventBasedGatewaySpec(GatewaySpec):
    """Waits for the first of the events behind it."""

    kinds = ("eventBasedGateway",)

    def enter(self, x: Execution, token: Token) -> bool:
        """Wait for all of them."""
        for flow in self.flows:
            target = flow.target
            assert isinstance(target, EventSpec)
            events.wait_for(x, target, token.inner, token)
        return False

    def triggered(self, x: Execution, token: Token, subscription: Subscription, variables: dict[str, Any]) -> None:
        """The first has come: the others are no longer waited for."""
        target = subscription.spec
        x.finish(token)
        following = x.place(target, token.scope, next(f.id for f in self.flows if f.target is target))
        following.internal_data.update(fired=True, variables=variables)
        x.retire(token)
