"""What is taken in: by its content and not by its name, without what pictures tell beside their pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.files import naming, pictures
from engine.files.receiving import Received, receive
from engine.files.refusing import Refused
from engine.files.scanning import Nobody
from tests import specimens

MEGABYTE = 1024 * 1024


Take = Callable[..., Received]


@pytest.fixture
def take() -> Iterator[Take]:
    """Takes in a file."""
    taken: list[Received] = []

    def take_one(content: bytes, name: str = "cosa.bin", *, keep_metadata: bool = False) -> Received:
        taken.append(receive(BytesIO(content), name, Nobody(), MEGABYTE, keep_metadata=keep_metadata))
        return taken[-1]

    yield take_one
    for received in taken:
        received.close()


def content(received: Received) -> bytes:
    """What is kept of it."""
    received.file.seek(0)
    return received.file.read()


@pytest.mark.parametrize(
    ("made", "media_type", "kind", "name"),
    [
        (specimens.photo("JPEG"), "image/jpeg", "photo", "cosa.jpg"),
        (specimens.photo("PNG"), "image/png", "photo", "cosa.png"),
        (specimens.photo("WEBP"), "image/webp", "photo", "cosa.webp"),
        (specimens.heic(), "image/jpeg", "photo", "cosa.jpg"),
        (specimens.pdf(), "application/pdf", "document", "cosa.pdf"),
        (specimens.docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", "cosa.docx"),
        (specimens.xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document", "cosa.xlsx"),
        (specimens.odt(), "application/vnd.oasis.opendocument.text", "document", "cosa.odt"),
        ("Declaró que sí.\n".encode(), "text/plain", "document", "cosa.txt"),
        (specimens.mp3(), "audio/mpeg", "audio", "cosa.mp3"),
        (specimens.m4a(), "audio/mp4", "audio", "cosa.m4a"),
        (specimens.ogg(), "audio/ogg", "audio", "cosa.ogg"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_content_is(take: Take, made: bytes, media_type: str, kind: str, name: str) -> None:
    received = take(made, "cosa.exe")

    assert (received.media_type, received.kind, received.name) == (media_type, kind, name)
    assert received.size == len(content(received))
    assert (received.thumbnail is not None) == (kind == "photo")
    assert received.scan == "unscanned"


@pytest.mark.parametrize(
    "made",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"\xef\xbb\xbf  <html>",
        b"MZ\x90\x00\x03" + bytes(200),
        b"\x7fELF" + bytes(100),
        b"GIF89a" + bytes(100),
        specimens.zipped(foto_dot_jpg=specimens.photo()),
        specimens.docx(word__vbaProject_dot_bin=b"macro"),
        specimens.docx(word__relleno_dot_xml=bytes(40 * MEGABYTE)),
        specimens.docx()[:60],
        specimens.photo()[:300],
        bytes(range(256)),
        b"\xff" * (MEGABYTE + 1),
        "Texto".encode("utf-16"),
    ],
    # By name: the archives carry the time they were made at, and workers have to collect the same tests.
    ids=[
        "empty", "svg", "html", "html-marked", "exe", "elf", "gif", "zip", "macros", "bomb", "cut-docx", "cut-photo",
        "bytes", "too-large", "utf-16",
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_a_reason(take: Take, made: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        take(made, "cosa.jpg")

    assert refusal.value.text.in_language("es").endswith(".")


def test_a_picture_stays_without_place_and_upright(take: Take) -> None:
    made = specimens.photo(size=(120, 80), gps=True, orientation=6)
    assert b"TelefonoSecreto" in made

    received = take(made)

    with Image.open(BytesIO(content(received))) as image:
        assert image.size == (80, 120)
        assert dict(image.getexif()) == {}
        red, _, blue = image.convert("RGB").getpixel((70, 10))
        assert red > 150 > blue  # what was the upper left is the upper right now
    assert b"TelefonoSecreto" not in content(received)
    with Image.open(BytesIO(received.thumbnail or b"")) as small:
        assert (small.format, small.size, dict(small.getexif())) == ("WEBP", (80, 120), {})


def test_a_picture_that_keeps_its_data_is_the_very_same_file(take: Take) -> None:
    made = specimens.photo(gps=True, orientation=6)

    received = take(made, keep_metadata=True)

    assert content(received) == made
    assert received.with_metadata
    with Image.open(BytesIO(received.thumbnail or b"")) as small:
        assert dict(small.getexif()) == {}


def test_a_picture_of_endless_pixels_is_not_opened(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1_000)

    with pytest.raises(Refused, match="pixels"):
        take(specimens.photo("PNG"))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_mode_are_taken(take: Take, mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (20, 10)).save(out, "JPEG" if mode == "CMYK" else "PNG")

    assert take(out.getvalue()).thumbnail


@given(st.text(max_size=300))
def test_a_name_is_safe_whatever_it_was(given_name: str) -> None:
    name = naming.cleaned(given_name, ".pdf")

    assert name.endswith(".pdf")
    assert 5 <= len(name) <= naming.LONGEST
    assert not set(name) & set('/\\:*?"<>|\r\n\t\0\u202e\u2066\u200f')
    assert not name.startswith((".", " "))
    header = naming.disposition(name, inline=False)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\ana\\Acta firmada.PDF", "Acta firmada.pdf"),
        ("gpj.\u202efdp.exe", "gpj.fdp.pdf"),
        ("acta.v2.final", "acta.v2.final.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("", "archivo.pdf"),
        ("....", "archivo.pdf"),
        ("Cédula de Ñ.jpeg", "Cédula de Ñ.pdf"),
        ("\ud800x", "x.pdf"),
    ],
)
def test_names_lose_what_misleads(given_name: str, name: str) -> None:
    assert naming.cleaned(given_name, ".pdf") == name


def test_a_header_carries_the_true_name() -> None:
    header = naming.disposition("Cédula de Ñandú.pdf", inline=True)

    assert header == "inline; filename=\"Cedula de Nandu.pdf\"; filename*=UTF-8''C%C3%A9dula%20de%20%C3%91and%C3%BA.pdf"
