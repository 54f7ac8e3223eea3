"""Who works in the demo: at least one person for every role, in several offices. All of them are made up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """One made-up colleague."""

    name: str
    email: str
    office: str
    roles: tuple[str, ...]
    clearances: tuple[str, ...] = ()


# Whoever is alone in an office takes every kind of case that comes.
EVERY_KIND = ("ASILO", "NNA", "TRATA", "VSEX", "FORENSE")


def _member(name: str, office: str, *roles: str, cleared: tuple[str, ...] = ()) -> Member:
    plain = name.lower().translate(str.maketrans("áéíóúñü", "aeiounu")).split()
    return Member(name, f"{plain[0]}.{plain[1]}@demo.siproc.hn", office, roles, cleared)


PEOPLE = (
    _member("Ana Discua", "MX-TAP", "agente", "operador_linea", "guardia", cleared=("ASILO",)),
    _member("Beto Cálix", "MX-TAP", "agente", "agente_nna", cleared=EVERY_KIND),
    _member("Carla Funes", "MX-TAP", "consul", "agente_genero", cleared=EVERY_KIND),
    _member("Sofía Zelaya", "HN-TGU", "supervisor", cleared=EVERY_KIND),
    _member("Diego Mairena", "US-HOU", "agente", "operador_linea", "guardia", cleared=EVERY_KIND),
    _member("Elena Paz", "US-HOU", "consul", "agente_genero", "agente_nna", cleared=EVERY_KIND),
    _member("Irma Banegas", "HN-TGU", "auditor"),
    _member("Dani Euceda", "HN-TGU", "disenador"),
    _member("Rosa Amador", "HN-TGU", "director", cleared=EVERY_KIND),
    _member("Hugo Lagos", "HN-TGU", "enlace_busqueda", "agente", cleared=EVERY_KIND),
    _member("Marta Rivas", "HN-TGU", "operador_linea", "ofamir"),
    # Whoever approves money of the fund does not pay it.
    _member("Pablo Orellana", "HN-TGU", "fosmih", cleared=EVERY_KIND),
    _member("Elvira Castro", "HN-TGU", "finanzas", cleared=EVERY_KIND),
    _member("Lidia Pineda", "HN-TGU", "administrador"),
    _member("Óscar Turcios", "HN-TGU", "analista"),
    _member("Nora Valle", "US-MFE", "agente", "operador_linea", "guardia", cleared=EVERY_KIND),
    _member("Julio Izaguirre", "US-MFE", "consul", "abogado", cleared=EVERY_KIND),
    _member("Gloria Munguía", "ES-MAD", "agente", "operador_linea", "guardia", cleared=EVERY_KIND),
    _member("Raúl Maradiaga", "ES-MAD", "consul", "abogado", cleared=EVERY_KIND),
    _member("Fidel Cárcamo", "MX-TAP", "abogado"),
    _member("Teresa Bonilla", "US-HOU", "abogado"),
    _member("Leda Matute", "HN-TGU", "consul", cleared=EVERY_KIND),
    _member("Sandra Pavón", "HN-BEL", "camr", "agente_nna", cleared=("NNA", "TRATA", "VSEX")),
    _member("Camilo Sabillón", "HN-OMO", "camr", cleared=("NNA", "TRATA", "VSEX")),
)
