"""Built-in functions of lists (DMN 1.5, 10.3.4.4) and sorting."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.feel.calling import invoke
from engine.feel.limits import Account
from engine.feel.operators import both, either, equal, less
from engine.feel.signatures import builtin
from engine.feel.values import FeelFunction


@builtin("list contains", "list:list, element:any!")
def _contains(account: Account, items: list[Any], element: Any) -> Any:
    account.charge(4 * len(items))
    return any(equal(item, element) is True for item in items)


@builtin("count", "list:list*")
def _count(account: Account, items: list[Any]) -> Any:
    return Decimal(len(items))


def _extreme(account: Account, items: list[Any], smallest: bool) -> Any:
    account.charge(len(items))
    if not items:
        return None
    best = items[0]
    for item in items[1:]:
        lower = less(item, best) if smallest else less(best, item)
        if lower is None:
            return None
        if lower:
            best = item
    return best if less(best, best) is not None else None


@builtin("min", "list:list*")
def _min(account: Account, items: list[Any]) -> Any:
    return _extreme(account, items, True)


@builtin("max", "list:list*")
def _max(account: Account, items: list[Any]) -> Any:
    return _extreme(account, items, False)


def _logic(account: Account, items: list[Any], join: Any, start: bool) -> Any:
    account.charge(len(items))
    result: bool | None = start
    for item in items:
        result = join(result, item)
    return result


@builtin("all", "list:list*")
@builtin("and", "list:list*")
def _all(account: Account, items: list[Any]) -> Any:
    return _logic(account, items, both, True)


@builtin("any", "list:list*")
@builtin("or", "list:list*")
def _any(account: Account, items: list[Any]) -> Any:
    return _logic(account, items, either, False)


@builtin("sublist", "list:list, start position:number, length:number?")
def _sublist(account: Account, items: list[Any], start: Decimal, length: Decimal | None = None) -> Any:
    account.size(len(items))
    first = int(start)
    if first == 0 or abs(first) > len(items):
        return None
    begin = first - 1 if first > 0 else len(items) + first
    if length is None:
        return items[begin:]
    return items[begin : begin + int(length)] if 0 <= length <= len(items) - begin else None


@builtin("append", "list:list!, item:any!*")
def _append(account: Account, items: list[Any] | None, added: list[Any]) -> Any:
    account.size(len(items or []) + len(added))
    return [*(items or []), *added]


@builtin("concatenate", "list:list!*")
def _concatenate(account: Account, lists: list[Any]) -> Any:
    result: list[Any] = []
    for item in lists:
        result.extend(item if isinstance(item, list) else [item])
        account.size(len(result))
    return result


@builtin("insert before", "list:list, position:number, newItem:any!")
def _insert(account: Account, items: list[Any], position: Decimal, item: Any) -> Any:
    account.size(len(items))
    index = int(position)
    if index == 0 or abs(index) > len(items):
        return None
    at = index - 1 if index > 0 else len(items) + index
    return [*items[:at], item, *items[at:]]


@builtin("remove", "list:list, position:number")
def _remove(account: Account, items: list[Any], position: Decimal) -> Any:
    account.size(len(items))
    index = int(position)
    if index == 0 or abs(index) > len(items):
        return None
    at = index - 1 if index > 0 else len(items) + index
    return [*items[:at], *items[at + 1 :]]


@builtin("list replace", "list:list, position:number, newItem:any!")
def _replace_at(account: Account, items: list[Any], position: Decimal, item: Any) -> Any:
    account.size(len(items))
    index = int(position)
    if index == 0 or abs(index) > len(items):
        return None
    at = index - 1 if index > 0 else len(items) + index
    return [*items[:at], item, *items[at + 1 :]]


@builtin("list replace", "list:list, match:function, newItem:any!")
def _replace_where(account: Account, items: list[Any], match: FeelFunction, item: Any) -> Any:
    account.charge(len(items))
    results = []
    for old in items:
        verdict = invoke(account, "match", match, [old, item])
        if not isinstance(verdict, bool):
            return None
        results.append(item if verdict else old)
    return results


@builtin("reverse", "list:list")
def _reverse(account: Account, items: list[Any]) -> Any:
    account.size(len(items))
    return items[::-1]


@builtin("index of", "list:list, match:any!")
def _index_of(account: Account, items: list[Any], match: Any) -> Any:
    account.charge(4 * len(items))
    return [Decimal(i) for i, item in enumerate(items, 1) if equal(item, match) is True]


def _distinct(account: Account, items: list[Any]) -> list[Any]:
    seen: list[Any] = []
    plain: set[Any] = set()
    for item in items:
        if isinstance(item, (str, Decimal)):
            if (type(item), item) not in plain:
                plain.add((type(item), item))
                seen.append(item)
            continue
        account.charge(4 * len(seen) + 1)
        if not any(equal(item, other) is True for other in seen):
            seen.append(item)
    account.charge(len(items))
    return seen


@builtin("distinct values", "list:list")
def _distinct_values(account: Account, items: list[Any]) -> Any:
    return _distinct(account, items)


@builtin("duplicate values", "list:list")
def _duplicate_values(account: Account, items: list[Any]) -> Any:
    account.charge(4 * len(items))
    seen: list[Any] = []
    again: list[Any] = []
    for item in items:
        account.charge(4 * len(seen) + 1)
        (again if any(equal(item, other) is True for other in seen) else seen).append(item)
    return _distinct(account, again)


@builtin("is empty", "list:list")
def _is_empty(account: Account, items: list[Any]) -> Any:
    return not items


@builtin("partition", "list:list, size:number")
def _partition(account: Account, items: list[Any], size: Decimal) -> Any:
    step = int(size)
    account.size(len(items))
    return [items[at : at + step] for at in range(0, len(items), step)] if step > 0 else None


@builtin("union", "list:list!*")
def _union(account: Account, lists: list[Any]) -> Any:
    return _distinct(account, _concatenate(account, lists))


@builtin("flatten", "list:list")
def _flatten(account: Account, items: list[Any]) -> Any:
    result: list[Any] = []
    stack = [iter(items)]
    while stack:
        for item in stack[-1]:
            if isinstance(item, list):
                stack.append(iter(item))
                break
            result.append(item)
            account.size(len(result))
        else:
            stack.pop()
    return result


@builtin("sort", "list:list, precedes:function?")
def _sort(account: Account, items: list[Any], precedes: FeelFunction | None = None) -> Any:
    account.size(len(items))
    failed = False

    def order(left: Any, right: Any) -> int:
        nonlocal failed
        if precedes is None:
            before, after = less(left, right), less(right, left)
            failed = failed or before is None
        else:
            before = invoke(account, "precedes", precedes, [left, right])
            after = not before and invoke(account, "precedes", precedes, [right, left])
        return -1 if before is True else 1 if after is True else 0

    ordered = sorted(items, key=cmp_to_key(order))
    return None if failed else ordered
