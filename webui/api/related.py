"""Cases that belong to a case: listed, related by hand, and taken apart."""

from __future__ import annotations

from uuid import UUID

from engine.actions import cases, related
from engine.actions.seen import CaseHead
from engine.store import Context
from webui.api import shapes
from webui.api.operations import command, operation
from webui.doing import do, look
from webui.errors import language


def _other(case: CaseHead) -> shapes.OtherCase:
    return shapes.OtherCase(
        id=case.id,
        folio=case.folio,
        title=case.title,
        office=case.office_code,
        domain=case.domain,
        type=case.type,
        status=case.status,
    )


@operation("GET", "/cases/<uuid:case_id>/related", scope="cases:read", answer=shapes.RelatedCases)
def case_related(case_id: UUID) -> shapes.RelatedCases:
    """The cases that belong to a case, as far as they may be known of."""
    rows, _more = look(lambda context: related.listed(context, case_id, related.MOST))
    same = look(lambda context: related.of_same_person(context, case_id))
    do(lambda context: cases.note_read(context, case_id))
    return shapes.RelatedCases(
        items=[
            shapes.RelatedCase(
                id=row.id,
                case=_other(row.other),
                kind=row.kind,
                kinship=row.kinship,
                how=row.how.in_language(language()),
                reason=row.reason,
                removable=row.removable,
            )
            for row in rows
        ],
        same_person=[_other(case) for case in same],
    )


@operation("POST", "/cases/<uuid:case_id>/related", scope="cases:write", body=shapes.NewRelation, answer=shapes.Done, status=201)  # fmt: skip
def case_relate(case_id: UUID, body: shapes.NewRelation) -> object:
    """Relate a case to another one."""
    typed = related.Relation(**body.model_dump())
    return command(lambda context: shapes.Done(id=related.relate(context, case_id, typed)))


@operation("DELETE", "/cases/<uuid:case_id>/related/<uuid:relation_id>", scope="cases:write", answer=shapes.Done)
def case_unrelate(case_id: UUID, relation_id: UUID) -> object:
    """Take away a relation, from either of its cases."""

    def work(context: Context) -> shapes.Done:
        related.remove(context, case_id, relation_id)
        return shapes.Done(id=relation_id)

    return command(work)
