"""Files of cases: given out whole or in part, their small pictures, added on the page of a case, removed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, Flask, Response, g, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from engine.actions import files as actions
from engine.errors import Unavailable
from engine.files.naming import disposition
from engine.files.refusing import Refused
from engine.store.sealing import SealBroken, SealedFile
from webui.doing import actor, do, look, room, store
from webui.errors import language
from webui.file_drawing import ending, human_size

files = Blueprint("files", __name__)
log = logging.getLogger("siproc.files")
PIECE = 64 * 1024
MOST_AT_ONCE = 4  # files of the largest size that one request may bring
TAKING = frozenset({"officer.complete", "officer.add_file", "files.add", "api.case_file_add"})
# Nothing that a file says is carried out. A sandbox would also keep browsers from showing a PDF, which runs apart anyway.
LOCKED = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; frame-ancestors 'none'"

files.app_template_filter("human_size")(human_size)
files.app_template_filter("ending")(ending)


def make_way(app: Flask) -> None:
    """Let the addresses that take files take large requests; to be called before anything reads a form."""

    @app.before_request
    def widen() -> None:
        if request.endpoint in TAKING:
            request.max_content_length = (app.config["MAX_CONTENT_LENGTH"] or 0) + MOST_AT_ONCE * room().limit


@files.get("/archivos/<uuid:attachment_id>")
def content(attachment_id: UUID) -> Response:
    """A file, or the range of it that is asked for."""
    found = look(lambda context: actions.read_file(context, attachment_id))
    do(lambda context: actions.note_read(context, attachment_id))
    inline = found.inline and "descargar" not in request.args
    answer = given_out(found)
    answer.headers["Content-Disposition"] = disposition(found.name, inline=inline)
    return answer


@files.get("/archivos/<uuid:attachment_id>/miniatura")
def thumbnail(attachment_id: UUID) -> Response:
    """The small picture of a photo."""
    found = look(lambda context: actions.read_file(context, attachment_id, thumbnail=True))
    do(lambda context: actions.note_read(context, attachment_id, thumbnail=True))
    return given_out(found)


def given_out(found: actions.Readable, *, whole: bool = False) -> Response:
    """A content as an answer: the range that is asked for, unless it is given ``whole`` in any case."""
    start, end, status = (0, found.size, 200) if whole else _range(found.size)
    if status == 416:
        return Response(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    opened = actions.open_content(room(), found.kept)
    answer = Response(_pieces(opened, start, end), status=status, mimetype=found.media_type)
    answer.call_on_close(opened.close)
    if found.media_type == "text/plain":
        answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Content-Length"] = str(end - start)
    if status == 206:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    sandbox = "" if found.media_type == "application/pdf" else "; sandbox"
    answer.headers["Content-Security-Policy"] = LOCKED + sandbox
    return answer


def _range(size: int) -> tuple[int, int, int]:
    """From where to where, and the status; several ranges are answered with everything, as RFC 9110 allows."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, size, 200
    bounds = asked.range_for_length(size)
    return (0, 0, 416) if bounds is None else (bounds[0], bounds[1], 206)


def _pieces(opened: SealedFile, start: int, end: int) -> Iterator[bytes]:
    opened.seek(start)
    try:
        while opened.tell() < end and (piece := opened.read(min(PIECE, end - opened.tell()))):
            yield piece
    except (OSError, SealBroken):
        # The headers are gone already; a length that is not reached tells the browser that it is not whole.
        log.exception("a file could not be read to its end")
        raise


@files.post("/casos/<uuid:case_id>/archivos")
def add(case_id: UUID) -> BaseResponse:
    """Add files or photos to a case."""
    place = look(lambda context: actions.place_in_case(context, case_id))
    problems = []
    for sent in request.files.getlist("archivo"):
        if not sent.filename:
            continue
        try:
            _add(place, sent)
        except (Refused, Unavailable) as error:
            problems.append(f"«{sent.filename[:80]}»: {error.text.in_language(language())}")
    if problems:
        from webui.officer import case_page

        return Response(case_page(case_id, refused=problems), status=422)
    return redirect(url_for("officer.case", case_id=case_id, _anchor="archivos"))


def _add(place: actions.Place, sent: FileStorage) -> None:
    upload = actions.Upload(sent.stream, str(sent.filename), keep_metadata="conservar" in request.form)  # type: ignore[arg-type]
    actions.bring_in(store(), room(), actor(), place, upload, g.request_id)


@files.post("/archivos/<uuid:attachment_id>/retirar")
def remove(attachment_id: UUID) -> BaseResponse:
    """Take a file out of its case."""
    case_id = do(lambda context: actions.remove(context, attachment_id))
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return Response(status=204)
    return redirect(url_for("officer.case", case_id=case_id, _anchor="archivos"))
