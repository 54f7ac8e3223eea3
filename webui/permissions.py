"""Which permission each address asks for before its view is reached. One that is not listed here is refused.

What the view does then asks the policy again, of the very thing that it is about.
"""

from __future__ import annotations

# For whoever comes.
OPEN = frozenset(
    {
        "account.language", "account.health", "static", "letters.verify", "entering.sign_in", "entering.passkey",
        "entering.second_step", "entering.forgot", "entering.link", "entering.to_directory", "entering.from_directory",
    }
)  # fmt: skip
# For whoever is signed in: their own account and notices, and what everybody may read.
OWN = frozenset(
    {
        "account.notices", "account.notices_read", "account.sign_out", "officer.home", "access.rules", "own.confirm",
        "own.end_others", "own.end_session", "own.factor", "own.new_codes", "own.new_passkey", "own.new_totp",
        "own.password", "own.remove_passkey", "own.remove_totp", "own.show", "own.totp_page",
    }
)  # fmt: skip
# Any of these permissions is enough.
ASKED: dict[str, tuple[str, ...]] = {
    "access.guard": ("case:guard",),
    "access.name": ("case:name",),
    "access.show": ("case:read",),
    "access.unguard": ("case:guard",),
    "access.unname": ("case:name",),
    "access.unseal": ("case:unseal",),
    "admin.answer_recovery": ("account:recover",),
    "admin.ask_recovery": ("account:recover",),
    "admin.clear": ("access:clear",),
    "admin.end_sessions": ("account:manage",),
    "admin.invite": ("account:manage",),
    "admin.invite_again": ("account:manage",),
    "admin.listing": ("account:recover",),
    "admin.place": ("account:manage",),
    "admin.set_active": ("account:manage",),
    "admin.show": ("account:recover",),
    "auditor.listing": ("audit:read",),
    "auditor.openings": ("access:review",),
    "auditor.review": ("access:review",),
    "catalogue.guide": ("definition:read",),
    "catalogue.listing": ("definition:read",),
    "catalogue.picture": ("definition:read",),
    "catalogue.sheet": ("definition:read",),
    "connections.listing": ("webhook:manage",),
    "connections.new": ("webhook:manage",),
    "connections.remove": ("webhook:manage",),
    "connections.send_again": ("webhook:manage",),
    "connections.set_active": ("webhook:manage",),
    "connections.show": ("webhook:manage",),
    "designer.check": ("definition:read",),
    "designer.decision_trial": ("definition:read",),
    "designer.edit": ("definition:read",),
    "designer.listing": ("definition:read",),
    "designer.publish": ("definition:deploy",),
    "designer.save": ("definition:draft",),
    "designer.source": ("definition:read",),
    "designer.trial": ("definition:read",),
    "designer.version": ("definition:read",),
    "designer.versions": ("definition:read",),
    "files.add": ("case:annotate",),
    "files.content": ("case:read",),
    "files.remove": ("case:annotate",),
    "files.thumbnail": ("case:read",),
    "letters.pdf": ("document:read",),
    "letters.sign": ("document:sign",),
    "letters.void": ("document:sign",),
    "officer.add_file": ("task:complete",),
    "officer.add_note": ("case:annotate",),
    "officer.case": ("case:read",),
    "officer.claim": ("task:claim",),
    "officer.complete": ("task:complete",),
    "officer.diagram_source": ("case:read", "definition:read"),
    "officer.inbox": ("task:read",),
    "officer.listing": ("case:read",),
    "officer.new_case": ("case:open",),
    "officer.open_case": ("case:open",),
    "officer.release": ("task:claim",),
    "officer.reopen": ("case:reopen",),
    "officer.report_event": ("case:event",),
    "officer.standing": ("task:complete",),
    "officer.task": ("task:read",),
    "program_keys.end": ("api:use",),
    "program_keys.new": ("api:use",),
    "retention.change": ("retention:hold",),
    "retention.erase": ("retention:erase",),
    "retention.listing": ("retention:read",),
    "retention.show": ("case:read",),
    "scenarios.accept": ("definition:draft",),
    "scenarios.discard": ("definition:draft",),
    "scenarios.edit": ("definition:read",),
    "scenarios.listing": ("definition:read",),
    "scenarios.new": ("definition:read",),
    "scenarios.one": ("definition:read",),
    "scenarios.play": ("definition:read",),
    "scenarios.play_all": ("definition:read",),
    "scenarios.procedure": ("definition:read",),
    "supervisor.incidents": ("incident:retry",),
    "supervisor.instance": ("supervision:read",),
    "supervisor.overview": ("supervision:read",),
    "supervisor.procedure": ("supervision:read",),
    "supervisor.procedures": ("supervision:read",),
    "supervisor.repair": ("process:repair",),
    "supervisor.retry": ("incident:retry",),
    "supervisor.workload": ("supervision:read",),
}
# The JSON API asks by the scope of the key (``webui.api.operations``), each operation its own.
BY_KEY = "api."
