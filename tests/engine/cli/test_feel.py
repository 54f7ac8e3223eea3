"""``siproc feel``."""

from __future__ import annotations

import json

from click.testing import CliRunner

from engine.cli import main


def run(*arguments: str):
    return CliRunner().invoke(main, ["feel", *arguments])


def test_it_prints_the_value():
    done = run("=person.first name + suffix", "--context", '{"person": {"first name": "Ana"}, "suffix": "!"}')

    assert (done.exit_code, done.stdout) == (0, "Ana!\n")


def test_it_says_why_a_value_is_null():
    done = run("date(d)", "--context", '{"d": "soon"}', "--lang", "en")

    assert (done.exit_code, done.stdout) == (0, "null\n")
    assert "“date” has no value" in done.stderr


def test_it_gives_json_for_programs():
    done = run("{a: 0.1 + x, b: unknown}", "--context", '{"x": 0.2}', "--json")

    assert json.loads(done.stdout) == {
        "value": {"a": 0.3, "b": None},
        "type": "context",
        "variables": ["unknown", "x"],
        "warnings": [{"es": "no hay ninguna variable «unknown»", "en": "there is no variable “unknown”"}],
    }


def test_it_shows_the_place_of_an_error():
    done = run("1 +\n+ 2")

    assert done.exit_code == 1
    assert done.stderr == "línea 2, columna 1: se esperaba un valor y se encontró «+»\n+ 2\n^\n"


def test_an_error_is_json_too():
    done = run("for x in 1..1000000 return x", "--json")
    broken = run("1 +", "--json")

    assert done.exit_code == broken.exit_code == 1
    assert "1000000" in json.loads(done.stdout)["error"]["en"]
    assert json.loads(broken.stdout)["error"]["column"] == 4


def test_it_refuses_a_context_that_is_none():
    assert run("1", "--context", "[1]").exit_code == 2
    assert run("1", "--context", "{").exit_code == 2
