"""Built-in functions of contexts, of booleans and of any value (DMN 1.5, 10.3.4.2, 10.3.4.9)."""

from __future__ import annotations

from typing import Any

from engine.feel.limits import Account
from engine.feel.operators import equal
from engine.feel.signatures import builtin
from engine.feel.values import type_name


@builtin("not", "negand:boolean")
def _not(account: Account, negand: bool) -> Any:
    return not negand


@builtin("get value", "m:context, key:string")
def _get(account: Account, m: dict[str, Any], key: str) -> Any:
    return m.get(key)


@builtin("get value", "m:context, keys:list")
def _get_path(account: Account, m: dict[str, Any], keys: list[Any]) -> Any:
    value: Any = m
    for key in keys:
        value = value.get(key) if isinstance(value, dict) and isinstance(key, str) else None
    return value


@builtin("get entries", "m:context")
def _entries(account: Account, m: dict[str, Any]) -> Any:
    account.size(len(m))
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context", "entries:list")
def _context(account: Account, entries: list[Any]) -> Any:
    result: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry or not isinstance(entry.get("key"), str):
            return None
        if entry["key"] in result:
            return None
        result[entry["key"]] = entry["value"]
    return result


@builtin("context put", "context:context, key:string, value:any!")
def _put(account: Account, context: dict[str, Any], key: str, value: Any) -> Any:
    account.size(len(context))
    return {**context, key: value}


@builtin("context put", "context:context, keys:list, value:any!")
def _put_path(account: Account, context: dict[str, Any], keys: list[Any], value: Any) -> Any:
    if not keys or not all(isinstance(key, str) for key in keys):
        return None
    account.size(len(context))
    first, *rest = keys
    if not rest:
        return {**context, first: value}
    inner = context.get(first)
    if inner is not None and not isinstance(inner, dict):
        return None
    changed = _put_path(account, inner or {}, rest, value)
    return None if changed is None else {**context, first: changed}


@builtin("context merge", "contexts:list*")
def _merge(account: Account, contexts: list[Any]) -> Any:
    result: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        result |= context
        account.size(len(result))
    return result


@builtin("is", "value1:any!, value2:any!")
def _is(account: Account, value1: Any, value2: Any) -> Any:
    if type_name(value1) != type_name(value2):
        return False
    zone = getattr(value1, "tzinfo", None), getattr(value2, "tzinfo", None)
    if zone[0] is not zone[1] and str(zone[0]) != str(zone[1]):
        return False
    return equal(value1, value2) is True


@builtin("is defined", "value:any!")
def _is_defined(account: Account, value: Any) -> Any:
    return value is not None


@builtin("get or else", "value:any!, default:any!")
def _get_or_else(account: Account, value: Any, default: Any) -> Any:
    return default if value is None else value
