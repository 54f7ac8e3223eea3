"""Where names are bound while an expression is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import getcontext, setcontext
from typing import Any

from engine.feel.limits import DEFAULT, Account
from engine.feel.values import NUMBERS


class Frame:
    """The names that are bound at one place, the frame around it, and the account of the evaluation.

    An outermost frame may be made without an account: most expressions never need one; it comes when it is asked for.
    """

    __slots__ = ("account", "bound", "now", "up")

    def __init__(
        self,
        bound: Mapping[str, Any],
        up: Frame | None = None,
        account: Account | None = None,
        now: datetime | None = None,
    ) -> None:
        self.bound = bound
        self.up = up
        if account is None:
            self.now = now
        else:
            self.account = account

    def __getattr__(self, name: str) -> Account:
        if name != "account":
            raise AttributeError(name)
        self.account = account = Account(DEFAULT, self.now)
        return account

    def inner(self, bound: Mapping[str, Any]) -> Frame:
        """A frame inside this one."""
        return Frame(bound, self, self.account)


Closure = Callable[[Frame], Any]


def exactly(closure: Closure) -> Closure:
    """``closure`` with the decimal arithmetic of FEEL.

    Operators on decimals take half the time of a context's methods, but use the thread's context: so it is changed for
    the time of an evaluation, once.
    """

    def run(frame: Frame) -> Any:
        context = getcontext()
        if context is NUMBERS:
            return closure(frame)
        setcontext(NUMBERS)
        try:
            return closure(frame)
        finally:
            setcontext(context)

    return run
