"""What the parser understands, and how it says what it does not."""

from __future__ import annotations

import pytest

from engine.feel import FeelSyntaxError, compile_expression, compile_unary_tests


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 4 - 3", "3"),
        ("2 ** 3 ** 2", "64"),
        ("-2 ** 2", "4"),
        ("2 * -3", "-6"),
        ("- - 3", "3"),
        ("7 / 2 / 2", "1.75"),
        ("1 < 2 and 2 < 3 or false", "true"),
        ("true or false and false", "true"),
        ("1 + 1 = 2", "true"),
        ("2 between 1 and 3 and true", "true"),
        ("if 1 = 2 then 3 else if true then 4 else 5", "4"),
        ("1 + if true then 2 else 3", "3"),
        ("[1, 2, 3][-1] + 1", "4"),
        ("{a: {b: 5}}.a.b", "5"),
        ("3 in [1..5]", "true"),
        ("5 in [1..5[", "false"),
        ("1 in ]1..5]", "false"),
        ("[[1..5[, ]2..3[][2] = ]2..3[", "true"),
        ("2 in [1..[2, 3][1]]", "true"),
        ("5 in (< 3, > 4)", "true"),
        ("5 in (1..5]", "true"),
        ('"a" in ("b", "a")', "true"),
        ("1 instance of number = true", "true"),
        ("for x in 1..3, y in 1..x return x * y", "[1, 2, 4, 3, 6, 9]"),
        ("some x in [1, 2], y in [2, 3] satisfies x = y", "true"),
        ("every x in [1, 2] satisfies x > 1", "false"),
        ("(function(a, b) a - b)(b: 1, a: 5)", "4"),
        ("{double: function(x) x * 2, r: double(4)}.r", "8"),
        ("1 // one\n+ /* two\n */ 2", "3"),
        ('"a\\u00e1\\n\\"\\\\" = "aá\n\\"\\\\"', "true"),
        ('"\\uD83D\\uDC0E" = "\\U01F40E"', "true"),
        (".5 + 1e2", "100.5"),
        ('@"2026-03-02".year', "2026"),
        ("`a`", "1"),
        ("1\u00a0+\u30002", "3"),
    ],
)
def test_it_reads(feel, text, value):
    assert feel(text, {"a": 1}) == value


def test_it_knows_names_of_several_words(feel):
    scope = {"first name": "Ana", "first": "x", "a-b": 5, "tax + fee": 2, "Person.Age": 7, "año nuevo": 1}

    assert feel('first name + "!"', scope) == "Ana!"
    assert feel("first", scope) == "x"
    assert feel("a-b - 1", scope) == "4"
    assert feel("tax + fee * 2", scope) == "4"
    assert feel("Person.Age", scope) == "7"
    assert feel("año nuevo", scope) == "1"


def test_names_of_a_context_hold_for_what_follows(feel):
    assert feel("{tax rate: 0.5, total: 10 * tax rate}.total") == "5.0"
    assert feel("for street name in [1, 2] return street name + 1") == "[2, 3]"
    assert feel("(function(first value) first value + 1)(first value: 2)") == "3"


def test_words_after_a_dot_are_one_name(feel):
    assert feel("person.first name", {"person": {"first name": "Ana"}}) == "Ana"
    assert feel("person.in charge", {"person": {"in charge": "Ana"}}) == "Ana"


def test_a_variable_may_be_called_like_a_built_in_function(feel):
    scope = {"duration": "PT1H", "count": 5, "date": 1}

    assert feel("count + date", scope) == "6"
    assert feel("count([1, 2])", scope) == "2"
    assert feel("string(duration(duration))", scope) == "PT1H"


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("1 +", 1, 4, "se esperaba un valor y se encontró el final"),
        ("", 1, 1, "se esperaba un valor y se encontró el final"),
        ("if a then b", 1, 12, "se esperaba «else» y se encontró el final"),
        ("[1, 2", 1, 6, "se esperaba «]» y se encontró el final"),
        ("a b", 1, 3, "se esperaba el final o un operador y se encontró «b»"),
        ("{a 1}", 1, 5, "se esperaba «:» y se encontró «}»"),
        ("1 +\n  * 2", 2, 3, "se esperaba un valor y se encontró «*»"),
        ('"abc', 1, 1, "el texto no termina"),
        ("1 # 2", 1, 3, "el signo «#» no se entiende"),
        ("1 /* 2", 1, 3, "el comentario no termina"),
        ("f(a: 1, 2)", 1, 9, "se esperaba el nombre de un parámetro y se encontró «2»"),
        ("for x return 1", 1, 15, "se esperaba «in»"),
        ("function(x) external {}", 1, 13, "las funciones externas no se ejecutan"),
        ("@2026", 1, 2, "se esperaba un texto entre comillas"),
        ("1 instance of", 1, 14, "se esperaba un tipo"),
        ("1e99999", 1, 1, "se esperaba un número menos grande"),
        ('"\ud800"', 1, 2, "hay medio carácter suelto"),
    ],
)
def test_it_says_what_it_expected_and_where(text, line, column, expected):
    with pytest.raises(FeelSyntaxError) as refused:
        compile_expression(text)

    error = refused.value
    assert (error.line, error.column) == (line, column)
    assert error.es.startswith(f"línea {line}, columna {column}: ")
    assert expected in error.es
    assert error.en.startswith(f"line {line}, column {column}: ")


def test_the_caret_stands_under_the_place():
    with pytest.raises(FeelSyntaxError) as refused:
        compile_expression("first +\nsecond ) line")

    assert refused.value.caret == "second ) line\n       ^"
    assert "“)” was found" in refused.value.en


@pytest.mark.parametrize(
    "text",
    [
        "(" * 65 + "1" + ")" * 65,
        "[" * 9_000,
        "-" * 65 + "1",
        "+".join(["1"] * 2_001),
        "a" + ".b" * 65,
        "1 = " * 65 + "1",
        "< " * 65 + "1",
        "function() " * 65 + "1",
        "a" * 8_001,
        "1 instance of " + "list<" * 65 + "number" + ">" * 65,
        "x in (" * 70 + "1" + "..2]" * 70,
    ],
)
def test_it_refuses_what_is_too_large_or_too_deep(text):
    with pytest.raises(FeelSyntaxError):
        compile_expression(text)


def test_it_takes_long_chains_and_nesting_within_bounds(feel):
    assert feel("+".join(["1"] * 900)) == "900"
    assert feel(" or ".join(["false"] * 800)) == "false"
    assert feel("(" * 60 + "1" + ")" * 60) == "1"


@pytest.mark.parametrize("text", ["", ",", "1,", "not(", "1..2", "< ", "a b", "-, 1"])
def test_it_refuses_unary_tests_that_are_none(text):
    with pytest.raises(FeelSyntaxError):
        compile_unary_tests(text)
