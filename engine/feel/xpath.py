"""XPath's regular expressions in the syntax of re2, which matches in linear time whatever a designer writes.

What XPath does not know (look-around, ``\\b``, named groups) is no pattern, as the standard says. Back-references are beyond
re2: they go to an engine that may have to try all ways, and is stopped soon. The difference of two classes of which the
first mixes categories and letters is no pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import re2
import regex

from engine.feel.errors import FeelLimitError

MAX_PATTERN = 4_000
LAST = 0x10FFFF
SECONDS = 0.05  # for one search with back-references
CODE = re2.compile(r"\\x\{([0-9A-F]+)\}")
QUANTITY = re2.compile(r"\{\d{1,4}(?:,(?:\d{1,4})?)?\}")
CATEGORY = re2.compile(r"\{([A-Za-z0-9\-]{1,60})\}")
CATEGORIES = frozenset(
    "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po Z Zs Zl Zp S Sm Sc Sk So C Cc Cf Co".split()  # noqa: SIM905
)
CONTROL = {"n": 10, "r": 13, "t": 9}
DIGITS = frozenset("0123456789")
META = frozenset("\\|.?*+(){}-[]^$")

Ranges = tuple[tuple[int, int], ...]

SPACES: Ranges = ((9, 10), (13, 13), (32, 32))
NAME_START: Ranges = (
    (0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D),
    (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF),
    (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
)  # fmt: skip
NAME: Ranges = (
    (0x2D, 0x2E), (0x30, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xB7, 0xB7), (0xC0, 0xD6), (0xD8, 0xF6),
    (0xF8, 0x37D), (0x37F, 0x1FFF), (0x200C, 0x200D), (0x203F, 0x2040), (0x2070, 0x218F), (0x2C00, 0x2FEF),
    (0x3001, 0xD7FF), (0xF900, 0xFDCF), (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
)  # fmt: skip
BLOCKS: dict[str, tuple[int, int]] = {
    "BasicLatin": (0, 0x7F), "Latin-1Supplement": (0x80, 0xFF), "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F), "IPAExtensions": (0x250, 0x2AF), "SpacingModifierLetters": (0x2B0, 0x2FF),
    "CombiningDiacriticalMarks": (0x300, 0x36F), "Greek": (0x370, 0x3FF), "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF), "Armenian": (0x530, 0x58F), "Hebrew": (0x590, 0x5FF), "Arabic": (0x600, 0x6FF),
    "Devanagari": (0x900, 0x97F), "Bengali": (0x980, 0x9FF), "Thai": (0xE00, 0xE7F), "Georgian": (0x10A0, 0x10FF),
    "HangulJamo": (0x1100, 0x11FF), "LatinExtendedAdditional": (0x1E00, 0x1EFF), "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F), "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF), "LetterlikeSymbols": (0x2100, 0x214F), "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF), "MathematicalOperators": (0x2200, 0x22FF), "MiscellaneousTechnical": (0x2300, 0x23FF),
    "BoxDrawing": (0x2500, 0x257F), "GeometricShapes": (0x25A0, 0x25FF), "MiscellaneousSymbols": (0x2600, 0x26FF),
    "Dingbats": (0x2700, 0x27BF), "Hiragana": (0x3040, 0x309F), "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF), "HangulSyllables": (0xAC00, 0xD7AF), "PrivateUse": (0xE000, 0xF8FF),
}  # fmt: skip


class Bounded:
    """A pattern with back-references: no engine can promise linear time for it, so each search has little time."""

    __slots__ = ("compiled",)
    programsize = 2_000
    fee = 2_000  # steps that each use costs besides, so that loops of slow searches end

    def __init__(self, compiled: Any) -> None:
        self.compiled = compiled

    def search(self, text: str) -> Any:
        """The first match. Raises ``FeelLimitError``."""
        try:
            return self.compiled.search(text, timeout=SECONDS)
        except TimeoutError:
            raise _too_slow() from None

    def finditer(self, text: str) -> Iterator[Any]:
        """All matches. Raises ``FeelLimitError``."""
        try:
            yield from self.compiled.finditer(text, timeout=SECONDS)
        except TimeoutError:
            raise _too_slow() from None


def _too_slow() -> FeelLimitError:
    return FeelLimitError(
        "la expresión regular con referencias tarda demasiado",
        "the regular expression with back-references is too slow",
    )


class NoPattern(Exception):
    """The text is no regular expression of XPath, or one that re2 cannot match."""


@lru_cache(maxsize=512)
def pattern(text: str, flags: str) -> Any:
    """A compiled pattern; None where there is none."""
    if not set(flags) <= set("smixq") or len(text) > MAX_PATTERN:
        return None
    modes = "".join(flag for flag in "smi" if flag in flags)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 2 << 20
    try:
        if "q" in flags:
            return re2.compile(f"(?{modes}){re2.escape(text)}" if modes else re2.escape(text), options)
        translation = _Translation(text, flags)
        translated = translation.whole()
        if translation.refers:
            return Bounded(regex.compile(f"(?{modes}){_for_regex(translated)}" if modes else _for_regex(translated)))
        return re2.compile(f"(?{modes}){translated}" if modes else translated, options)
    except (NoPattern, re2.error, regex.error, RecursionError, UnicodeEncodeError):
        return None


def _for_regex(translated: str) -> str:
    """What was written for re2, as the other engine spells characters."""
    return str(CODE.sub(lambda found: f"\\U{int(found[1], 16):08X}", translated))


def complement(ranges: Ranges) -> Ranges:
    """All characters that are in none of the ranges, which are in order."""
    found, after = [], 0
    for first, last in sorted(ranges):
        if first > after:
            found.append((after, first - 1))
        after = max(after, last + 1)
    if after <= LAST:
        found.append((after, LAST))
    return tuple(found)


def without(ranges: Ranges, others: Ranges) -> Ranges:
    """The characters of ``ranges`` that are not in ``others``."""
    return complement(tuple(sorted((*complement(ranges), *others))))


def _shown(ranges: Sequence[tuple[int, int]]) -> str:
    return "".join(f"\\x{{{a:X}}}" + (f"-\\x{{{b:X}}}" if b > a else "") for a, b in ranges)


class _Class:
    """What is between brackets: explicit characters, and categories as re2 writes them inside brackets."""

    def __init__(self) -> None:
        self.ranges: list[tuple[int, int]] = []
        self.categories: list[tuple[str, str]] = []  # with the complement of each

    def shown(self) -> str:
        return _shown(self.ranges) + "".join(inside for inside, _ in self.categories)


class _Translation:
    """One pass over one pattern."""

    def __init__(self, text: str, flags: str) -> None:
        self.text = _without_spaces(text) if "x" in flags else text
        self.position = 0
        self.dot = "." if "s" in flags else "[^\\n\\r]"
        self.lines = "m" in flags
        self.groups = 0
        self.open: list[int] = []  # groups that are not closed yet; 0 for those without a number
        self.refers = False

    def next(self) -> str:
        if self.position >= len(self.text):
            raise NoPattern
        self.position += 1
        return self.text[self.position - 1]

    def whole(self) -> str:
        parts = []
        while self.position < len(self.text):
            parts.append(self.one())
        return "".join(parts)

    def one(self) -> str:
        char = self.next()
        if char == "\\":
            if self.text[self.position : self.position + 1] in DIGITS:
                return self.reference()
            inside = self.escape()
            return f"[{inside.shown()}]"
        if char == "[":
            return self.brackets()
        if char == ".":
            return self.dot
        if char == "$":
            return "$" if self.lines else "\\z"
        if char == "(":
            return self.opening()
        if char == ")" and self.open:
            self.open.pop()
        if char in "^|*+?)":
            return char
        if char == "{":
            quantity = QUANTITY.match(self.text, self.position - 1)
            if quantity is None:
                raise NoPattern
            self.position = quantity.end()
            return str(quantity.group())
        if char in "]}":
            raise NoPattern
        return f"\\x{{{ord(char):X}}}"

    def opening(self) -> str:
        """A group, with or without a number."""
        if self.text.startswith("?", self.position):
            if not self.text.startswith("?:", self.position):
                raise NoPattern
            self.position += 2
            self.open.append(0)
            return "(?:"
        self.groups += 1
        self.open.append(self.groups)
        return "("

    def reference(self) -> str:
        """``\\2``: what a group that is closed has matched, or nothing where it has not."""
        number = 0
        while self.position < len(self.text) and self.text[self.position] in DIGITS:
            longer = number * 10 + int(self.text[self.position])
            if number and longer > self.groups:
                break
            number = longer
            self.position += 1
        if not 0 < number <= self.groups or number in self.open:
            raise NoPattern
        self.refers = True
        return f"(?({number})\\{number}|)"

    def escape(self) -> _Class:
        """What follows a backslash."""
        found, mark = _Class(), self.next()
        if mark in CONTROL or mark in META:
            code = CONTROL.get(mark, ord(mark))
            found.ranges.append((code, code))
        elif mark in "sS":
            found.ranges.extend(SPACES if mark == "s" else complement(SPACES))
        elif mark in "iI":
            found.ranges.extend(NAME_START if mark == "i" else complement(NAME_START))
        elif mark in "cC":
            found.ranges.extend(NAME if mark == "c" else complement(NAME))
        elif mark in "dD":
            pair = ("\\p{Nd}", "\\P{Nd}")
            found.categories.append(pair if mark == "d" else pair[::-1])
        elif mark in "wW":
            pair = ("\\p{L}\\p{M}\\p{N}\\p{S}", "\\p{P}\\p{Z}\\p{C}")
            found.categories.append(pair if mark == "w" else pair[::-1])
        elif mark in "pP":
            self.category(found, negated=mark == "P")
        else:
            raise NoPattern
        return found

    def category(self, found: _Class, *, negated: bool) -> None:
        """``\\p{Lu}`` or ``\\p{IsGreek}``."""
        match = CATEGORY.match(self.text, self.position)
        if match is None:
            raise NoPattern
        self.position = match.end()
        name = match[1]
        if name in CATEGORIES:
            pair = (f"\\p{{{name}}}", f"\\P{{{name}}}")
            found.categories.append(pair[::-1] if negated else pair)
        elif name.startswith("Is") and name[2:] in BLOCKS:
            block = (BLOCKS[name[2:]],)
            found.ranges.extend(complement(block) if negated else block)
        else:
            raise NoPattern

    def brackets(self) -> str:
        """``[a-z]``, ``[^a-z]``, ``[a-z-[aeiou]]``."""
        negated, group, taken = self.group()
        if taken is None:
            return f"[{'^' if negated else ''}{group.shown()}]"
        if negated:
            return f"[^{group.shown()}{taken.shown()}]"
        if not group.categories and not taken.categories:
            rest = without(tuple(group.ranges), tuple(taken.ranges))
            return f"[{_shown(rest)}]" if rest else "[^\\x{0}-\\x{10FFFF}]"
        if not group.categories:
            return f"[^{_shown(complement(tuple(group.ranges)))}{taken.shown()}]"
        if len(group.categories) == 1 and not group.ranges:
            return f"[^{group.categories[0][1]}{taken.shown()}]"
        raise NoPattern

    def group(self) -> tuple[bool, _Class, _Class | None]:
        """The characters up to the closing bracket, and those taken away from them."""
        group, taken, start = _Class(), None, self.position
        negated = self.text.startswith("^", self.position)
        self.position += negated
        first = self.position
        while True:
            char = self.next()
            if char == "]" and self.position > first + 1:
                return negated, group, taken
            if taken is not None or char in "[]":
                raise NoPattern
            if char == "-" and self.text.startswith("[", self.position) and self.position > first + 1:
                self.position += 1
                inner_negated, taken, further = self.group()
                if inner_negated or further is not None or start < 0:
                    raise NoPattern
            else:
                self.member(group, char, first)

    def member(self, group: _Class, char: str, first: int) -> None:
        """One character, escape or range."""
        at_edge = self.position == first + 1 or self.text.startswith("]", self.position)
        if char == "-" and not at_edge:
            raise NoPattern
        low = self.single(group, char)
        dash = self.text.startswith("-", self.position) and not self.text.startswith(("-]", "-["), self.position)
        if low is None or char == "-" or not dash:
            if low is not None:
                group.ranges.append((low, low))
            return
        self.position += 1
        char = self.next()
        other = _Class()
        high = None if char in "[]" else self.single(other, char)
        if high is None or high < low:
            raise NoPattern
        group.ranges.append((low, high))

    def single(self, group: _Class, char: str) -> int | None:
        """The code of one character; None where it was an escape for many, which are added to ``group``."""
        if char != "\\":
            return ord(char)
        found = self.escape()
        if not found.categories and len(found.ranges) == 1 and found.ranges[0][0] == found.ranges[0][1]:
            return found.ranges[0][0]
        group.ranges.extend(found.ranges)
        group.categories.extend(found.categories)
        return None


def _without_spaces(text: str) -> str:
    """Flag x: spaces mean nothing, but inside brackets."""
    kept, depth, escaped = [], 0, False
    for char in text:
        space = char in " \t\n\r"
        if not escaped:
            depth += (char == "[") - (char == "]")
        if depth > 0 or not space:
            kept.append(char)
            escaped = char == "\\" and not escaped
    return "".join(kept)
