"""Sends text compressed, because officers pay for the data; pages with a random length, so that it tells nothing (BREACH)."""

from __future__ import annotations

import secrets
import zlib
from functools import lru_cache

from flask import Flask, Response, request

TYPES = frozenset(
    {
        "text/html", "text/css", "text/javascript", "text/plain", "application/javascript", "application/json",
        "application/problem+json", "application/manifest+json", "application/xml", "image/svg+xml",
    }
)  # fmt: skip
LEAST = 600  # bytes: less is not worth it
# The file name in the header of gzip (RFC 1952, 2.3.1) is read by nobody: it makes lengths differ by up to this much.
MOST_PADDING = 48
_FNAME = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x02\xff"


def compress(app: Flask) -> None:
    """Compress what an application answers to those who accept gzip. To be called before other hooks are added."""
    app.after_request(_compressed)


def _compressed(response: Response) -> Response:
    if response.mimetype not in TYPES or response.status_code not in (200, 404, 422) or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    if "gzip" not in request.accept_encodings or request.range is not None:
        return response
    asset = request.endpoint == "static" and request.method == "GET"
    if (response.is_streamed or response.direct_passthrough) and not asset:
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) < LEAST:
        return response
    etag = response.get_etag()[0]
    packed = _kept(content) if asset else _packed(content, 6, secrets.randbelow(MOST_PADDING))
    response.set_data(packed)
    response.content_encoding = "gzip"
    if etag is not None:
        response.set_etag(etag, weak=True)  # the same text in another form
    return response


@lru_cache(maxsize=200)
def _kept(content: bytes) -> bytes:
    return _packed(content, 9, 0)


def _packed(content: bytes, level: int, padding: int) -> bytes:
    worker = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = worker.compress(content) + worker.flush()
    tail = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return _FNAME + b"p" * padding + b"\x00" + body + tail
