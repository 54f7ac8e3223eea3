"""What people answer where a made-up case is asked in free words, by what the question speaks of."""

from __future__ import annotations

NAMES = (
    "Marta Elena Cruz",
    "Nelson Adalid Reyes",
    "Karla Yessenia Padilla",
    "José Ramón Euceda",
    "Digna Suyapa Orellana",
)
TOWNS = ("El Progreso, Yoro", "Choloma, Cortés", "Juticalpa, Olancho", "La Ceiba, Atlántida", "Santa Rosa de Copán")
PLACES = (
    "En un albergue cerca de la terminal", "En el centro de detención", "En casa de una prima", "En el hospital general",
    "En la estación de policía del centro",
)  # fmt: skip
AUTHORITIES = (
    "Fiscalía local, unidad de turno", "Juzgado segundo de control", "Procuraduría de protección de la niñez",
    "Instituto de migración, delegación local", "Inspección del trabajo",
)  # fmt: skip
EMPLOYERS = (
    "Servicios Agrícolas del Valle", "Construcciones Rivera", "Limpieza Integral del Sur", "Empacadora San Isidro",
    "Transportes La Frontera",
)  # fmt: skip
SERVICES = (
    "Atención médica en la clínica de la Cruz Roja", "Albergue para mujeres", "Atención psicológica", "Ropa y artículos de higiene",
    "Asesoría de la defensoría pública",
)  # fmt: skip
ACTIONS = (
    "Visitarla esta semana y hablar a solas", "Pedir el expediente a la autoridad", "Avisar a su familia, como lo autorizó",
    "Acompañarla a la audiencia", "Conseguir su partida de nacimiento en el RNP",
)  # fmt: skip
STORIES = (
    "La detuvieron el martes y desde entonces no ha podido llamar a su casa.",
    "Trabajó tres meses y el encargado dejó de pagarle.",
    "Salió con un grupo y perdió sus documentos en el camino.",
    "Está internada y nadie le ha explicado qué tiene.",
    "Su hijo dejó de contestar hace nueve días.",
)
WISHES = (
    "Quiere hablar con su familia y saber la fecha de su audiencia.",
    "Pide que la visiten y que le expliquen sus papeles.",
    "Quiere cobrar lo que le deben antes de volver.",
    "Necesita medicinas y un lugar donde dormir.",
    "Pide volver a Honduras con sus hijos.",
)
REPORTS = (
    "Se habló con la persona en privado; está tranquila y entendió los pasos que siguen.",
    "La autoridad confirmó los datos y dio cita para el jueves.",
    "Se dejó tarjeta de contacto y el número de atención de 24 horas.",
    "Refiere buen trato; solicita ropa y artículos de higiene.",
    "Se reunió con el equipo del centro; queda pendiente el informe médico.",
)
RISKS = (
    "Ninguno mientras siga en el albergue.",
    "Quien la amenazó sabe dónde trabaja.",
    "Puede perder la cita si la trasladan.",
    "No tiene a quién acudir en la ciudad.",
    "Su tratamiento se acaba en una semana.",
)
SAFE = (
    "Llamar solo después de las seis de la tarde", "Escribir primero y esperar su respuesta", "Por medio de su hermana",
    "No dejar mensajes con nadie", "Al teléfono de la trabajadora social",
)  # fmt: skip
SOURCES = (
    "Entrevista con la persona", "Llamada de un familiar", "Informe de la autoridad", "Visita al centro",
    "Documento que presentó",
)  # fmt: skip
# The first of these that a question speaks of decides.
ABOUT: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("fuente",), SOURCES),
    (("canal seguro", "segura de", "instrucción"), SAFE),
    (("riesgo",), RISKS),
    (("dónde", "dirección", "lugar", "centro", "residencia"), PLACES),
    (("hospital",), ("Hospital General",)),
    (("autoridad o", "autoridad que", "tribunal", "unidad a cargo"), AUTHORITIES),
    (("municipio", "destino", "tramo"), TOWNS),
    (("empleador", "proveedor", "deudor"), EMPLOYERS),
    (
        (
            "nombre", "testigo", "profesional", "representante", "responsable", "vocero", "médico tratante", "trabajo social",
            "oficial", "presentes", "con quién", "entregado", "recibe", "receptor", "familiar", "reportante", "entrevistada",
            "quien lo",
        ),
        NAMES,
    ),
    (("servicio",), SERVICES),
    (("autoridad",), AUTHORITIES),
    (("acción", "objetivo", "compromiso"), ACTIONS),
    (("ocurre", "pasó"), STORIES),
    (("pide", "desea", "necesi", "solicita", "petición"), WISHES),
)  # fmt: skip


def phrase(question: str, turn: int) -> str:
    """An answer to a question in free words; ``turn`` chooses among several."""
    asked = question.lower()
    found = next((answers for words, answers in ABOUT if any(word in asked for word in words)), REPORTS)
    return found[turn % len(found)]
