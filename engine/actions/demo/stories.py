"""What the demo's cases are about: made-up persons and the answers that lead each case its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

GIVEN = ("María José", "José Luis", "Karla Patricia", "Wilmer Antonio", "Suyapa", "Óscar Danilo", "Reina Isabel",
         "Marvin Noé", "Dilcia Yamileth", "Héctor Adonay", "Glenda Xiomara", "Nelson Iván", "Iris Lorena", "Kevin Josué",
         "Blanca Rosa", "Elmer Geovany", "Yessenia", "Santos Eduardo", "Norma Leticia", "Denis Omar", "Keidy Melissa",
         "Franklin", "Olga Marina", "Ángel Gabriel", "Fátima Nicole", "Selvin Rolando", "Doris Elizabeth", "Mario René",
         "Ingrid Julissa", "Pedro Pablo", "Cándida", "Anuar")  # fmt: skip
SURNAMES = ("Zúniga", "Cáceres", "Mejía", "Núñez", "Ordóñez", "Pineda", "Ávila", "Bonilla", "Murillo", "Sarmiento",
            "Velásquez", "Güity", "Alvarado", "Euceda", "Reyes", "Padilla", "Chirinos", "Dubón", "Amaya", "Banegas",
            "Castellanos", "Discua", "Escoto", "Figueroa", "Guevara", "Hernández", "Irías", "Lanza", "Martínez",
            "Oliva", "Paguada", "Raudales", "Sabillón", "Turcios", "Urbina", "Valladares")  # fmt: skip
PLACES = {
    "MX-TAP": ("MX", "MX-CHP", "Estación migratoria Siglo XXI, Tapachula", "Colonia 5 de Febrero, Tapachula"),
    "US-HOU": ("US", "US-TX", "Cárcel del condado de Harris, Houston", "Barrio Gulfton, Houston"),
    "US-MFE": ("US", "US-TX", "Cárcel del condado de Hidalgo, Edinburg", "Colonia Las Milpas, Pharr"),
    "ES-MAD": ("ES", "ES-MD", "Centro penitenciario Madrid VII, Estremera", "Barrio de Usera, Madrid"),
    "HN-TGU": ("HN", "HN-FM", "Tegucigalpa, ventanilla de la Dirección de Protección", "Tegucigalpa"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why people turn to the consulate: how they say it (handbook 00, DMN-04), the domain, what is told, how often."""

    motive: str
    domain: str
    told: tuple[str, ...]
    often: int
    type: str | None = None
    child: bool = False


REASONS = (
    Reason(
        "preso",
        "PEN",
        (
            "La familia avisa que fue detenido y no sabe de qué se le acusa.",
            "Llama desde la cárcel: tuvo audiencia y no entendió lo que dijo el juez.",
            "Su esposa dice que lo detuvieron en el trabajo y no le permiten llamar.",
        ),
        9,
    ),
    Reason(
        "detenido_migracion",
        "MIG",
        (
            "Está en un centro migratorio y pide hablar con su consulado.",
            "La detuvieron en un retén de la carretera con su documento vencido.",
            "Lleva nueve días en la estación migratoria y quiere volver a casa.",
        ),
        4,
    ),
    Reason(
        "no_me_pagan",
        "LAB",
        (
            "Trabajó tres meses en la construcción y no le han pagado.",
            "La despidieron de un restaurante y le deben cuatro semanas.",
            "Cortó caña toda la temporada y le descontaron el transporte y la comida.",
        ),
        3,
    ),
    Reason(
        "hospital",
        "SAL",
        (
            "Ingresó al hospital tras un accidente de tránsito.",
            "Cayó de un andamio y lo operaron; no habla el idioma.",
            "El hospital busca a la familia de una paciente hondureña.",
        ),
        2,
    ),
    Reason(
        "no_se_de_mi_familiar",
        "DES",
        (
            "Su hijo dejó de contestar al salir de Tapachula hacia el norte.",
            "Su hermana iba a cruzar el desierto y no sabe de ella desde hace tres semanas.",
        ),
        2,
    ),
    Reason(
        "ninez_en_riesgo",
        "FAM",
        ("La escuela avisa que dos hermanos quedaron solos.", "La vecina cuida a una niña cuya madre fue detenida."),
        2,
        "FAM-01",
        child=True,
    ),
    Reason("custodia_pension_familia", "FAM", ("Pide apoyo para la pensión de su hija.",), 1, "FAM-04"),
    Reason("custodia_pension_familia", "FAM", ("El padre se llevó a la niña sin permiso.",), 1, "FAM-03", child=True),
    Reason("violencia_en_casa", "FAM", ("Su pareja la golpea y teme por sus hijos.",), 1, "FAM-07"),
    Reason(
        "robo_delito",
        "DHU",
        (
            "Le robaron sus documentos y su dinero en el camino.",
            "Lo asaltaron en el tren y le quitaron el teléfono y la mochila.",
        ),
        2,
    ),
)
SEARCH, SEARCH_STEPS = 4, 40  # the case with this number is a search that is well under way
# Cases that belong together, by their numbers: two who travelled together, who was found near whom one looks for, and two
# who worked for the same. All are of one office, and relations between them say what these stories tell.
TRAVELLED, FOUND, EMPLOYED, TOGETHER_STEPS = (10, 14), 22, (7, 13), 12
TOGETHER = {
    **dict.fromkeys(TRAVELLED, ("DHU", -1)), **dict.fromkeys(EMPLOYED, ("LAB", -1)), FOUND: ("SAL", 0), SEARCH: ("DES", 0),
}  # fmt: skip
NAMES = {
    TRAVELLED[0]: ("Elmer Geovany", "Chirinos", "Dubón"), TRAVELLED[1]: ("Denis Omar", "Chirinos", "Dubón"),
    SEARCH: ("Ángel Gabriel", "Sarmiento", "Güity"), FOUND: ("Santos Eduardo", "Sarmiento", "Güity"),
}  # fmt: skip
ASKED = ("Que su familia sepa dónde está.", "Un abogado que hable español.", "Volver a Honduras lo antes posible.",
         "Que le devuelvan sus documentos.", "Saber qué sigue y cuánto tarda.")  # fmt: skip
CITIES = ("Choluteca", "El Progreso", "Juticalpa", "La Ceiba", "Danlí", "Santa Rosa de Copán", "Comayagua", "Tocoa")


@dataclass(frozen=True, slots=True)
class Story:
    """One made-up case: who, where, why, and how far it has come."""

    office: str
    reason: str
    domain: str
    steps: int
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """Who it is about and who reports it, as forms ask for them."""
        return {
            key: self.answers[key]
            for key in ("nombres", "apellido1", "apellido2", "dni", "afectada_nombre", "rep_nombre")
        }


def tell(random: Random, number: int, year: int) -> Story:
    """The story of the case with this number, told in ``year``; the same seed tells the same."""
    office = random.choices(("MX-TAP", "US-HOU", "US-MFE", "ES-MAD"), (8, 5, 3, 2))[0]
    reason = random.choices(REASONS, [item.often for item in REASONS])[0]
    domain, which = TOGETHER.get(number, ("", 0))
    if domain:
        office, reason = "MX-TAP", next(item for item in REASONS if item.domain == domain)
    elif number % 3 == 0:
        reason = REASONS[0]
    elif number % 8 == 1:
        reason = random.choice([item for item in REASONS if item.domain == "FAM"])
    age = random.randint(4, 16) if reason.child else random.randint(19, 58)
    country, state, custody, home = PLACES[office]
    place = custody if reason.domain in ("PEN", "MIG") else home
    given, first, second = random.choice(GIVEN), random.choice(SURNAMES), random.choice(SURNAMES)
    given, first, second = NAMES.get(number, (given, first, second))
    answers = {
        "motivo": reason.motive, "relato_breve": random.choice(reason.told), "peligro_ahora": "no", "solo_consulta": "false", "canal": "telefono",
        "tipo_reportante": "familiar", "rep_nombre": f"{random.choice(GIVEN)} {first}", "rep_parentesco": "madre",
        "contacto_seguro": "si", "idioma": "es", "lugar_texto": place, "pais": country, "entidad": state,
        "afectada_nombre": f"{given} {first}", "afectada_edad": str(age),
        "nombres": given, "apellido1": first, "apellido2": second, "nac_muni": random.choice(CITIES),
        "dni": f"{random.randint(101, 1811):04}{random.randint(1968, 2004)}{random.randint(0, 99999):05}",
        "fecha_nac": f"{year - age}-01-{random.randint(1, 28):02}",
        "nacionalidad_estado": "confirmada", "dominio_principal": reason.domain, "validacion": "acepta", "centro": place,
        "capacidad": "adulta_capaz", "decision": "distinta", "autoridad": "Policía local", "respuesta": "otorga",
        "gravedad": random.choice(("delito_menor", "delito_menor", "falta", "delito_grave")),
        "fase_penal": random.choice(("arresto", "audiencia_inicial", "prision_preventiva")),
        "def_tipo": "publico", "maltrato": "no", "edad_docs": "confirmada", "menores_cargo": "no", "interprete": "no_necesita",
        "comprension": "true", "base": "consentimiento", "forma": "oral", "custodia": "penal" if reason.domain == "PEN" else "ninguna", "edad": str(age),
    }  # fmt: skip
    answers |= {
        "f_vsex": random.choices(("no", "no_responde", "si_anterior"), (14, 2, 1))[0],
        "f_amenaza": random.choices(("no", "no_sabe", "si"), (12, 2, 1))[0],
        "f_libertad": "privada" if reason.domain in ("PEN", "MIG") else "libre",
        "estado_clinico": "estable" if reason.domain == "SAL" else "", "que_pide": random.choice(ASKED),
    }  # fmt: skip
    if reason.type is not None:
        answers["tipo_caso"] = reason.type
    if domain:
        answers |= {"f_vsex": "no", "f_amenaza": "no", "relato_breve": reason.told[which]}
        answers |= {"oficina_destino": office, "oficina": office}
    if reason.domain == "DES":  # headquarters search, and the office of the last place goes along
        answers |= {"oficina_destino": "HN-TGU", "oficina": "HN-TGU", "respuesta": "acepta", "ult_com_lugar": place}
        answers |= {"f_vsex": "no", "f_amenaza": "no"}
    steps = random.choice((0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 14, 16, 20, 26, 34))
    steps = SEARCH_STEPS if number == SEARCH else TOGETHER_STEPS if number in TOGETHER else steps
    return Story(office, reason.motive, reason.domain, steps, answers)
