"""What all activities share: input and output mappings, boundary events, loops and compensation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn import compensation, events, joins, loops
from engine.bpmn.instance import WAITING, Token
from engine.bpmn.specs import ElementSpec

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution


class ActivitySpec(ElementSpec):
    """A task, subprocess or call activity; subclasses say in ``act`` what it does."""

    loop: loops.LoopSpec | None = None

    def __init__(self, process: object, element: object) -> None:
        super().__init__(process, element)  # type: ignore[arg-type]
        self.loop = loops.compile_loop(self)

    def enter(self, x: Execution, token: Token) -> bool:
        """Map the inputs, listen at the border, then act."""
        if self.element.start_quantity > 1 and token.role == "plain" and not self.gathered(x, token):
            return False
        if self.loop is not None and token.role != "iteration":
            events.arm_boundaries(x, token)
            return loops.begin(x, token, self.loop)
        x.map_inputs(token)
        if token.role == "plain":
            events.arm_boundaries(x, token)
        return self.act(x, token)

    def gathered(self, x: Execution, token: Token) -> bool:
        """Whether ``startQuantity`` tokens are here; then they become one."""
        group = joins.gather(x, token)
        if len(group) < self.element.start_quantity:
            token._set_state(WAITING)
            return False
        joins.consume(x, group[: self.element.start_quantity], token)
        return True

    def act(self, x: Execution, token: Token) -> bool:
        """Do it. True: done at once; False: it waits."""
        return True

    def complete(self, x: Execution, token: Token) -> None:
        """Map the outputs, remember how to undo it, and go on: to the next iteration or along the flows."""
        if token.role == "body":
            assert self.loop is not None
            loops.hand_over(x, token, self.loop)
        else:
            self.hand_over(x, token)
        if token.role == "iteration":
            assert self.loop is not None
            enough = loops.collect(x, token, self.loop)
            compensation.remember(x, token)
            x.finish(token)
            loops.iteration_done(x, token, self.loop, enough)
            return
        flows = x.choose(token)
        compensation.remember(x, token)
        x.finish(token)
        x.leave(token, flows)

    def hand_over(self, x: Execution, token: Token) -> None:
        """Give the outcome to the scope outside."""
        x.map_outputs(token, token.content)


class PassThroughSpec(ActivitySpec):
    """An undefined or manual task: nothing for the engine to do."""

    kinds = ("task", "manualTask")
