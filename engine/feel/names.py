"""Names of several words: which are known, and which of them starts at a token."""

from __future__ import annotations

from collections.abc import Iterable

from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token, tokenize


class Names:
    """Known names of several words, found by their first word; the longest wins."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Know one more name; those of one plain word, or that FEEL cannot write, need no knowing."""
        if name.isidentifier() and name.isascii():
            return
        try:
            pieces = tuple(token.text for token in tokenize(name)[:-1])
        except FeelSyntaxError:
            return
        if len(pieces) > 1:
            known = self._by_first.setdefault(pieces[0], [])
            if (pieces, name) not in known:
                known.append((pieces, name))
                known.sort(key=lambda item: -len(item[0]))

    def match(self, tokens: list[Token], position: int) -> tuple[str, int] | None:
        """The longest known name at ``position`` and how many tokens it takes."""
        for pieces, name in self._by_first.get(tokens[position].text, ()):
            end = position + len(pieces)
            if end < len(tokens) and all(
                token.text == piece for token, piece in zip(tokens[position:end], pieces, strict=True)
            ):
                return name, len(pieces)
        return None
