"""The access matrix as data: which role may do what, and over which offices.

Roles are the lanes of the handbook (section 3) with designers and administrators beside them; the reach of supervision
follows its access matrix (08, section H).
"""

from __future__ import annotations

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
    "document:sign": frozenset({"consul", "director"}),
    "supervision:read": SUPERVISORS | {"consul"},
    "process:repair": SUPERVISORS,
    "incident:retry": SUPERVISORS | {"administrador"},
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

# What a program's key is for, and so what it may at most; its holder's roles still decide each time.
SCOPES: dict[str, frozenset[str]] = {
    "tasks:read": frozenset({"task:read"}),
    "tasks:write": frozenset({"task:read", "task:claim", "task:complete"}),
    "cases:read": frozenset({"case:read"}),
    "cases:write": frozenset({"case:read", "case:open", "case:annotate"}),
    "documents:read": frozenset({"case:read"}),
    "definitions:read": frozenset({"definition:read"}),
    "messages:write": frozenset({"message:publish"}),
}
