"""The rules of advice, each with its words, and how a remark about an element is made of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.bpmn.findings import shorten
from engine.bpmn.model import Element, Process
from engine.errors import Finding, Text

ACCEPTED = "acepta:"  # an extension property ``acepta:<rule>`` on an element accepts a remark; its value says why


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, how grave it is, what it says, and how to mend it, in Spanish and English."""

    id: str
    severity: Literal["warning", "info"]
    es: str
    en: str
    mend_es: str
    mend_en: str


_ALL = (
    Rule("label.missing", "warning", "Este elemento no tiene nombre: quien lea el diagrama no sabrá qué es.",
         "This element has no name: who reads the diagram will not know what it is.",
         "Póngale un nombre que diga qué se hace o qué pasó.", "Give it a name that says what is done or what happened."),
    Rule("label.choice", "warning", "La compuerta decide y no tiene una pregunta escrita.",
         "The gateway decides and carries no question.",
         "Escriba la pregunta en la compuerta («¿Hay riesgo?») y la respuesta en cada flujo.",
         "Write the question at the gateway and the answer at each flow."),
    Rule("task.nobody", "warning", "La tarea no es de nadie: no tiene responsable ni candidatos.",
         "The task belongs to nobody: it has neither assignee nor candidates.",
         "Indique los grupos candidatos o la persona asignada.", "Name candidate groups or an assignee."),
    Rule("task.no-form", "warning", "La tarea no tiene formulario: nadie podrá anotar qué se hizo.",
         "The task has no form: nobody can note what was done.",
         "Elija un formulario.", "Choose a form."),
    Rule("task.no-due-date", "warning", "La tarea no tiene plazo, y las demás de este proceso sí.",
         "The task has no due date, and the others of this process do.",
         "Ponga una fecha de vencimiento, por ejemplo de la tabla de plazos.", "Set a due date, for instance from the table of terms."),
    Rule("choice.no-default", "warning",
         "Si ninguna condición de «{name}» se cumple, el proceso se detiene con una incidencia.",
         "If no condition of “{name}” holds, the process stops with an incident.",
         "Marque un flujo como flujo por defecto.", "Mark one flow as the default flow."),
    Rule("choice.always", "warning", "La condición «{text}» siempre es verdadera: {what}.",
         "The condition “{text}” is always true: {what}.",
         "Escriba la condición que falta, o haga de este el flujo por defecto.",
         "Write the condition that is missing, or make this the default flow."),
    Rule("choice.never", "warning", "La condición «{text}» nunca es verdadera: por ese flujo no irá nadie.",
         "The condition “{text}” is never true: nobody will take that flow.",
         "Corrija la condición o borre el flujo.", "Correct the condition or delete the flow."),
    Rule("choice.twice", "warning", "Dos flujos tienen la misma condición «{text}»: el segundo nunca se toma.",
         "Two flows have the same condition “{text}”: the second is never taken.",
         "Corrija una de las dos.", "Correct one of the two."),
    Rule("flow.unreachable", "warning", "A «{name}» no llega ningún camino: nunca ocurrirá.",
         "No path leads to “{name}”: it will never happen.",
         "Conéctelo, o bórrelo.", "Connect it, or delete it."),
    Rule("flow.no-end", "warning", "Desde «{name}» no se llega a ningún final.",
         "From “{name}” no end can be reached.",
         "Agregue una salida del ciclo hacia un evento de fin.", "Add a way out of the loop to an end event."),
    Rule("flow.ends-here", "warning", "El camino se acaba en «{name}» sin un evento de fin.",
         "The path stops at “{name}” without an end event.",
         "Agregue un evento de fin que diga cómo terminó.", "Add an end event that says how it ended."),
    Rule("flow.endless", "warning", "El ciclo por «{name}» no espera a nadie: dará vueltas hasta que el motor lo pare.",
         "The loop through “{name}” waits for nobody: it will turn until the engine stops it.",
         "Ponga en el ciclo una tarea, un mensaje o un tiempo de espera.", "Put a task, a message or a timer into the loop."),
    Rule("net.deadlock", "warning", "«{name}» puede quedarse esperando para siempre un camino que ya no vendrá.",
         "“{name}” can wait for ever for a path that will not come any more.",
         "Junte con una compuerta de la misma clase que la que separó.", "Join with a gateway of the kind that split."),
    Rule("net.not-joined", "warning", "Caminos paralelos llegan a «{name}» sin juntarse: lo que sigue se hará más de una vez.",
         "Parallel paths come to “{name}” without being joined: what follows is done more than once.",
         "Júntelos antes con una compuerta paralela o inclusiva.", "Join them before with a parallel or inclusive gateway."),
    Rule("net.not-analysed", "info", "El nivel tiene demasiadas combinaciones ({n} vistas): no se revisó si puede trabarse.",
         "The level has too many combinations ({n} seen): whether it can get stuck was not checked to the end.",
         "Divídalo en subprocesos.", "Divide it into subprocesses."),
    Rule("timer.past", "warning", "La fecha «{text}» ya pasó: el temporizador vence en cuanto se llegue a él.",
         "The date “{text}” is past: the timer is due as soon as it is reached.",
         "Use una duración o una fecha de los datos del caso.", "Use a duration, or a date of the case's data."),
    Rule("message.nobody-sends", "info", "Ningún proceso de estos archivos envía el mensaje «{text}»: tiene que llegar de fuera.",
         "No process of these files sends the message “{text}”: it has to come from outside.",
         "Si debe enviarlo otro proceso, revise que el nombre sea el mismo.",
         "If another process should send it, see that the name is the same."),
    Rule("message.nobody-waits", "warning", "Nadie espera el mensaje «{text}» en estos archivos: se perderá.",
         "Nobody waits for the message “{text}” in these files: it will be lost.",
         "Revise el nombre, o agregue quien lo reciba.", "See to the name, or add who receives it."),
    Rule("escalation.unheard", "warning", "Nadie atiende el escalamiento «{text}».",
         "Nobody catches the escalation “{text}”.",
         "Agregue un evento de borde o un subproceso de evento que lo atienda.",
         "Add a boundary event or an event subprocess that catches it."),
    Rule("error.uncaught", "warning", "Nadie atrapa el error «{text}»: el proceso se detendrá con una incidencia.",
         "Nobody catches the error “{text}”: the process will stop with an incident.",
         "Agregue un evento de borde o un subproceso de evento que lo atrape.",
         "Add a boundary event or an event subprocess that catches it."),
)  # fmt: skip
RULES: dict[str, Rule] = {rule.id: rule for rule in _ALL}


@dataclass(slots=True)
class Remarks:
    """Collects the remarks about one process."""

    process: Process
    items: list[Finding] = field(default_factory=list)

    def say(self, rule_id: str, element: Element, **values: object) -> None:
        """Remark on ``element``; where the designer accepted it with a reason, that stands beside it."""
        rule = RULES[rule_id]
        filled = {"name": shorten(element.name or element.id), **{key: shorten(value) for key, value in values.items()}}
        reason = element.properties.get(ACCEPTED + rule_id, "").strip()
        severity, text = rule.severity, Text(rule.es, rule.en, filled)
        if reason:
            severity = "info"
            text = Text(
                f"{rule.es} Aceptado: {{why}}", f"{rule.en} Accepted: {{why}}", {**filled, "why": shorten(reason)}
            )
        self.items.append(
            Finding(
                rule.id, severity, text, element.id, element.name or None, element.line, self.process.file,
                Text(rule.mend_es, rule.mend_en),
            )
        )  # fmt: skip


def page() -> str:
    """The rules as a page in Markdown, for the documentation."""
    lines = [
        "# What lint says",
        "",
        "`siproc lint PATH…` names what a file is refused for (errors), and what a good colleague would mention (warnings",
        "and notes). Errors end it with exit status 1; `--strict` lets warnings do so, too. A warning that is meant so is",
        "accepted on the element with an extension property `acepta:<rule>` whose value says why; it is then a note.",
        "",
        "| rule | grade | what it says | how to mend it |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{rule.id}` | {rule.severity} | {rule.en} | {rule.mend_en} |" for rule in _ALL]
    lines += [
        "",
        "Whether a level can get stuck (`net.…`) is found by playing all of its choices with tokens, each subprocess by",
        "itself, up to a fixed number of states; complex gateways and token quantities are left out.",
    ]
    return "\n".join(lines) + "\n"
