"""What people write who know another language, and how FEEL says it: hints for errors, and names that were meant.

A hint looks at a few characters around the place of an error only; it never changes what is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

BEFORE, AFTER = 24, 40
MOST_NAMES = 500
Hint = tuple[str, str]

# What stands at the place of the error (after «BEFORE» characters of what is before it, which end at \x00).
WRITTEN: tuple[tuple[str, str, str], ...] = (
    (r"[+*/-]\x00=", "una expresión no asigna; el resultado va a la salida del elemento", "an expression assigns nothing; its result goes to the element's output"),
    (r"=?\x00=", "se compara con un solo «=»", "one “=” compares"),
    (r"<\x00>", "«distinto» se escribe «!=»", "“not equal” is written “!=”"),
    (r"=\x00>", "«mayor o igual» se escribe «>=»; una función, «function(x) …»", "“at least” is written “>=”; a function, “function(x) …”"),
    (r"=\x00<", "«menor o igual» se escribe «<=»", "“at most” is written “<=”"),
    (r"\x00&&", "«y» se escribe «and»", "write “and”"),
    (r"\x00\|\|", "«o» se escribe «or»", "write “or”"),
    (r"\x00&", "los textos se unen con «+»; «y» se escribe «and»", "strings are joined by “+”; write “and”"),
    (r"\x00!", "la negación se escribe «not(…)»", "negation is written “not(…)”"),
    (r"\x00[“”„«»]", "los textos llevan comillas rectas: \"…\"", "strings have straight quotes: \"…\""),
    (r"\x00[‘’']", "los textos llevan comillas dobles: \"…\"", "strings have double quotes: \"…\""),
    (r"[$#]\x00\{|\x00#\{", "aquí no se escribe «${…}»: todo el campo es la expresión", "no “${…}” here: the whole field is the expression"),
    (r"\{\s*\x00\{|\x00\{%", "aquí no se escribe «{{…}}»: todo el campo es la expresión", "no “{{…}}” here: the whole field is the expression"),
    (r"\x00\?\?|\x00\?:", "el valor de repuesto se escribe «if a = null then b else a»", "a fallback is written “if a = null then b else a”"),
    (r"\x00\?\.", "basta «.»: lo que falta da null", "“.” is enough: what is missing gives null"),
    (r"\x00\?", "«a ? b : c» se escribe «if a then b else c»", "“a ? b : c” is written “if a then b else c”"),
    (r"\x00->", "una función se escribe «function(x) …»", "a function is written “function(x) …”"),
    (r"\x00%", "el resto se escribe «modulo(a, b)»; un porcentaje, «a / 100»", "a remainder is written “modulo(a, b)”; a percentage, “a / 100”"),
    (r"\x00\^", "la potencia se escribe «**»", "a power is written “**”"),
    (r"\x00;", "una expresión es una sola; en listas se separa con «,»", "there is one expression; in lists write “,”"),
    (r"\x00≥", "se escribe «>=»", "write “>=”"),
    (r"\x00≤", "se escribe «<=»", "write “<=”"),
    (r"\x00≠", "se escribe «!=»", "write “!=”"),
    (r"\x00[×·]", "se multiplica con «*»", "“*” multiplies"),
    (r"\x00÷", "se divide con «/»", "“/” divides"),
    (r"\x00[–—−]", "se resta con el guion «-»", "“-” subtracts"),
    (r"\x00is\s+not\s+null\b", "se escribe «!= null»", "write “!= null”"),
    (r"\x00is\b", "se escribe «= null», o «instance of» para el tipo", "write “= null”, or “instance of” for the type"),
    (r"\bnot\s+\x00", "la negación lleva paréntesis: «not(…)»", "negation has parentheses: “not(…)”"),
    (r"\x00like\b", "se escribe «contains(a, b)» o «matches(a, b)»", "write “contains(a, b)” or “matches(a, b)”"),
    (r"\x00(mod|div)\b", "el resto se escribe «modulo(a, b)»", "a remainder is written “modulo(a, b)”"),
    (r"\x00(si|sí)\b|\b(si)\s+\x00\w|\x00(entonces|sino)\b", "en FEEL: «if … then … else …»", "in FEEL: “if … then … else …”"),
    (r"\x00y\s", "«y» se escribe «and»", "write “and”"),
    (r"\x00o\s", "«o» se escribe «or»", "write “or”"),
    (r"\blambda\s+\x00|\x00lambda\b", "una función se escribe «function(x) …»", "a function is written “function(x) …”"),
    (r"\x00return\b", "«return» va solo después de «for … in …»", "“return” stands only after “for … in …”"),
    (r"\bfor(each)?\s+\w+\s+of\s", "se escribe «for x in lista return …»", "write “for x in list return …”"),
    (r"\d\x00:\d", "una hora se escribe «@\"10:30:00\"»", "a time is written “@\"10:30:00\"”"),
    (r"\d\x00,\d", "los decimales llevan punto; para varios valores, «in (1, 2)»", "decimals have a point; for several values, “in (1, 2)”"),
    (r"\bbetween\b[^\x00]*\x00,", "se escribe «between a and b»", "write “between a and b”"),
    (r"\binstance\s+\x00", "se escribe «instance of»", "write “instance of”"),
    (r"\bif\b[^\x00]*\x00\{", "no lleva llaves: «if a then b else c»", "without braces: “if a then b else c”"),
    (r"\bfunction\s*\([^)\x00]*\)\s*\{[^\x00]*\x00", "el cuerpo de una función no lleva llaves", "a function's body has no braces"),
    (r"\b(count|sum|min|max|mean|string|number|date|time|abs|floor|ceiling|today|now|all|any|sort)\s+\x00[\w\[\"]",
     "una función lleva paréntesis: «count(lista)»", "a function has parentheses: “count(list)”"),
    (r"\b(SELECT|select)\s", "no es SQL: una lista se filtra con «lista[condición]»", "this is no SQL: a list is filtered by “list[condition]”"),
)  # fmt: skip
PATTERNS = tuple((re.compile(pattern), es, en) for pattern, es, en in WRITTEN)
# What an error expected, where that alone says what is missing.
EXPECTED: dict[str, Hint] = {
    "else": ("un «if» lleva siempre «then» y «else»", "“if” always has “then” and “else”"),
    "then": ("un «if» lleva siempre «then» y «else»", "“if” always has “then” and “else”"),
}
# Names of other languages, and what FEEL calls it.
MEANT = {
    "True": "true", "TRUE": "true", "False": "false", "FALSE": "false", "verdadero": "true", "falso": "false",
    "None": "null", "nil": "null", "NULL": "null", "nulo": "null", "undefined": "null",
    "len": "count", "size": "count", "length": "count", "contar": "count", "suma": "sum", "avg": "mean",
    "average": "mean", "promedio": "mean", "upper": "upper case", "toUpperCase": "upper case", "lower": "lower case",
    "toLowerCase": "lower case", "strlen": "string length", "concat": "string join", "join": "string join",
    "startsWith": "starts with", "startswith": "starts with", "endsWith": "ends with", "endswith": "ends with",
    "includes": "contains", "indexOf": "index of", "round": "round half up", "ceil": "ceiling", "mod": "modulo",
    "pow": "**", "isNull": "= null", "isEmpty": "is empty", "hoy": "today", "ahora": "now", "str": "string",
    "int": "number", "float": "number", "parseInt": "number", "map": "for … return …", "datetime": "date and time", "Date": "date",
    "dateTime": "date and time", "unique": "distinct values", "distinct": "distinct values",
}  # fmt: skip


def hint(text: str, position: int, expected: str = "") -> Hint | None:
    """What to write instead, for an error at ``position`` at which ``expected`` was missing."""
    around = f"{text[max(0, position - BEFORE) : position]}\x00{text[position : position + AFTER]}"
    for pattern, es, en in PATTERNS:
        if pattern.search(around):
            return es, en
    return EXPECTED.get(expected)


def meant(name: str, known: Iterable[str]) -> str | None:
    """The known name that someone who wrote ``name`` probably meant."""
    if name in MEANT:
        return MEANT[name]
    names = [other for other, _ in zip(known, range(MOST_NAMES), strict=False)]
    by_letters = {other.casefold().replace(" ", "").replace("_", ""): other for other in names}
    found = by_letters.get(name.casefold().replace(" ", "").replace("_", ""))
    if found is not None:
        return found
    close = get_close_matches(name[:60], names, n=1, cutoff=0.75)
    return close[0] if close else None
