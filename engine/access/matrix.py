"""The access matrix as data: which role may do what, over which cases, and how much of them it sees.

Roles are the lanes of the handbook (section 3) with designers and administrators beside them; levels and compartments
are its section 5, reaches and what they give its access matrix (08, section H).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HEADQUARTERS = "HN-TGU"

ROLES: dict[str, str] = {
    "operador_linea": "Operador de línea",
    "agente": "Agente consular de protección",
    "agente_nna": "Agente especializado en niñez",
    "agente_genero": "Punto focal de género y trata",
    "consul": "Cónsul",
    "guardia": "Oficial de guardia",
    "abogado": "Abogado consultor",
    "supervisor": "Supervisor de protección",
    "director": "Director general de protección",
    "enlace_busqueda": "Enlace de búsqueda",
    "fosmih": "Comité FOSMIH",
    "finanzas": "Gerencia administrativa",
    "ofamir": "Oficina del migrante retornado",
    "camr": "Centro de atención al retornado",
    "analista": "Analista CONMIGHO",
    "auditor": "Auditor",
    "disenador": "Diseñador de procedimientos",
    "administrador": "Administrador",
    "integracion": "Sistema conectado",
    "sistema": "Sistema",
}

OFFICERS = frozenset(
    {
        "operador_linea", "agente", "agente_nna", "agente_genero", "consul", "guardia", "abogado", "supervisor",
        "director", "enlace_busqueda", "fosmih", "finanzas", "ofamir", "camr",
    }
)  # fmt: skip
SUPERVISORS = frozenset({"supervisor", "director"})
DESIGNERS = frozenset({"disenador", "administrador"})
# Their reach is every office, if they sit at headquarters.
EVERYWHERE = frozenset(
    {"supervisor", "director", "enlace_busqueda", "fosmih", "finanzas", "auditor", "integracion", "sistema"}
)

PERMISSIONS: dict[str, frozenset[str]] = {
    "task:read": OFFICERS | {"sistema"},
    "task:claim": OFFICERS,
    "task:complete": OFFICERS,
    "task:assign": SUPERVISORS | {"consul"},
    "case:read": OFFICERS | {"auditor", "sistema"},
    "case:open": frozenset({"operador_linea", "agente", "agente_nna", "agente_genero", "consul", "guardia", "sistema"}),
    "case:annotate": OFFICERS,
    "case:reopen": SUPERVISORS | {"agente", "agente_nna", "agente_genero", "consul", "enlace_busqueda"},
    "case:event": OFFICERS,
    "case:export": OFFICERS,
    "case:name": SUPERVISORS | {"consul", "agente", "agente_nna", "agente_genero", "enlace_busqueda"},
    "case:guard": SUPERVISORS | {"consul"},
    "case:start": SUPERVISORS
    | {"agente", "agente_nna", "agente_genero", "consul", "guardia", "abogado", "enlace_busqueda"},
    "case:contact": OFFICERS,
    "case:relate": OFFICERS,
    "case:answers": OFFICERS,
    "case:unseal": SUPERVISORS | {"consul", "guardia"},
    "person:merge": SUPERVISORS | {"consul"},
    "access:review": frozenset({"auditor"}),
    "access:clear": frozenset({"administrador"}),
    "retention:read": frozenset({"director", "auditor"}),
    "retention:hold": SUPERVISORS | {"auditor"},
    "retention:erase": frozenset({"director", "sistema"}),
    "document:read": OFFICERS,
    "document:sign": frozenset({"consul", "director"}),
    "document:write": OFFICERS,
    "supervision:read": SUPERVISORS | {"consul"},
    "process:repair": SUPERVISORS,
    "incident:retry": SUPERVISORS | {"administrador"},
    "incident:keep": frozenset({"administrador"}),  # of every case, without being told of which
    "definition:read": DESIGNERS | SUPERVISORS,
    "definition:draft": frozenset({"disenador"}),
    "definition:deploy": frozenset({"disenador", "sistema"}),
    "audit:read": frozenset({"auditor"}),
    "notification:read": frozenset(ROLES),
    "account:manage": frozenset({"administrador"}),
    "account:recover": SUPERVISORS | {"administrador"},
    "api:use": frozenset(ROLES) - {"sistema"},
    "message:publish": frozenset({"integracion"}),
    "webhook:manage": frozenset({"administrador"}),
}

# What each act is called on the page that shows this table.
ACTS: dict[str, str] = {
    "task:read": "Ver tareas",
    "task:claim": "Tomar y soltar tareas",
    "task:complete": "Completar tareas",
    "task:assign": "Encargar tareas a otra persona",
    "case:read": "Ver expedientes",
    "case:open": "Abrir expedientes",
    "case:annotate": "Agregar notas y archivos",
    "case:reopen": "Reabrir expedientes",
    "case:event": "Informar un hecho",
    "case:export": "Sacar una copia de un expediente",
    "case:name": "Nombrar a alguien en un expediente",
    "case:guard": "Dar la guarda a otra oficina",
    "case:start": "Iniciar otro procedimiento en un expediente",
    "case:contact": "Anotar contactos de un expediente",
    "case:relate": "Relacionar expedientes",
    "case:answers": "Leer lo que se respondió en las tareas terminadas",
    "case:unseal": "Abrir con motivo un expediente reservado",
    "person:merge": "Unir dos registros de una persona",
    "access:review": "Revisar las aperturas con motivo",
    "access:clear": "Habilitar para compartimentos",
    "retention:read": "Ver qué se borraría y qué se retiene",
    "retention:hold": "Retener un expediente",
    "retention:erase": "Borrar expedientes vencidos",
    "document:read": "Ver cartas",
    "document:sign": "Firmar y anular cartas",
    "document:write": "Redactar cartas",
    "supervision:read": "Ver la sala de supervisión",
    "process:repair": "Reparar procesos en marcha",
    "incident:retry": "Reintentar incidentes",
    "incident:keep": "Ver incidentes sin saber de qué expediente son",
    "definition:read": "Ver procedimientos",
    "definition:draft": "Dibujar procedimientos",
    "definition:deploy": "Publicar procedimientos",
    "audit:read": "Leer la auditoría",
    "notification:read": "Leer sus avisos",
    "account:manage": "Administrar cuentas",
    "account:recover": "Recuperar cuentas",
    "api:use": "Usar la interfaz para programas",
    "message:publish": "Enviar mensajes de otro sistema",
    "webhook:manage": "Administrar conexiones",
}

# What a program's key is for, and so what it may at most; its holder's roles still decide each time.
SCOPES: dict[str, frozenset[str]] = {
    "tasks:read": frozenset({"task:read"}),
    "tasks:write": frozenset({"task:read", "task:claim", "task:complete"}),
    "cases:read": frozenset({"case:read", "case:answers"}),
    "cases:write": frozenset(
        {"case:read", "case:open", "case:annotate", "case:event", "case:start", "case:contact", "case:relate"}
    ),
    "documents:read": frozenset({"case:read", "document:read"}),
    "definitions:read": frozenset({"definition:read"}),
    "messages:write": frozenset({"message:publish"}),
}


class Level(StrEnum):
    """How much of a case is seen. N0 to N3 are the handbook's; the other two it only describes."""

    META = "META"  # folio, status, priority, office and dates: that there is a case, and how it stands
    N0 = "N0"  # domain, type and result, what the tasks are called
    NAME = "NAME"  # whose case it is
    N1 = "N1"  # personal
    N2 = "N2"  # sensitive
    N3 = "N3"  # highly sensitive

    @property
    def rank(self) -> int:
        """Its place from little to much."""
        return RANKS[self]

    @property
    def within(self) -> tuple[Level, ...]:
        """It, and all that is less: the levels of what is seen."""
        return tuple(item for item in Level if RANKS[item] <= RANKS[self])

    def reaches(self, wanted: Level) -> bool:
        """Whether who sees this much sees what is of ``wanted``."""
        return RANKS[self] >= RANKS[wanted]


RANKS = {level: rank for rank, level in enumerate(Level)}
LEVELS: dict[Level, str] = {
    Level.META: "Folio, estado, prioridad, oficina y fechas",
    Level.N0: "Ámbito, tipo, resultado y nombres de las tareas",
    Level.NAME: "Nombre de la persona",
    Level.N1: "Datos personales (N1)",
    Level.N2: "Datos sensibles (N2)",
    Level.N3: "Datos muy sensibles (N3)",
}
FIELD_LEVELS = (Level.N0, Level.N1, Level.N2, Level.N3)

# Need-to-know lists inside N3 (handbook, section 5).
COMPARTMENTS: dict[str, str] = {
    "ASILO": "Asilo y temor de retorno",
    "TRATA": "Trata de personas",
    "VSEX": "Violencia sexual",
    "NNA": "Niñez",
    "FORENSE": "Identificación forense",
    "QUEJA": "Queja contra personal",
    "TESTIGO": "Testigos e informantes",
}
# Clearances that come with a role; any other is given to a person by an administrator.
CLEARANCES: dict[str, frozenset[str]] = {
    "agente_nna": frozenset({"NNA"}),
    "agente_genero": frozenset({"TRATA", "VSEX"}),
    "enlace_busqueda": frozenset({"FORENSE"}),
    "auditor": frozenset({"QUEJA"}),
}
# Nobody opens these by giving a reason: the complaint may be about whoever would.
NEVER_OPENED = frozenset({"QUEJA"})


class Reach(StrEnum):
    """Over which cases a role sees something."""

    NAMED = "named"  # the responsible and who is named on the case
    TASK = "task"  # who has an open task of it in hand
    ABSENT = "absent"  # who stands in for somebody who has an open task of it in hand, and is cleared for it
    OPENED = "opened"  # who opened it by giving a reason, for a few hours
    BEGUN = "begun"  # who registered it, until it is assigned
    OFFICE = "office"  # of their office, or in the guardianship of their office
    NETWORK = "network"  # of every office, for who sits at headquarters


REACHES: dict[Reach, str] = {
    Reach.NAMED: "responsable o nombrado en el expediente",
    Reach.TASK: "con una tarea del expediente en la mano",
    Reach.ABSENT: "con una tarea en manos de quien suple, mientras dura su ausencia",
    Reach.OPENED: "abierto con motivo, por unas horas",
    Reach.BEGUN: "registrado por quien consulta, hasta que se asigna",
    Reach.OFFICE: "de su oficina o bajo la guarda de su oficina",
    Reach.NETWORK: "de toda la red, desde la cancillería",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role sees of the cases within a reach.

    ``reserved`` is what it sees of a case with compartments; None: not that there is one. A case whose compartments are
    all ``within`` these counts as one without. ``domain`` narrows the reach, ``sealed`` to cases with compartments.
    """

    role: str
    reach: Reach
    level: Level
    reserved: Level | None = None
    domain: str | None = None
    within: frozenset[str] = frozenset()
    sealed: bool = False


def _grants() -> tuple[Grant, ...]:
    found: list[Grant] = []

    def on_the_case(level: Level, *roles: str) -> None:
        reaches = (Reach.NAMED, Reach.TASK, Reach.ABSENT)
        found.extend(Grant(role, reach, level, level) for role in roles for reach in reaches)

    on_the_case(
        Level.N3, "agente", "agente_nna", "agente_genero", "guardia", "consul", "abogado", "supervisor", "director",
        "enlace_busqueda",
    )  # fmt: skip
    on_the_case(Level.N1, "operador_linea", "camr", "ofamir")
    on_the_case(Level.NAME, "fosmih", "finanzas")
    opening = ("guardia", "consul", "supervisor", "director")
    found.extend(Grant(role, Reach.OPENED, Level.N3, Level.N3) for role in opening)
    found.append(Grant("operador_linea", Reach.BEGUN, Level.N1))
    beginners = ("agente", "agente_nna", "agente_genero", "guardia", "consul")
    found.extend(Grant(role, Reach.BEGUN, Level.N2, Level.N2) for role in beginners)
    found.append(Grant("operador_linea", Reach.OFFICE, Level.NAME))
    officers = ("agente", "agente_nna", "agente_genero", "guardia", "camr", "ofamir")
    found.extend(Grant(role, Reach.OFFICE, Level.N1) for role in officers)
    heads = ("consul", "supervisor", "director")
    found.extend(Grant(role, Reach.OFFICE, Level.N2, Level.META) for role in heads)
    found.extend(Grant(role, Reach.NETWORK, Level.N2, Level.META) for role in ("supervisor", "director"))
    found.append(Grant("enlace_busqueda", Reach.NETWORK, Level.N3, domain="DES", within=frozenset({"FORENSE"})))
    found.append(Grant("auditor", Reach.NETWORK, Level.META, Level.META))
    found.append(Grant("auditor", Reach.NETWORK, Level.N3, within=frozenset({"QUEJA"}), sealed=True))
    found.append(Grant("sistema", Reach.NETWORK, Level.N3, Level.N3))
    return tuple(found)


GRANTS = _grants()

# The most sensitive answers that a role sees in the form of a task that it has in hand or is offered; it may be more
# than it sees of the case, for the form was made for that task.
FORM_LEVELS: dict[str, Level] = {
    **dict.fromkeys(OFFICERS | {"sistema"}, Level.N3),
    **dict.fromkeys(("operador_linea", "fosmih", "finanzas", "ofamir"), Level.N2),
}

# How much of a case one has to see before doing this with it. What is not listed takes ``META``.
NEEDS: dict[str, Level] = {
    "case:annotate": Level.NAME,
    "case:event": Level.N1,
    "case:export": Level.N1,
    "case:name": Level.META,
    "case:start": Level.N1,
    "case:contact": Level.N1,
    "case:relate": Level.N1,
    "case:answers": Level.N1,
    "document:read": Level.N1,
    "document:sign": Level.N1,
    "document:write": Level.N2,
    "person:merge": Level.N2,
    "process:repair": Level.N2,
}
