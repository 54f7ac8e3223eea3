"""Pictures: made upright, freed of where and with what they were taken, and made small for lists."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import BinaryIO, cast

import pillow_heif
from PIL import Image, ImageOps

from engine.errors import Text
from engine.files.media import HEIC, JPEG, PNG, WEBP, Medium
from engine.files.refusing import Refused

MOST_PIXELS = 60_000_000
THUMBNAIL = 320
QUALITY = 88
THUMBNAIL_QUALITY = 70
FORMATS = {JPEG.type: "JPEG", PNG.type: "PNG", WEBP.type: "WEBP", HEIC.type: "HEIF"}
IN_MEMORY = 512 * 1024

# A large picture takes a few hundred megabytes while it is open; more of them at a time would exhaust a small machine.
_turns = BoundedSemaphore(2)
pillow_heif.register_heif_opener(thumbnails=False)

DAMAGED = Text("La imagen está dañada y no se puede abrir.", "The picture is damaged and cannot be opened.")
TOO_MANY_PIXELS = Text(
    "La imagen tiene demasiados píxeles: caben {most} millones. Tómela con menos resolución.",
    "The picture has too many pixels: {most} million fit. Take it at a lower resolution.",
    {"most": MOST_PIXELS // 1_000_000},
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept, and its small version (WebP)."""

    file: BinaryIO
    medium: Medium
    thumbnail: bytes


def prepare(file: BinaryIO, medium: Medium, *, keep_metadata: bool) -> Picture:
    """A picture as it will be kept: as it came with ``keep_metadata``, else upright and with nothing but its pixels.

    HEIC becomes JPEG, which every browser shows. Raises ``Refused``.
    """
    with _turns, _opened(file, medium) as image:
        upright = ImageOps.exif_transpose(image)
        if keep_metadata:
            file.seek(0)
            return Picture(file, medium, _small(upright))
        target = JPEG if medium is HEIC else medium
        return Picture(_encoded(upright, target), target, _small(upright))


@contextmanager
def _opened(file: BinaryIO, medium: Medium) -> Iterator[Image.Image]:
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is below
            with Image.open(file, formats=[FORMATS[medium.type]]) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Refused(TOO_MANY_PIXELS)
                image.load()
                yield image
    except Image.DecompressionBombError as error:
        raise Refused(TOO_MANY_PIXELS) from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, IndexError, TypeError, KeyError) as error:
        raise Refused(DAMAGED) from error


def _encoded(image: Image.Image, medium: Medium) -> BinaryIO:
    out = cast("BinaryIO", SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - it outlives this function
    profile = image.info.get("icc_profile")  # what its colours mean; it tells nothing of where or when
    bare = _bare(image, keep_alpha=medium is not JPEG)
    if medium is PNG:
        bare.save(out, "PNG", optimize=False, icc_profile=profile)
    elif medium is WEBP:
        bare.save(out, "WEBP", quality=QUALITY, icc_profile=profile or b"")
    else:
        bare.save(out, "JPEG", quality=QUALITY, icc_profile=profile)
    return out


def _bare(image: Image.Image, *, keep_alpha: bool) -> Image.Image:
    """Only the pixels: every other thing that a file may carry stays behind."""
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        if keep_alpha:
            return _copied(layered)
        paper = Image.new("RGB", layered.size, "white")
        paper.paste(layered, mask=layered.getchannel("A"))
        return paper
    return _copied(image.convert("L" if image.mode in ("1", "L", "I", "I;16", "F") else "RGB"))


def _copied(image: Image.Image) -> Image.Image:
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


def _small(image: Image.Image) -> bytes:
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    out = BytesIO()
    _bare(small, keep_alpha=False).save(out, "WEBP", quality=THUMBNAIL_QUALITY)
    return out.getvalue()
