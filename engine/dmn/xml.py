"""The one place where XML from outside is parsed: bounded, without entities, external references or DOCTYPE."""

from __future__ import annotations

from typing import Any

from lxml import etree

MAX_BYTES = 2 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_DEPTH = 64
MAX_ID = 200
MAX_NAME = 1_000
ENCODINGS = frozenset({"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii"})


class XmlError(Exception):
    """A file that is not accepted as XML; ``es`` and ``en`` say why, ``line`` where (from 1; None: the whole file)."""

    def __init__(self, es: str, en: str, line: int | None = None) -> None:
        super().__init__(en)
        self.es = es
        self.en = en
        self.line = line


def parse_xml(
    data: bytes, *, max_bytes: int = MAX_BYTES, max_elements: int = MAX_ELEMENTS, max_depth: int = MAX_DEPTH
) -> etree._Element:
    """Parse ``data`` and return its root; elements keep their lines. Raises ``XmlError``, and nothing else.

    Comments and processing instructions are dropped.
    """
    if len(data) > max_bytes:
        raise XmlError(
            f"El archivo tiene {len(data):,} bytes; se admiten {max_bytes:,}.",
            f"The file has {len(data):,} bytes; {max_bytes:,} are allowed.",
        )
    root = _parse(data)
    _measure(root, max_elements, max_depth)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
        collect_ids=False,
    )


def _parse(data: bytes) -> etree._Element:
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise XmlError(
            f"No es XML bien formado: {error.msg}", f"Not well-formed XML: {error.msg}", error.lineno
        ) from error
    except (ValueError, LookupError) as error:
        raise XmlError("No se puede leer como XML.", "Cannot be read as XML.") from error
    info: Any = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise XmlError(
            "El archivo lleva DOCTYPE, que no se admite.", "The file has a DOCTYPE, which is not allowed.", 1
        )
    if (info.encoding or "utf-8").lower() not in ENCODINGS:
        raise XmlError(
            f"La codificación {str(info.encoding)[:40]} no se admite; use UTF-8.",
            f"The encoding {str(info.encoding)[:40]} is not allowed; use UTF-8.",
            1,
        )
    return root


def _measure(root: etree._Element, max_elements: int, max_depth: int) -> None:
    count, depth, element = 0, 0, root
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        count, depth = count + 1, depth + 1
        _check_names(element)
        if count > max_elements:
            raise XmlError(
                f"El archivo tiene más de {max_elements:,} elementos.",
                f"The file has more than {max_elements:,} elements.",
                element.sourceline,
            )
        if depth > max_depth:
            raise XmlError(
                f"Hay más de {max_depth} elementos uno dentro de otro.",
                f"More than {max_depth} elements lie inside one another.",
                element.sourceline,
            )


def _check_names(element: Any) -> None:
    for attribute, most in (("id", MAX_ID), ("name", MAX_NAME)):
        text = element.get(attribute)
        if text is not None and len(text) > most:
            raise XmlError(
                f"Un atributo «{attribute}» tiene {len(text):,} caracteres; se admiten {most:,}.",
                f"An attribute “{attribute}” has {len(text):,} characters; {most:,} are allowed.",
                element.sourceline,
            )
