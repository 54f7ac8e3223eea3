"""``siproc catalogue``: a sheet and a picture of every procedure, written from the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from engine.cli.reading import model_files
from engine.definitions.check import Checked, check
from engine.dmn import parse_dmn
from engine.dmn.tables import Table
from engine.reports.catalogue import Library, Sheet, Work, sheet
from engine.reports.pictures import svg
from engine.settings import load


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def catalogue(folder: Path) -> None:
    """Write the catalogue of the procedures into FOLDER: README.md, and for each a .md and an .svg."""
    settings = load()
    files, _ = model_files([str(settings.processes_dir), str(settings.forms_dir)])
    checked = check(files)
    folder.mkdir(parents=True, exist_ok=True)
    library = _library(files, checked)
    sheets = []
    for process_id, (file, spec) in sorted(checked.processes.items()):
        found = sheet(spec.model, Path(file).parent.name, library)
        sheets.append(found)
        (folder / f"{process_id}.svg").write_text(svg(files[file]) + "\n", "utf-8")
        (folder / f"{process_id}.md").write_text("\n".join(_page(found)) + "\n", "utf-8")
    (folder / "README.md").write_text("\n".join(_index(sheets)) + "\n", "utf-8")
    click.echo(f"{len(sheets)} procedimientos / procedures: {folder}")


def _library(files: dict[str, bytes], checked: Checked) -> Library:
    tables: dict[str, Table] = {}
    for name, (file, _) in checked.decisions.items():
        logic = parse_dmn(files[file], name).decisions[name].logic
        if isinstance(logic, Table):
            tables[name] = logic
    titles = {name: form.title for name, (_, form) in checked.forms.items()}
    names = {name: title for name, (_, title) in checked.decisions.items()}
    return Library(
        tables.get,
        lambda name: names.get(name) or name,
        lambda name: titles.get(name) or name,
        {name: spec.model for name, (_, spec) in checked.processes.items()},
    )


def _index(sheets: list[Sheet]) -> Iterator[str]:
    yield "# Catálogo de procedimientos\n"
    yield "Lo escribe `siproc catalogue` a partir de los diagramas, las tablas y los formularios.\n"
    yield "| Procedimiento | Ámbito | Para qué |\n|---|---|---|"
    for item in sorted(sheets, key=lambda item: (item.domain, item.name)):
        yield f"| [{item.name}]({item.id}.md) | {item.domain} | {_cell(item.purpose.split('. ')[0])} |"


def _page(item: Sheet) -> Iterator[str]:
    yield f"# {item.name}\n\n`{item.id}` · {item.domain}\n\n![Diagrama]({item.id}.svg)\n\n{item.purpose}\n"
    yield "## Quién participa\n"
    yield from (f"- {name}: {count}" for name, count in item.lanes)
    yield "\n## Pasos de las personas\n"
    yield "| Paso | Quién | Plazo | Formulario | Qué se hace |\n|---|---|---|---|---|"
    for work in item.works:
        form = f"{work.form_id} {work.form}" if work.form_id else "—"
        yield f"| {_cell(work.name)} | {_cell(work.lane)} | {_cell(terms(work))} | {_cell(form)} | {_cell(work.instructions)} |"
    for title, pairs in (
        ("Cartas", item.letters),
        ("Mensajes que espera", item.messages),
        ("Decisiones", item.decisions),
        ("Procedimientos que llama", item.calls),
        ("Desde dónde se llama", item.called_by),
    ):
        if pairs:
            yield f"\n## {title}\n"
            yield from (f"- `{pair.id}` {pair.name}" if pair.id else f"- `{pair.name}`" for pair in pairs)
    if item.sources:
        yield f"\nFuentes del manual: {', '.join(item.sources)}."


def terms(work: Work) -> str:
    """The deadlines of a step on one line."""
    return (
        "; ".join(
            " ".join(part for part in (term.when and f"{term.when}:", term.length, term.calendar) if part)
            for term in work.terms
        )
        or "—"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
