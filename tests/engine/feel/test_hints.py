"""The mistakes that designers make most, each with what to write instead, in both languages."""

from __future__ import annotations

import pytest

from engine.feel import FeelSyntaxError, compile_expression
from engine.feel.hints import MEANT, PATTERNS

SLIPS = [
    ("a == 1", "un solo «=»", "one “=”"),
    ("a === 1", "un solo «=»", "one “=”"),
    ("a += 1", "no asigna", "assigns nothing"),
    ("a && b", "«and»", "“and”"),
    ("a || b", "«or»", "“or”"),
    ("!a", "«not(…)»", "“not(…)”"),
    ("not a", "«not(…)»", "“not(…)”"),
    ("a <> 1", "«!=»", "“!=”"),
    ("a =< 1", "«<=»", "“<=”"),
    ("a => 1", "«>=»", "“>=”"),
    ("a ≥ 1", "«>=»", "“>=”"),
    ("a ≤ 1", "«<=»", "“<=”"),
    ("a ≠ 1", "«!=»", "“!=”"),
    ("“hola”", "comillas rectas", "straight quotes"),
    ("a = «hola»", "comillas rectas", "straight quotes"),
    ("'hola'", "comillas dobles", "double quotes"),
    ("a = ‘hola’", "comillas dobles", "double quotes"),
    ('"hola', 'falta «"»', "is missing"),
    ("${a}", "todo el campo es la expresión", "the whole field is the expression"),
    ("#{a}", "todo el campo es la expresión", "the whole field is the expression"),
    ("{{ a }}", "todo el campo es la expresión", "the whole field is the expression"),
    ("a ? b : c", "«if a then b else c»", "“if a then b else c”"),
    ("a ?? b", "«if a = null then b else a»", "“if a = null then b else a”"),
    ("a?.b", "lo que falta da null", "what is missing gives null"),
    ("if a then b", "siempre «then» y «else»", "always has “then” and “else”"),
    ("if a b else c", "siempre «then» y «else»", "always has “then” and “else”"),
    ("if (a) { b } else { c }", "no lleva llaves", "without braces"),
    ("si a entonces b sino c", "«if … then … else …»", "“if … then … else …”"),
    ("a y b", "«and»", "“and”"),
    ("a o b", "«or»", "“or”"),
    ("a is null", "«= null»", "“= null”"),
    ("a is not null", "«!= null»", "“!= null”"),
    ("a % 2", "«modulo(a, b)»", "“modulo(a, b)”"),
    ("a mod 2", "«modulo(a, b)»", "“modulo(a, b)”"),
    ("a ^ 2", "«**»", "“**”"),
    ("a × 2", "«*»", "“*”"),
    ("a ÷ 2", "«/»", "“/”"),
    ("a – 2", "guion «-»", "“-”"),
    ("a; b", "es una sola", "there is one expression"),
    ("return a", "después de «for … in …»", "after “for … in …”"),
    ("for x of xs return x", "«for x in lista return …»", "“for x in list return …”"),
    ("lambda x: x", "«function(x) …»", "“function(x) …”"),
    ("x -> x", "«function(x) …»", "“function(x) …”"),
    ("function(x) {x}", "no lleva llaves", "no braces"),
    ('a like "x"', "«contains(a, b)»", "“contains(a, b)”"),
    ("a between 1, 2", "«between a and b»", "“between a and b”"),
    ("a in 1,2", "«in (1, 2)»", "“in (1, 2)”"),
    ("1,5 + 2", "llevan punto", "have a point"),
    ("10:30", '«@"10:30:00"»', '“@"10:30:00"”'),
    ("a instance number", "«instance of»", "“instance of”"),
    ('"a" & "b"', "se unen con «+»", "joined by “+”"),
    ("count xs", "lleva paréntesis", "has parentheses"),
    ("SELECT a", "no es SQL", "this is no SQL"),
    ("[1, 2", "«]»", "“]”"),
    ("f(1, 2", "«)»", "“)”"),
    ("a +", "el final", "the end"),
]


@pytest.mark.parametrize(("text", "es", "en"), SLIPS, ids=[text for text, _, _ in SLIPS])
def test_a_slip_says_what_to_write_instead(text, es, en):
    with pytest.raises(FeelSyntaxError) as refused:
        compile_expression(text)

    assert es in refused.value.es
    assert en in refused.value.en


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("True", "true"),
        ("None", "null"),
        ("verdadero", "true"),
        ("len(xs)", "count"),
        ("startsWith(s, s)", "starts with"),
        ("hoy()", "today"),
        ("toUpperCase(s)", "upper case"),
        ("tipo_casso", "tipo_caso"),
        ("TipoCaso", "tipo_caso"),
        ("persona.nombe", "nombre"),
        ("string lenght(s)", None),
        ("completamente_otra", None),
        ("substrng(s, 1)", "substring"),
    ],
)
def test_a_name_that_is_not_there_suggests_one_that_is(text, other):
    scope = {"tipo_caso": "MIG-01", "xs": [1], "s": "a", "persona": {"nombre": "Ana"}}
    try:
        warnings = compile_expression(text).explain(scope).warnings
    except FeelSyntaxError:
        assert other is None
        return

    said = "; ".join(warning.es for warning in warnings)
    assert (f"¿quiso decir «{other}»?" in said) if other else ("quiso decir" not in said)
    assert all("did you mean" in warning.en for warning in warnings if "quiso decir" in warning.es)


@pytest.mark.parametrize(
    "text",
    [
        "(= 5)",
        "[(< 5), (!= 3)]",
        "a = (-1)",
        "x in (< 5, >= 7)",
        "a - -1",
        "5 in (= 5)",
        "{si: 1, y: 2}.si",
        "y",
        "o + si",
    ],
)
def test_what_only_looks_like_a_slip_is_read(text):
    compile_expression(text)


def test_every_hint_is_given_by_some_slip():
    given = set()
    for text, _, _ in SLIPS:
        with pytest.raises(FeelSyntaxError) as refused:
            compile_expression(text)
        given.update(es for _, es, _ in PATTERNS if es in refused.value.es)

    assert {es for _, es, _ in PATTERNS} == given
    assert all(MEANT.values())
