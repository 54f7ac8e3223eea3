"""Goes over the tokens of one text: what is next, what was expected, and how large the tree has become."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token, tokenize
from engine.feel.limits import MAX_NESTING, MAX_NODES

Node = tuple[Any, ...]


class Reader:
    """The tokens of one text and the place among them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0
        self.nesting = 0
        self.nodes = 0

    @property
    def token(self) -> Token:
        """The token at which we are."""
        return self.tokens[self.position]

    @property
    def following(self) -> Token:
        """The token after it."""
        return self.tokens[min(self.position + 1, len(self.tokens) - 1)]

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these operators or keywords."""
        token = self.tokens[self.position]
        return token.text in texts and token.kind in ("op", "keyword")

    def take(self, *texts: str) -> bool:
        """Pass over one of these, if it is next."""
        if self.at(*texts):
            self.position += 1
            return True
        return False

    def expect(self, *texts: str) -> str:
        """Pass over one of these. Raises ``FeelSyntaxError``."""
        if self.at(*texts):
            self.position += 1
            return self.tokens[self.position - 1].text
        raise self.wrong(
            " o ".join(f"«{text}»" for text in texts), " or ".join(f"“{text}”" for text in texts), texts[0]
        )

    def wrong(self, es: str, en: str, expected: str = "") -> FeelSyntaxError:
        """What was expected, and what is here."""
        token = self.token
        found_es = "el final" if token.kind == "end" else f"«{self.text[token.start : token.end][:40]}»"
        found_en = "the end" if token.kind == "end" else f"“{self.text[token.start : token.end][:40]}”"
        return FeelSyntaxError(
            f"se esperaba {es} y se encontró {found_es}",
            f"{en} was expected and {found_en} was found",
            self.text,
            token.start,
            expected,
        )

    def deeper(self) -> None:
        """Count one more level of nesting; ``nesting`` goes back by itself when the level is left."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise FeelSyntaxError(
                f"hay más de {MAX_NESTING} expresiones una dentro de otra",
                f"more than {MAX_NESTING} expressions lie inside one another",
                self.text,
                self.token.start,
            )

    def node(self, *parts: Any) -> Node:
        """A node of the tree, counted."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise FeelSyntaxError(
                f"la expresión tiene más de {MAX_NODES} partes",
                f"the expression has more than {MAX_NODES} parts",
                self.text,
                self.token.start,
            )
        return parts

    def end(self) -> None:
        """Raise unless everything was read."""
        if self.token.kind != "end":
            raise self.wrong("el final o un operador", "the end or an operator")

    def declared_name(self, *until: str) -> str:
        """A name that is introduced here: every token up to one of ``until``, with the spaces as written, one each."""
        start = self.position
        while self.token.kind in ("name", "keyword", "number", "quoted") or self.at(*"+-*/.'", "**"):
            if self.at(*until) and self.position > start:
                break
            self.position += 1
        if self.position == start or self.tokens[start].kind in ("number", "op"):
            self.position = start
            raise self.wrong("un nombre", "a name")
        return self.joined(start)

    def joined(self, start: int) -> str:
        """The tokens from ``start`` to here as one name."""
        pieces = self.tokens[start : self.position]
        name = pieces[0].text
        for before, after in pairwise(pieces):
            name += (" " if after.start > before.end else "") + after.text
        return name
