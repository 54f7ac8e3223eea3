"""Small real files of every kind that is taken in, made when they are asked for."""

from __future__ import annotations

import zipfile
from io import BytesIO

from PIL import Image

EICAR = (rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").ljust(68)


def photo(
    kind: str = "JPEG", size: tuple[int, int] = (120, 80), *, gps: bool = False, orientation: int | None = None, shade: int = 90
) -> bytes:  # fmt: skip
    """A picture: blue, its upper left quarter red; with ``gps`` it tells where it was taken, and by what."""
    image = Image.new("RGB", size, (20, shade, 200))
    image.paste((220, 30, 30), (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    if gps:
        exif[0x010F] = "TelefonoSecreto"
        exif.get_ifd(0x8825).update({1: "N", 2: (14.0, 4.0, 12.0), 3: "W", 4: (87.0, 12.0, 8.0)})
    out = BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


def heic() -> bytes:
    """A picture as telephones of one maker take them."""
    import pillow_heif

    out = BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (96, 64), (20, 90, 200))).save(out)
    return out.getvalue()


def pdf(text: str = "Constancia") -> bytes:
    """A PDF of one page."""
    drawn = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(out),
    )


def zipped(**entries: bytes) -> bytes:
    """A zip archive with these entries; ``__`` in a name stands for a slash, ``_dot_`` for a dot."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def docx(**more: bytes) -> bytes:
    """The least that makes a Word document."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
        for name, content in more.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def xlsx() -> bytes:
    """The least that makes an Excel workbook."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


def odt() -> bytes:
    """The least that makes an OpenDocument text."""
    return zipped(mimetype=b"application/vnd.oasis.opendocument.text", content_dot_xml=b"<office/>")


def mp3() -> bytes:
    """The head of an MP3 and some frames of silence."""
    return b"ID3\x03\x00\x00\x00\x00\x00\x00" + (b"\xff\xfb\x90\x00" + bytes(413)) * 4


def ogg() -> bytes:
    """The first page of an Ogg Vorbis file."""
    return b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis" + bytes(22)


def m4a() -> bytes:
    """The head of a recording as telephones make them."""
    return b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom\x00\x00\x00\x00" + bytes(64)
