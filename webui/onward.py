"""Answers a form with the page that it leads to, at once: on a slow line every further request is another wait."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from werkzeug.wrappers import Response

from webui.account.carrying import local_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ASKED = "onward"  # in the query of a form's address: the browser puts in the address of the page that it gets
SHOWN = "siproc.onward"  # in the environment of the page: its address


class Onward:
    """An application that follows its own redirects after a form, where the browser asks for that.

    A form is answered with a redirect, so that the page after it has an address of its own and can be loaded again. A
    script can give a page its address as well; then the redirect is followed here, as a request of its own: with its
    own transaction, permission and rows in the audit. What does not end in a page of its own stays the redirect that it
    is, and so does what sets a cookie, which the page after it would not know of yet.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST" or ASKED not in parse_qs(environ.get("QUERY_STRING", "")):
            return self._application(environ, start_response)
        asked = dict(environ)  # as it came: the application leaves things of its request in it
        answer = Response.from_app(self._application, environ, buffered=True)
        page = self._page(asked, answer)
        return (answer if page is None else page)(environ, start_response)

    def _page(self, environ: WSGIEnvironment, answer: Response) -> Response | None:
        to = local_address(answer.headers.get("Location", ""))
        if answer.status_code not in (302, 303) or not to or "Set-Cookie" in answer.headers:
            return None
        page = Response.from_app(self._application, _followed(environ, to))
        if page.status_code == 200 and page.mimetype == "text/html":
            page.headers["Content-Location"] = to
            return page
        page.close()
        return None


def _followed(environ: WSGIEnvironment, to: str) -> WSGIEnvironment:
    """The request that a browser would send for an address ``to`` which it was redirected to."""
    parts = urlsplit(to)
    path = unquote_to_bytes(parts.path).decode("latin-1").removeprefix(environ.get("SCRIPT_NAME", ""))
    return {
        **{name: value for name, value in environ.items() if name not in ("CONTENT_LENGTH", "CONTENT_TYPE")},
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": parts.query,
        "REQUEST_URI": to,
        "RAW_URI": to,
        "wsgi.input": io.BytesIO(),
        SHOWN: to,
    }
