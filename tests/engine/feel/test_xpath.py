"""XPath's regular expressions in re2's syntax."""

from __future__ import annotations

import pytest

from engine.feel.xpath import complement, pattern, without


@pytest.mark.parametrize(
    ("text", "flags", "matching", "other"),
    [
        ("^[a-z]+$", "", "abc", "abC"),
        ("^[a-z]+$", "i", "abC", "ab1"),
        ("a.b", "", "axb", "a\nb"),
        ("a.b", "s", "a\nb", "ab"),
        ("^b$", "m", "a\nb\nc", "abc"),
        ("h e l [ ] o", "x", "hel o", "hello"),
        ("a.b*", "q", "xa.b*x", "axb"),
        ("^[a-z-[aeiou]]+$", "", "xyz", "axy"),
        ("^[^a-z-[0]]$", "", "A", "0"),
        (r"^[\w-[\d]]+$", "", "añb", "a1"),
        (r"^[a-z-[\d]]$", "", "a", "1"),
        (r"^\d{4}-\d{2}$", "", "2026-03", "2026-3"),
        (r"^\p{Lu}\p{Ll}+$", "", "Ñandú", "ñandú"),
        (r"^\p{IsGreek}+$", "", "αβγ", "abc"),
        (r"^\P{IsBasicLatin}$", "", "ñ", "n"),
        (r"^\i\c*$", "", "a1-b", "1a"),
        (r"^[\s\-\]]+$", "", " -]", "x"),
        (r"^\S\D\W$", "", "a-.", "a1."),
        ("^(?:ab)+?$", "", "abab", "aba"),
        ("^[-a]$", "", "-", "b"),
        ("^[a-]$", "", "-", "b"),
        (r"^[\n-\r]$", "", "\n", "x"),
        (r"^(a|b)\1$", "", "bb", "ab"),
        (r"(a)\1", "i", "aA", "ab"),
        (r"^(x)?y\1$", "", "y", "yx"),
        (r"^(.)(.)\2\1$", "s", "a\n\na", "abab"),
        (r"^(a)\10$", "", "aa0", "aa"),
        (r"^(?:(a)|b)\1$", "", "b", "ba"),
        ("^[]a]$", "", "x", "x"),
    ],
)
def test_it_matches(text, flags, matching, other):
    compiled = pattern(text, flags)
    if text == "^[]a]$":
        assert compiled is None
        return

    assert compiled.search(matching) is not None
    assert compiled.search(other) is None


@pytest.mark.parametrize(
    "text",
    [
        r"\1(a)", r"(a\1)", r"(a)\2", r"[\1]", r"\b", r"a\z", "(?=a)", "(?i)a", "(?P<n>a)", "a++", "[a", "a]", "a{", "{2}", "a{2", "}", "(a", "a)",
        "[z-a]", "[0-9-.]", r"\p{Foo}", r"\p{IsNowhere}", r"\p", "\\", r"[\d_-[_]]", "a{1001}", "*", "[[:alpha:]]",
        "[a-z-[^b]]", "[a-z-[b]c]",
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_pattern_or_takes_too_long(text):
    assert pattern(text, "") is None


def test_it_refuses_unknown_flags_and_long_patterns():
    assert pattern("a", "g") is None
    assert pattern("a" * 5_000, "") is None


def test_ranges_of_characters_are_taken_from_one_another():
    assert complement(((0, 0x40), (0x5B, 0x10FFFF))) == ((0x41, 0x5A),)
    assert without(((0x41, 0x5A),), ((0x42, 0x43),)) == ((0x41, 0x41), (0x44, 0x5A))
    assert without(((0x41, 0x5A),), ((0, 0x10FFFF),)) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('replace("abc", "b", "[$0]")', "a[b]c"),
        ('replace("abc", "(a)(b)", "$2$1$3")', "bac"),
        ('replace("abc", "b", "\\\\$")', "a$c"),
        ('replace("abc", "b", "$x")', "null"),
        ('replace("abc", "b", "\\\\x")', "null"),
        ('replace("abc", "x*", "-")', "null"),
        ('replace("a.c", ".", "$1", "q")', "a$1c"),
        ('split("a1b22c", "\\d+")', '["a", "b", "c"]'),
        ('split("a-b", "(-)")', '["a", "b"]'),
        ('split("", ",")', '[""]'),
        ('split("abc", "")', "null"),
        ('matches("abc", "(", "")', "null"),
    ],
)
def test_functions_use_it(feel, text, value):
    assert feel(text) == value
