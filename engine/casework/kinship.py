"""How persons of two case files are kin, said from either side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import Text


@dataclass(frozen=True, slots=True)
class Kinship:
    """What one person is to another: in words, what the other then is to the one, and what else these words cover."""

    text: Text
    inverse: str
    covers: frozenset[str] = frozenset()


# What the person of the other case file is to the person of this one (handbook, section 4: family units).
KINSHIPS: Mapping[str, Kinship] = {
    "madre": Kinship(Text("Madre", "Mother"), "hijo"),
    "padre": Kinship(Text("Padre", "Father"), "hijo"),
    "progenitor": Kinship(Text("Madre o padre", "Mother or father"), "hijo", frozenset({"madre", "padre"})),
    "hijo": Kinship(Text("Hijo o hija", "Son or daughter"), "progenitor"),
    "pareja": Kinship(Text("Cónyuge o pareja", "Spouse or partner"), "pareja"),
    "hermano": Kinship(Text("Hermano o hermana", "Brother or sister"), "hermano"),
    "abuelo": Kinship(Text("Abuelo o abuela", "Grandparent"), "nieto"),
    "nieto": Kinship(Text("Nieto o nieta", "Grandchild"), "abuelo"),
    "tio": Kinship(Text("Tío o tía", "Uncle or aunt"), "sobrino"),
    "sobrino": Kinship(Text("Sobrino o sobrina", "Nephew or niece"), "tio"),
    "tutor": Kinship(Text("Tutor o tutora", "Guardian"), "pupilo"),
    "pupilo": Kinship(Text("Persona bajo su tutela", "Ward"), "tutor"),
    "otro": Kinship(Text("Otro familiar", "Other relative"), "otro"),
}


def inverse(code: str) -> str:
    """What the one is to the other, where the other is this to the one."""
    return KINSHIPS[code].inverse


def includes(wide: str, narrow: str) -> bool:
    """Whether who is ``narrow`` is ``wide`` as well."""
    return wide == narrow or narrow in KINSHIPS[wide].covers
