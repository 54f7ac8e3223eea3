"""Files for the demo's cases: a photo of a place, a scanned sheet, a PDF. All of them are drawn here and show nobody."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from random import Random
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from engine.access.actors import SYSTEM, Actor
from engine.actions import files
from engine.casework.attachments import Place
from engine.files.room import FileRoom
from engine.store import Context, Store
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile

MOST = 24  # cases that get files
SHEETS = (
    ("Constancia de detención", "Se hace constar que la persona se encuentra a disposición de la autoridad."),
    ("Citatorio", "Se cita a audiencia. Presentarse con documento de identidad."),
    ("Resumen médico", "Paciente estable. Se recomienda reposo y control en diez días."),
    ("Declaración de la familia", "Relata cuándo y dónde habló por última vez con la persona."),
)
EXAMPLE = "Documento de ejemplo, sin valor."
PHOTOS = ("Entrada del centro.jpg", "Fachada.jpg", "Sala de visitas.jpg")


def furnish(store: Store, room: FileRoom, actors: Sequence[Actor], random: Random) -> int:
    """Add files to the newest cases, by somebody of their office. Returns how many."""
    made = 0
    for case_id, office in store.read(_newest, SYSTEM):
        actor = next((a for a in actors if a.office_code == office and "agente" in a.roles), None)
        if actor is None:
            continue
        title, text = random.choice(SHEETS)
        name = random.choice(PHOTOS)
        for upload in (
            files.Upload(BytesIO(_building(random)), name),
            files.Upload(BytesIO(_sheet(title, text)), f"{title}.pdf"),
        )[: random.randint(1, 2)]:
            files.bring_in(store, room, actor, Place(case_id, ""), upload, new_id())
            made += 1
    return made


def _newest(context: Context) -> list[tuple[UUID, str]]:
    query = select(CaseFile.id, CaseFile.office_code).order_by(CaseFile.opened_at.desc(), CaseFile.id).limit(MOST)
    return [(case_id, office) for case_id, office in context.session.execute(query)]


def _building(random: Random) -> bytes:
    """A house front under some sky."""
    image = Image.linear_gradient("L").resize((1200, 800))
    sky = Image.composite(Image.new("RGB", image.size, "#e8dcc8"), Image.new("RGB", image.size, "#7fa8cf"), image)
    draw = ImageDraw.Draw(sky)
    wall = random.choice(("#c9b79c", "#b7c0c4", "#d6c9b6", "#a9b59f"))
    left, top = random.randint(120, 260), random.randint(220, 320)
    draw.rectangle((left, top, 1200 - left, 700), fill=wall)
    for column in range(5):
        for row in range(2):
            x, y = left + 60 + column * ((1100 - 2 * left) // 5), top + 50 + row * 150
            draw.rectangle((x, y, x + 70, y + 90), fill="#4a5a68")
    draw.rectangle((540, 560, 660, 700), fill="#5b4636")
    draw.rectangle((0, 700, 1200, 800), fill="#8d8a83")
    out = BytesIO()
    sky.save(out, "JPEG", quality=82)
    return out.getvalue()


def _sheet(title: str, text: str) -> bytes:
    """A page that was scanned into a PDF."""
    page = Image.new("L", (850, 1100), 250)
    draw = ImageDraw.Draw(page)
    draw.text((90, 100), title, fill=30, font=ImageFont.load_default(36))
    draw.line((90, 160, 760, 160), fill=120, width=2)
    words, line, y = text.split(), "", 200
    for word in [*words, ""]:
        if not word or len(line) + len(word) > 44:
            draw.text((90, y), line, fill=40, font=ImageFont.load_default(24))
            line, y = "", y + 40
        line = f"{line} {word}".strip()
    draw.text((90, 980), EXAMPLE, fill=150, font=ImageFont.load_default(20))
    out = BytesIO()
    page.save(out, "PDF")
    return out.getvalue()
