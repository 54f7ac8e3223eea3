"""Hostile texts and models, tried in a process of their own with little memory and time: prints what came of each.

Run as a program by ``test_hostile.py``. Whatever is neither a value nor a FEEL or DMN error ends it with a trace.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from engine.dmn import DmnError, parse_dmn
from engine.feel import FeelError, compile_expression, compile_unary_tests, dump_value, to_json

MEMORY = 768 * 1024 * 1024
SECONDS = 100  # of processor time, for all
AGAIN = 3  # evaluations, so that the short road is tried too
SCOPE: dict[str, Any] = {"s": "a" * 50_000, "xs": list(range(20_000)), "c": {"a": [{"b": 1}] * 5_000}}
MANY = "(for i in 1..20000 return i)"
DOUBLING = ", ".join(f"x{i}: {{}}(x{i - 1}, x{i - 1})" for i in range(1, 40))


def texts() -> Iterator[str]:
    """The seeds: nesting, length, numbers, ranges, lists, strings, patterns, recursion."""
    for opening, closing in ("()", "[]", ("{a:", "}"), ("not(", ")"), ("f(", ")"), ("if ", ""), ("-", ""), ("[1][", "]"),
                             ("for x in ", " return x"), ("function() ", ""), ("some x in [", "] satisfies x"),
                             ("1 in (", ")"), ("[1..", "]"), ("list<", ">"), ("x instance of list<", ">")):  # fmt: skip
        for depth in (40, 70, 400, 3_000):
            yield opening * depth + "1" + closing * depth
    for part in ("1 + ", "1 and ", "a.", "1 = ", '"a" + ', "1 ** ", "1 in 1 in ", "x, ", "// ", "/* ", "'", "?", "@", "\\", "1..",
                 '"', "`", "é", "if 1 then 1 else ", "[1, 2][1]", "1 - -", "null or "):  # fmt: skip
        yield part * 2_500
        yield part * 300 + "1"
        yield part * 60 + "1"
    for number in ("9" * 7_000, "0." + "0" * 7_000 + "1", "1e6144", "1e6145", "1e999999999", "1e-999999999", "-1e6144"):
        yield number
        yield f"{number} * {number}" if len(number) < 20 else f"{number} + 1"
        for name in ("sqrt", "exp", "log", "abs", "floor", "string", "odd", "even", "day of week", "count"):
            yield f"{name}({number})" if len(number) < 20 else f"{name}(1e6000)"
        yield f"for i in 1..{number[:20]} return i"
        yield f"5 in [1..{number[:20]}]"
        yield f"substring(s, {number[:20]}, {number[:20]})"
        yield f"sublist(xs, {number[:20]})"
        yield f"decimal(1.5, {number[:20]})"
        yield f"partition(xs, {number[:20]})"
        yield f"xs[{number[:20]}]"
        yield f"modulo({number[:20]}, 7)"
        yield f"2 ** {number[:20]}"
        yield f'duration("P1D") * {number[:20]}'
        yield f'date("2026-01-01") + duration("P{"9" * 30}Y") * {number[:20]}'
        yield f"date({number[:20]}, 1, 1)"
        yield f"time(1, 1, {number[:20]})"
    yield from ("9**9**9**9", "10 ** 6144 * 10", "1 / 3 / 1e-6143", "exp(exp(100))", "(-1) ** 0.5", "0 ** -1")
    yield from (
        f'{kind}("{"9" * count}")' for kind in ("date", "time", "duration", "number", "range") for count in (9, 7_000)
    )
    yield from ('for d in @"0001-01-01"..@"9999-12-31" return d', 'for d in @"-999999999-01-01"..@"999999999-12-31" return d',
                'count([@"0001-01-01"..@"9999-12-31"])', 'for d in [@"0001-01-01"..@"9999-12-31"] return string(d)')  # fmt: skip
    yield from ("for a in 1..20000, b in 1..20000 return 1", "for a in 1..99 return for b in 1..99 return for c in 1..99 return 1",
                "some a in 1..20000, b in 1..20000 satisfies a = -b", "every a in xs, b in xs satisfies a >= 0",
                "xs[some y in xs satisfies y = -item]", "for i in 1..20000 return partial", "for i in 1..40 return [partial, partial]",
                "for i in 1..20000 return count(partial)", "for i in 1..200 return concatenate(partial, partial)",
                "for i in 1..60 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])",
                'for i in 1..60 return if i = 1 then "ab" else partial[-1] + partial[-1]',
                "for i in 1..60 return if i = 1 then {a: 1} else {a: partial[-1], b: partial[-1]}",
                "for i in 1..20000 return 9 ** 9999", "for i in 1..20000 return exp(i / 7)", "for i in 1..20000 return s + s",
                "for i in 1..20000 return upper case(s)", "for i in 1..20000 return string(xs)",
                "for i in 1..20000 return c.a", "for i in 1..20000 return distinct values(xs)",
                "for i in xs return list contains(xs, -i)", "for i in xs return sort(xs, function(a, b) a > b)")  # fmt: skip
    for name in ("concatenate", "append", "union"):
        yield "{x0: [1, 2], " + DOUBLING.replace("{}", name) + "}"
        yield f"flatten({{x0: [1], {DOUBLING.replace('{}', 'append')}}}.x39)"
    yield "{x0: {a: 1}, " + ", ".join(f"x{i}: {{a: x{i - 1}, b: x{i - 1}}}" for i in range(1, 40)) + "}"
    yield "string({x0: [1], " + ", ".join(f"x{i}: [x{i - 1}, x{i - 1}]" for i in range(1, 40)) + "})"
    yield "{x0: [1], " + ", ".join(f"x{i}: [x{i - 1}, x{i - 1}]" for i in range(1, 40)) + ", r: x39 = x38}.r"
    for comparator in (
        "true",
        "false",
        "null",
        "x",
        "1",
        "x < y",
        "x = y",
        "f(x)",
        "sort(xs, function(a, b) a < b)",
        "[x, y]",
    ):
        yield f"sort({MANY}, function(x, y) {comparator})"
        yield f"list replace({MANY}, function(x, y) {comparator}, 1)"
    yield from ("{f: function() f(), r: f()}.r", "{f: function(n) f(n + 1), r: f(0)}.r", "{f: function(g) g(g), r: f(f)}.r",
                "{f: function(n) if n = 0 then 1 else f(n - 1) + f(n - 1), r: f(30)}.r",
                "{a: function(n) b(n), b: function(n) a(n), r: a(1)}.r", "(function(f) f(f))(function(f) f(f))",
                "{f: function(n) [f(n), f(n)], r: f(1)}.r", "{f: function(n) for i in 1..9 return f(n), r: f(1)}.r",
                "{f: function(n) sort([2, 1], function(a, b) f(n)), r: f(1)}.r")  # fmt: skip
    for pattern in ("(a+)+$", "(a|a)*b", "(a*)*b", "((a{100}){100}){100}", "(.*)*(.*)*x", "(x+x+)+y", "[" + "a-z" * 900 + "]",
                    "(" * 900 + ")" * 900, "a{1,99999}", "(?=a)", "\\\\1", "(a)\\\\1", "\\\\p{L}" * 300, ".{1000}" * 9, "a?" * 500 + "a" * 500):  # fmt: skip
        yield f'matches(s, "{pattern}")'
        yield f'replace(s, "{pattern}", "$0$0$0$0$0$0$0$0")'
        yield f'split(s, "{pattern}")'
        yield f'for i in 1..300 return matches(s, "{pattern}")'
        yield f'extract(s, "{pattern}")'
    yield from ('replace(s, "a", "' + "b" * 5_000 + '")', 'string join(for i in xs return s, ",")', 'split(s, "a")',
                "context merge(for i in xs return {a: i})", "get entries(context(for i in xs return {key: string(i), value: i}))",
                'context put({}, for i in 1..5000 return "a", 1)', "get value({}, xs)", "is(xs, xs)", "mode(xs)", "median(xs)",
                "stddev(xs)", "product(xs)", "product(for i in xs return 9e99)", "index of(xs, 1)", "remove(xs, 1)")  # fmt: skip
    yield from (
        "\ud800",
        '"\ud800"',
        '"\\uD800"',
        "\x00",
        "\u202e",
        "a\u0300" * 900,
        "𝔸 + 1",
        "１ + １",
        "٣",
        "\ufeff1",
        "x\u200by",
    )


def models() -> Iterator[tuple[str, str]]:
    """Names and contents of decision models: recursion, cycles, size, depth."""
    literal = "<literalExpression><text>{}</text></literalExpression>".format
    function = '<businessKnowledgeModel id="{0}" name="{0}"><encapsulatedLogic>{1}</encapsulatedLogic>{2}</businessKnowledgeModel>'.format
    knows = '<knowledgeRequirement><requiredKnowledge href="#{}"/></knowledgeRequirement>'.format
    needs = '<informationRequirement><requiredDecision href="#{}"/></informationRequirement>'.format

    def decision(id: str, logic: str, before: str = "") -> str:
        return f'<decision id="{id}" name="{id}">{before}{logic}</decision>'

    one = '<formalParameter name="n"/>'
    yield (
        "a function without end",
        decision("r", literal("f(1)"), knows("f")) + function("f", one + literal("f(n + 1)"), knows("f")),
    )
    yield "two functions", (decision("r", literal("f(1)"), knows("f")) + function("f", one + literal("g(n)"), knows("g"))
                            + function("g", one + literal("f(n)"), knows("f")))  # fmt: skip
    yield (
        "a function of many branches",
        decision("r", literal("f(1)"), knows("f")) + function("f", one + literal("f(n) + f(n) + f(n)"), knows("f")),
    )
    yield "a decision of itself", decision("r", literal("r"), needs("r"))
    yield "two decisions", decision("r", literal("b"), needs("b")) + decision("b", literal("r"), needs("r"))
    yield (
        "a ladder of decisions",
        "".join(
            decision(
                "r" if i == 300 else f"d{i}",
                literal(f"[d{i - 1}, d{i - 1}]" if i else "1"),
                needs(f"d{i - 1}") if i else "",
            )
            for i in range(301)
        ),
    )
    yield "a service of itself", (decision("r", literal("s()"), knows("s"))
                                  + '<decisionService id="s" name="s"><outputDecision href="#r"/></decisionService>')  # fmt: skip
    for depth in (30, 200, 900):
        yield (
            f"contexts {depth} deep",
            decision("r", "<context><contextEntry>" * depth + literal("1") + "</contextEntry></context>" * depth),
        )
        yield f"lists {depth} deep", decision("r", "<list>" * depth + literal("1") + "</list>" * depth)
    loop = '<for iteratorVariable="x{0}"><in>{1}</in><return>{2}</return></for>'.format
    inner = literal("1")
    for level in range(5):
        inner = loop(level, literal("1..5000"), inner)
    yield "loops in loops", decision("r", inner)
    cells = "<inputEntry><text>&lt; 5</text></inputEntry>" * 20 + "<outputEntry><text>1</text></outputEntry>"
    columns = "<input><inputExpression><text>n</text></inputExpression></input>" * 20 + "<output/>"
    for rules in (500, 4_000):
        table = f'<decisionTable hitPolicy="COLLECT">{columns}{f"<rule>{cells}</rule>" * rules}</decisionTable>'
        yield f"a table of {rules} rules", decision("r", table)
    heavy = "<inputEntry><text>every i in 1..2000 satisfies i != ?</text></inputEntry><outputEntry><text>1</text></outputEntry>"
    yield "a table of heavy cells", decision("r", '<decisionTable hitPolicy="COLLECT"><input><inputExpression><text>n</text></inputExpression>'
                                             f'</input><output/>{f"<rule>{heavy}</rule>" * 900}</decisionTable>')  # fmt: skip
    yield (
        "a relation of many rows",
        decision("r", '<relation><column name="a"/>' + f"<row>{literal('1')}</row>" * 9_000 + "</relation>"),
    )
    item = '<itemDefinition name="t{0}"><typeRef>t{1}</typeRef></itemDefinition>'.format
    yield (
        "types in a circle",
        item(0, 1)
        + item(1, 0)
        + '<decision id="r" name="r"><variable name="r" typeRef="t0"/>'
        + literal("1")
        + "</decision>",
    )
    yield "a text too long", decision("r", literal("1 + " * 9_000))


def tried(work: Callable[[], Any]) -> tuple[str, float]:
    """What came of it, and after how many seconds of processor time."""
    started = time.process_time()
    try:
        work()
        outcome = "value"
    except (FeelError, DmnError) as error:
        outcome = type(error).__name__ if str(error) else "an error that says nothing"
    return outcome, round(time.process_time() - started, 3)


def evaluated(text: str) -> None:
    """The value of a text, by both roads, made ready to be shown and stored."""
    expression = compile_expression(text)
    for _ in range(AGAIN):
        value = expression.evaluate(SCOPE)
    to_json(value)
    try:
        dump_value(value)
    except FeelError as error:
        if "function" not in error.en:
            raise


def decided(body: str) -> None:
    """The value of the decision ``r`` of a model."""
    text = f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="urn:m">{body}</definitions>'
    parse_dmn(text.encode(), "m.dmn").evaluate("r", {"n": 1})


def main() -> None:
    """Try all of them; a line of JSON for each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    attempts: list[tuple[str, Callable[[], Any]]] = []
    for text in texts():
        attempts.append((text[:120], lambda text=text: evaluated(text)))
        attempts.append((f"? {text[:120]}", lambda text=text: compile_unary_tests(text).evaluate(1, SCOPE)))
    attempts += [(name, lambda body=body: decided(body)) for name, body in models()]
    for name, work in attempts:
        outcome, seconds = tried(work)
        sys.stdout.write(json.dumps([name, outcome, seconds]) + "\n")


if __name__ == "__main__":
    main()
