"""A designer adds a user task to a procedure in the editor and publishes it; running cases keep their version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, picture

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

# Draws between the form and the end, as the palette and the context pad do.
ADD_TASK = """
() => {
  const m = window.siprocModeler;
  const registry = m.get('elementRegistry'), modeling = m.get('modeling'), create = m.get('elementFactory');
  const flow = registry.filter(e => e.type === 'bpmn:SequenceFlow' && e.source.type === 'bpmn:UserTask')[0];
  const source = flow.source, target = flow.target;
  const task = create.createShape({type: 'bpmn:UserTask'});
  modeling.appendShape(source, task, {x: source.x + source.width / 2, y: source.y + source.height + 140}, source.parent);
  modeling.updateProperties(task, {name: 'Confirmar con la familia', id: 'ut_confirmar_familia'});
  modeling.removeElements([flow]);
  modeling.connect(task, target);
  return [source.id, target.id];
}
"""
UNKNOWN_FORM = """
() => {
  const m = window.siprocModeler;
  const task = m.get('elementRegistry').get('ut_confirmar_familia');
  const moddle = m.get('moddle');
  const form = moddle.create('zeebe:FormDefinition', {formId: 'F-99-99'});
  const values = (task.businessObject.extensionElements?.values || []).concat([form]);
  const extension = moddle.create('bpmn:ExtensionElements', {values});
  values.forEach(v => v.$parent = extension);
  m.get('modeling').updateProperties(task, {extensionElements: extension});
}
"""
MEND_FORM = """
() => {
  const m = window.siprocModeler;
  m.get('commandStack').undo();
}
"""


def test_a_new_task_is_drawn_checked_and_published(visit: Visit, accessible: Callable[[Page], None]) -> None:
    dani = visit("dani.euceda")
    accessible(dani)
    dani.get_by_role("link", name="Contactar a la familia", exact=True).first.click()
    dani.wait_for_selector("[data-diagram][data-ready]")
    accessible(dani)
    dani.get_by_role("link", name="Editar", exact=True).click()
    dani.wait_for_selector("#editor[data-ready]")
    accessible(dani)
    dani.evaluate(ADD_TASK)

    # A form that does not exist is found, said at the element, and keeps the draft.
    dani.evaluate(UNKNOWN_FORM)
    dani.get_by_role("button", name="Publicar").click()
    expect(dani.locator("#status")).to_contain_text("No se publicó")
    expect(dani.locator("#findings")).to_contain_text("F-99-99")
    assert dani.locator(".finding.error").count() == 1
    picture(dani, "disenador-observaciones")

    dani.evaluate(MEND_FORM)
    dani.get_by_role("button", name="Guardar borrador").click()
    expect(dani.locator("#status")).to_contain_text("Borrador guardado")

    # Nobody has played the scenarios with this diagram: that is said, and the designer decides.
    said: list[str] = []
    dani.once("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    dani.get_by_role("button", name="Publicar").click()
    dani.wait_for_url("**published=*")
    assert "no se han probado" in said[0]
    expect(dani.get_by_role("status")).to_contain_text("Los casos en marcha conservan la suya")
    rows = dani.locator("table tbody tr")
    assert rows.count() == 2
    assert rows.first.locator("td").first.inner_text() == "2"
    picture(dani, "disenador-versiones")


def test_scenarios_catalogue_and_guide_are_read_by_everybody(visit: Visit, accessible: Callable[[Page], None]) -> None:
    for phone in (False, True):
        dani = visit("dani.euceda", phone=phone)
        for address in (
            "/diseno/escenarios",
            "/diseno/sp10_consentimiento/escenarios",
            "/diseno/sp10_consentimiento/escenarios/nuevo",
            "/diseno/escenarios/compartidos/consentimiento_otorgado",
            "/diseno/catalogo",
            "/diseno/catalogo/sp10_consentimiento",
            "/diseno/guia",
        ):
            dani.goto(address)
            accessible(dani)
            assert dani.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
