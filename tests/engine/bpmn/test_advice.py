"""What lint says beside refusals: every rule speaks where it should, is quiet where it should, and can be accepted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.bpmn.advice import RULES
from engine.bpmn.advice.remarks import page
from engine.cli import main
from engine.definitions.check import check
from tests.conformance.diagram import bpmn

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 3, 2, tzinfo=UTC)
FULL = " ; candidateGroups agente ; formId f"
GOOD = f"""
start s
user a Atender{FULL}
parallel split
user b Avisar{FULL}
user c Visitar{FULL}
boundary late on b ; name Tarde ; timer PT1H ; quiet
user r Recordar{FULL}
parallel j
exclusive q ¿Sigue? ; default no
end e
end er
s -> a -> split -> b -> j
split -> c -> j
late -> r -> er
j -> q
q -> a [again = true]
q -> e #no
"""
SPEAKS = {
    "label.missing": ("a", "start s\nuser a ; candidateGroups g ; formId f\nend e\ns -> a -> e"),
    "label.choice": ("g", "start s\nexclusive g ; default n\nend e\nend f\ns -> g\ng -> e [x = 1]\ng -> f #n"),
    "task.nobody": ("a", "start s\nuser a Atender ; formId f\nend e\ns -> a -> e"),
    "task.no-form": ("a", "start s\nuser a Atender ; candidateGroups g\nend e\ns -> a -> e"),
    "task.no-due-date": (
        "c",
        "start s\nuser a A ; dueDate =now()\nuser b B ; dueDate =now()\nuser c C\nend e\ns -> a -> b -> c -> e",
    ),
    "choice.no-default": ("g", "start s\nexclusive g Q\nend e\nend f\ns -> g\ng -> e [x = 1]\ng -> f [x = 2]"),
    "choice.always": ("g", "start s\nexclusive g Q ; default n\nend e\nend f\ns -> g\ng -> e [1 = 1]\ng -> f #n"),
    "choice.never": ("g", "start s\nexclusive g Q ; default n\nend e\nend f\ns -> g\ng -> e [1 = 2]\ng -> f #n"),
    "choice.twice": (
        "g",
        "start s\nexclusive g Q ; default n\nend e\nend f\nend h\ns -> g\ng -> e [x = 1]\ng -> f [x  =  1]\ng -> h #n",
    ),
    "flow.unreachable": ("b", "start s\ntask a A\ntask b B\nend e\nend f\ns -> a -> e\nb -> f"),
    "flow.no-end": ("a", "start s\nuser a A\nuser b B\ns -> a -> b -> a"),
    "flow.ends-here": ("a", "start s\ntask a A\ns -> a"),
    "flow.endless": (
        "a",
        "start s\ntask a A\nexclusive g Q ; default n\nend e\ns -> a -> g\ng -> a [x = 1]\ng -> e #n",
    ),
    "net.deadlock": (
        "j",
        "start s\nexclusive g Q ; default n\ntask a A\ntask b B\nparallel j\nend e\n"
        "s -> g\ng -> a [x = 1]\ng -> b #n\na -> j\nb -> j -> e",
    ),
    "net.not-joined": (
        "m",
        "start s\nparallel g\ntask a A\ntask b B\nexclusive m\ntask c C\nend e\ns -> g -> a -> m\ng -> b -> m -> c -> e",
    ),
    "timer.past": ("t", "start s\ncatch t Hasta ; timer date 2020-01-01T00:00:00Z\nend e\ns -> t -> e"),
    "message.nobody-sends": ("m", "start s\ncatch m Respuesta ; message answer\nend e\ns -> m -> e"),
    "message.nobody-waits": (
        "m",
        "start s\nthrow m Aviso ; message gone\nend e\ns -> m -> e",
    ),
    "escalation.unheard": ("t", "start s\nthrow t Avisar ; escalation up\nend e\ns -> t -> e"),
    "error.uncaught": ("x", "start s\nend x Falla ; error bad\ns -> x"),
}


def said(text: str) -> list[tuple[str, str | None]]:
    found = check({"model.bpmn": bpmn(text)}, references=False, now=NOW).findings
    assert not [item for item in found if item.severity == "error"], found
    return [(item.rule, item.element_id) for item in found]


@pytest.mark.parametrize("rule", sorted(SPEAKS))
def test_a_rule_speaks(rule: str) -> None:
    element, text = SPEAKS[rule]
    assert (rule, element) in said(text)


def test_every_rule_has_a_model_that_it_speaks_of() -> None:
    assert set(SPEAKS) == set(RULES) - {"net.not-analysed"}


def test_a_good_diagram_is_praised_with_silence() -> None:
    assert said(GOOD) == []


@pytest.mark.parametrize(
    "text",
    [
        "start s\ninclusive g Q ; default n\ntask a A\ntask b B\ninclusive j\nend e\n"
        "s -> g\ng -> a [x = 1]\ng -> b [y = 1]\ng -> j #n\na -> j\nb -> j -> e",
        "start s\nparallel g\ntask a A\ntask b B\nend e\nend f\ns -> g -> a -> e\ng -> b -> f",
        "start s\nsub x Dentro:\n  start i\n  user a A ; candidateGroups g ; formId f\n  end o\n  i -> a -> o\n"
        "boundary bad on x ; name Falla ; error *\nend e\nend f\ns -> x -> e\nbad -> f",
        "start s\ntask a A\nboundary b on a ; name Deshacer ; compensate\ntask u Undo ; undo\nassociation as1 b u\n"
        "throw t Deshacer ; compensate\nend e\ns -> a -> t -> e",
        "start s\nthrow l1 ; link far\ncatch l2 ; link far\nend e\ns -> l1\nl2 -> e",
        "start s\nadhoc x Varias:\n  task a A\n  task b B\nend e\ns -> x -> e",
        "start s\nexclusive g Q\nend e\nend f\ns -> g\ng -> e [x = 1]\ng -> f [not(x = 1)]",
    ],
)
def test_what_is_right_is_not_blamed(text: str) -> None:
    assert said(text) == []


def test_a_warning_that_is_accepted_with_a_reason_is_a_note() -> None:
    accepted = (
        'extension <zeebe:properties><zeebe:property name="acepta:task.no-form" value="Se hace por teléfono"/>'
        "</zeebe:properties>"
    )
    text = f"start s\nuser a Llamar ; candidateGroups g ; {accepted}\nend e\ns -> a -> e"
    [finding] = check({"model.bpmn": bpmn(text)}, references=False, now=NOW).findings
    assert (finding.rule, finding.severity) == ("task.no-form", "info")
    assert "Se hace por teléfono" in finding.text.in_language("es")


def test_a_message_between_two_files_has_its_partner() -> None:
    files = {
        "a.bpmn": bpmn('start s\nthrow m Aviso ; message hello ="k"\nend e\ns -> m -> e', process="a"),
        "b.bpmn": bpmn('start s\ncatch m Aviso ; message hello ="k"\nend e\ns -> m -> e', process="b"),
    }
    assert check(files, now=NOW).findings == []


def test_a_level_with_too_many_choices_is_given_up_and_says_so() -> None:
    names = [f"a{number}" for number in range(14)]
    lines = ["start s", "parallel all", "parallel j", "end e", "s -> all", "j -> e"]
    for name in names:
        lines += [f"exclusive {name} Q ; default {name}n", f"task {name}x X", f"task {name}y Y",
                  f"all -> {name}", f"{name} -> {name}x [x = 1]", f"{name} -> {name}y #{name}n",
                  f"{name}x -> j", f"{name}y -> j"]  # fmt: skip
    assert ("net.not-analysed", "s") in said("\n".join(lines))


def test_a_large_diagram_is_read_in_one_go() -> None:
    count = 4_000
    lines = ["start s", "end e", *(f"task t{number} T" for number in range(count))]
    lines.append("s -> " + " -> ".join(f"t{number}" for number in range(count)) + " -> e")
    assert said("\n".join(lines)) == []


def test_strict_lets_warnings_fail_and_the_language_can_be_chosen(tmp_path: Path) -> None:
    model = tmp_path / "p.bpmn"
    model.write_bytes(bpmn(SPEAKS["task.nobody"][1]))
    loose = CliRunner().invoke(main, ["lint", str(model), "--language", "en"])
    strict = CliRunner().invoke(main, ["lint", str(model), "--strict", "--json"])
    assert (loose.exit_code, strict.exit_code) == (0, 1)
    assert "belongs to nobody" in loose.output
    assert "Name candidate groups" in loose.output
    assert json.loads(strict.output)["findings"][0]["remedy_es"]


def test_our_own_procedures_and_forms_have_no_unexplained_warning() -> None:
    done = CliRunner().invoke(main, ["lint", "--strict", str(ROOT / "processes"), str(ROOT / "forms")])
    assert done.exit_code == 0, done.output


def test_the_page_of_rules_is_as_the_rules_are() -> None:
    assert (ROOT / "docs" / "lint.md").read_text("utf-8") == page()
