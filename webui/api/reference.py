"""What hardly changes: offices, and the procedures in force."""

from __future__ import annotations

from engine.actions import definitions
from engine.casework import offices
from webui.api import shapes
from webui.api.operations import operation
from webui.doing import look


@operation("GET", "/offices", scope=None, answer=shapes.Offices)
def office_list() -> shapes.Offices:
    """The consular network."""
    items = [
        shapes.OfficeLine(
            code=row.code,
            name=row.name,
            type=row.type,
            city=row.city,
            country=row.country,
            timezone=row.timezone,
            active=row.active,
        )
        for row in offices.packaged().values()
    ]
    return shapes.Offices(items=items)


@operation("GET", "/definitions", scope="definitions:read", answer=shapes.Procedures)
def definition_list() -> shapes.Procedures:
    """The procedures with their versions in force."""
    found = look(definitions.list_definitions)
    items = [
        shapes.Procedure(
            process_id=row.definition.process_id,
            name=row.definition.name,
            domain=row.definition.domain,
            version=row.definition.version,
            definition_id=row.definition.id,
            running=row.running,
        )
        for row in found
    ]
    return shapes.Procedures(items=items)
