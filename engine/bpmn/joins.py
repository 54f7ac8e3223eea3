"""Joins: which gathered tokens may go on together (parallel, inclusive and complex gateways, start quantities)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn.instance import Scope, Token

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution
    from engine.bpmn.specs import ElementSpec


def gather(x: Execution, token: Token) -> list[Token]:
    """Let ``token`` wait at its element with the others of its scope; returns all that wait there, oldest first."""
    group = x.instance.gathered.setdefault((token.scope.id, token.task_spec.name), [])
    if token not in group:
        group.append(token)
    token.internal_data["gathered"] = True
    x.touch(token)
    return group


def one_of_each_flow(group: list[Token], needed: int) -> list[Token] | None:
    """The oldest token of every incoming flow, if each of the ``needed`` flows has one."""
    found: dict[str | None, Token] = {}
    for token in group:
        found.setdefault(token.flow, token)
    return list(found.values()) if len(found) >= needed else None


def consume(x: Execution, tokens: list[Token], survivor: Token) -> None:
    """Merge ``tokens`` into ``survivor``: the others leave without a trace of their own."""
    group = x.instance.gathered.get((survivor.scope.id, survivor.task_spec.name), [])
    for token in tokens:
        if token in group:
            group.remove(token)
        if token is not survivor:
            x.retire(token, check=False)
    survivor.internal_data.pop("gathered", None)


def release(x: Execution) -> bool:
    """When nothing else moves: let inclusive and complex joins go whose missing tokens can no longer come."""
    _reset_complex(x)
    for (scope_id, name), group in list(x.instance.gathered.items()):
        if not group:
            del x.instance.gathered[(scope_id, name)]
            continue
        spec = group[0].task_spec
        releasable = getattr(spec, "releasable", None)
        if releasable is not None:
            tokens = releasable(x, group)
            if tokens:
                spec.go_on(x, tokens)
                return True
    return False


def _reset_complex(x: Execution) -> None:
    """Make complex gateways that have gone on as new where no token of their round can come any more."""
    for scope in list(x.instance.scopes.values()):
        fired: dict[str, list[str | None]] = scope.data.get("fired_gateways") or {}
        for name, flows in list(fired.items()):
            spec = scope.process.spec(name)
            if spec is not None and not may_still_arrive(spec, scope, set(flows)):
                del fired[name]
                x.changes.touched_scopes[scope.id] = scope


def may_still_arrive(spec: ElementSpec, scope: Scope, arrived: set[str | None]) -> bool:
    """Whether a token elsewhere in ``scope`` can reach a flow of the join that is not among ``arrived``.

    The standard's rule (BPMN 2.0.2, 10.6.3 and 13.4.3): such a token counts only if it has no path to a flow that
    already has one.
    """
    reach = spec.process.reach(spec)
    missing = [flow for flow in spec.element.incoming if flow not in arrived]
    for token in scope.tokens.values():
        if token.task_spec is spec:
            continue
        name = token.task_spec.name
        if any(name in reach[flow] for flow in missing) and not any(name in reach[flow] for flow in arrived if flow):
            return True
    return False
