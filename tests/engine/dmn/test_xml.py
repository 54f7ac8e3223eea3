"""What is accepted as XML at all."""

from __future__ import annotations

import pytest

from engine.dmn.xml import MAX_BYTES, XmlError, parse_xml


def test_it_reads_and_keeps_the_lines() -> None:
    root = parse_xml(b"<a>\n  <b/>\n  <c/>\n</a>")

    assert [child.sourceline for child in root] == [2, 3]


def test_it_reads_utf_16() -> None:
    assert parse_xml('<?xml version="1.0" encoding="UTF-16"?><a n="ñ"/>'.encode("utf-16")).get("n") == "ñ"


def test_it_drops_comments_and_instructions() -> None:
    assert len(parse_xml(b"<a><!-- x --><?php y ?></a>")) == 0


HOSTILE = {
    "doctype": b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    "empty doctype": b"<!DOCTYPE a><a/>",
    "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "billion laughs": b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>',
    "unknown entity": b"<a>&x;</a>",
    "utf-7": b'<?xml version="1.0" encoding="UTF-7"?><a/>',
    "latin": b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
    "invented encoding": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "no xml": b"hello",
    "nothing": b"",
    "nul": b"<a>\x00</a>",
    "not closed": b"<a><b></a>",
    "broken utf-8": b"<a>\xff\xfe\xfa</a>",
    "two roots": b"<a/><b/>",
    "too large": b"<a>" + b" " * MAX_BYTES + b"</a>",
    "too many elements": b"<a>" + b"<b/>" * 20_000 + b"</a>",
    "too deep": b"<a>" * 65 + b"</a>" * 65,
    "long id": b'<a id="' + b"x" * 201 + b'"/>',
    "long name": b'<a name="' + b"x" * 1_001 + b'"/>',
    "far too deep": b"<a>" * 5_000 + b"</a>" * 5_000,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_refuses(data: bytes) -> None:
    with pytest.raises(XmlError) as caught:
        parse_xml(data)

    assert caught.value.es
    assert caught.value.en


def test_it_says_where_the_text_breaks() -> None:
    with pytest.raises(XmlError) as caught:
        parse_xml(b"<a>\n<b>\n</a>")

    assert caught.value.line == 3


def test_the_bounds_can_be_narrower() -> None:
    with pytest.raises(XmlError):
        parse_xml(b"<a><b/></a>", max_elements=1)
    with pytest.raises(XmlError):
        parse_xml(b"<a><b/></a>", max_depth=1)
    with pytest.raises(XmlError):
        parse_xml(b"<a><b/></a>", max_bytes=5)
