"""Built-in functions that relate points and ranges (DMN 1.5, 10.3.4.10, after Allen's interval algebra)."""

from __future__ import annotations

from typing import Any

from engine.feel.limits import Account
from engine.feel.operators import contains, equal, less
from engine.feel.signatures import builtin
from engine.feel.values import Range


def _before(a: Any, b: Any) -> Any:
    """``a`` ends before ``b`` starts."""
    end, end_in = (a.end, a.end_included) if isinstance(a, Range) else (a, True)
    start, start_in = (b.start, b.start_included) if isinstance(b, Range) else (b, True)
    lower = less(end, start)
    if lower is None:
        return None
    return lower or (equal(end, start) is True and not (end_in and start_in))


@builtin("before", "point1:any, point2:any")
@builtin("before", "point:any, range:any")
@builtin("before", "range:any, point:any")
@builtin("before", "range1:any, range2:any")
def before(account: Account, a: Any, b: Any) -> Any:
    return _before(a, b)


@builtin("after", "point1:any, point2:any")
@builtin("after", "point:any, range:any")
@builtin("after", "range:any, point:any")
@builtin("after", "range1:any, range2:any")
def _after(account: Account, a: Any, b: Any) -> Any:
    return _before(b, a)


def _same(a: Any, b: Any) -> bool:
    _comparable(a, b)
    return equal(a, b) is True


def _lt(a: Any, b: Any) -> bool:
    _comparable(a, b)
    return less(a, b) is True


def _comparable(a: Any, b: Any) -> None:
    """A relation of what has no order is no relation: null."""
    if less(a, b) is None:
        raise ValueError


@builtin("meets", "range1:range, range2:range")
def _meets(account: Account, a: Range, b: Range) -> Any:
    return a.end_included and b.start_included and _same(a.end, b.start)


@builtin("met by", "range1:range, range2:range")
def _met_by(account: Account, a: Range, b: Range) -> Any:
    return _meets(account, b, a)


def _starts_before(a: Range, b: Range) -> bool:
    """``a`` starts strictly before ``b``."""
    return _lt(a.start, b.start) or (_same(a.start, b.start) and a.start_included and not b.start_included)


def _ends_before(a: Range, b: Range) -> bool:
    return _lt(a.end, b.end) or (_same(a.end, b.end) and not a.end_included and b.end_included)


def _touch(a: Range, b: Range) -> bool:
    """``a`` reaches at least to the start of ``b``."""
    return _lt(b.start, a.end) or (_same(a.end, b.start) and a.end_included and b.start_included)


@builtin("overlaps", "range1:range, range2:range")
def _overlaps(account: Account, a: Range, b: Range) -> Any:
    return _touch(a, b) and _touch(b, a)


@builtin("overlaps before", "range1:range, range2:range")
def _overlaps_before(account: Account, a: Range, b: Range) -> Any:
    return _starts_before(a, b) and _touch(a, b) and not _ends_before(b, a)


@builtin("overlaps after", "range1:range, range2:range")
def _overlaps_after(account: Account, a: Range, b: Range) -> Any:
    return _overlaps_before(account, b, a)


def _same_start(a: Range, b: Range) -> bool:
    return _same(a.start, b.start) and a.start_included == b.start_included


def _same_end(a: Range, b: Range) -> bool:
    return _same(a.end, b.end) and a.end_included == b.end_included


@builtin("finishes", "range1:range, range2:range")
def _finishes(account: Account, a: Range, b: Range) -> Any:
    return _same_end(a, b) and not _starts_before(a, b)


@builtin("finishes", "point:any, range:range")
def _point_finishes(account: Account, a: Any, b: Range) -> Any:
    return b.end_included and _same(a, b.end)


@builtin("finished by", "range1:range, range2:range")
def _finished_by(account: Account, a: Range, b: Range) -> Any:
    return _finishes(account, b, a)


@builtin("finished by", "range:range, point:any")
def _finished_by_point(account: Account, a: Range, b: Any) -> Any:
    return _point_finishes(account, b, a)


@builtin("includes", "range1:range, range2:range")
def _includes(account: Account, a: Range, b: Range) -> Any:
    return not _starts_before(b, a) and not _ends_before(a, b)


@builtin("includes", "range:range, point:any")
def _includes_point(account: Account, a: Range, b: Any) -> Any:
    return contains(a, b)


@builtin("during", "range1:range, range2:range")
def _during(account: Account, a: Range, b: Range) -> Any:
    return _includes(account, b, a)


@builtin("during", "point:any, range:range")
def _point_during(account: Account, a: Any, b: Range) -> Any:
    return contains(b, a)


@builtin("starts", "range1:range, range2:range")
def _starts(account: Account, a: Range, b: Range) -> Any:
    return _same_start(a, b) and not _ends_before(b, a)


@builtin("starts", "point:any, range:range")
def _point_starts(account: Account, a: Any, b: Range) -> Any:
    return b.start_included and _same(a, b.start)


@builtin("started by", "range1:range, range2:range")
def _started_by(account: Account, a: Range, b: Range) -> Any:
    return _starts(account, b, a)


@builtin("started by", "range:range, point:any")
def _started_by_point(account: Account, a: Range, b: Any) -> Any:
    return _point_starts(account, b, a)


@builtin("coincides", "range1:range, range2:range")
def _coincides(account: Account, a: Range, b: Range) -> Any:
    return _same_start(a, b) and _same_end(a, b)


@builtin("coincides", "point1:any, point2:any")
def _points_coincide(account: Account, a: Any, b: Any) -> Any:
    return None if isinstance(a, Range) or isinstance(b, Range) else equal(a, b)
