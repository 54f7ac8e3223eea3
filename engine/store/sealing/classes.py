"""How each column of the database is kept, and why: one table, from which the documentation and the checks come.

``open``: readable by whoever has the database. ``sealed``: ciphertext. ``blind``: a keyed digest, to be found by equality.
``digest``: a digest of a secret or content that is not kept here. A column that is not named here fails the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

OPEN, SEALED, BLIND, DIGEST = "open", "sealed", "blind", "digest"


@dataclass(frozen=True, slots=True)
class Kept:
    """How some columns of a table are kept, and why so."""

    table: str
    kind: str
    columns: tuple[str, ...]
    why: str


def _row(table: str, kind: str, columns: str, why: str) -> Kept:
    return Kept(table, kind, tuple(columns.split()), why)


IDS = "identifiers and times"
STAFF = "of an official's account, not of a protected person"
DRAWN = "what designers publish; the same for every case"
PLACE = "where it stands: what lists and counts are made of"

CLASSES: tuple[Kept, ...] = (
    # Casework
    _row("office", OPEN, "code name type city country timezone lat lon jurisdiction languages active", "public"),
    _row(
        "person",
        SEALED,
        "given_names first_surname second_surname name search_key alias dni birth_date sex municipality phone",
        "who a protected person is",
    ),
    _row("person", OPEN, "id birth_exact created_at", IDS),
    _row("person_token", BLIND, "token", "parts of names and documents, to find a person by"),
    _row("person_token", OPEN, "person_id", IDS),
    _row("person_merge", SEALED, "before", "who two registrations of a protected person were"),
    _row("person_merge", OPEN, "id kept_id gone_id merged_by merged_at until undone_by undone_at", IDS),
    _row("case_file", SEALED, "title", "says whose case it is"),
    _row(
        "case_file",
        OPEN,
        "id folio previous_folio person_id owner_id opened_at opened_by closed_at version erased_at",
        IDS,
    ),
    _row("case_file", OPEN, "provisional office_code domain type priority status compartments resolution", PLACE),
    _row("case_member", OPEN, "case_id user_id named_by named_at", IDS),
    _row("case_guardian", OPEN, "case_id office_code given_by given_at", IDS),
    _row("case_opening", SEALED, "reason remark", "tells what is the matter with a person"),
    _row("case_opening", OPEN, "id case_id user_id cleared at until reviewed_by reviewed_at justified", IDS),
    _row("legal_hold", SEALED, "reason lifted_reason", "tells what is the matter with a person"),
    _row("legal_hold", OPEN, "id case_id held_by held_at lifted_by lifted_at", IDS),
    _row("erasure", OPEN, "id asked_by asked_at expected erased finished_at", IDS),
    _row("case_figure", OPEN, "case_id", IDS),
    _row(
        "case_figure",
        OPEN,
        "sex age_group department people stage vulnerability",
        "codes for the statistics, of a case that has no name any more",
    ),
    _row("folio_counter", OPEN, "office_code year series last", "numbers that were given"),
    _row("case_link", OPEN, "from_case_id to_case_id kind created_at created_by", IDS),
    _row("case_relation", SEALED, "kinship reason", "whose family a person is, and why one thinks so"),
    _row("case_relation", OPEN, "id case_id other_id kind created_at created_by", IDS),
    _row("institution", OPEN, "id office_code changed_at changed_by", IDS),
    _row("institution", OPEN, "folded kind name phone other_phone email address city hours", "public, and of no case"),
    _row(
        "case_contact",
        SEALED,
        "kind name person role phone other_phone email address city hours reference note",
        "where a protected person is, and whom one asks about them",
    ),
    _row("case_contact", OPEN, "id case_id level created_at created_by changed_at removed_at removed_by", IDS),
    _row("timeline_entry", SEALED, "text_es text_en data", "what happened to a person, in words"),
    _row("timeline_entry", OPEN, "id case_id at actor_id kind level", IDS),
    _row("timeline_entry", OPEN, "actor_name", STAFF),
    _row("note", SEALED, "text", "testimony and remarks"),
    _row("note", OPEN, "id case_id at author_id", IDS),
    _row("note", OPEN, "author_name", STAFF),
    _row("document", SEALED, "subject addressee data void_reason content", "letters about a person"),
    _row("document", OPEN, "id case_id number code created_at created_by level state signed_at signed_by", IDS),
    _row("document", OPEN, "signed_name signed_role", STAFF),
    _row("document", OPEN, "check_code", "printed on the letter; opens nothing but its verification"),
    _row("document", DIGEST, "digest", "of the signed letter, which says nothing without it"),
    _row("notification", SEALED, "text_es text_en", "may name a person"),
    _row("notification", OPEN, "id user_id role office_code case_id task_id kind created_at read_at mail_at", PLACE),
    # Files
    _row("attachment", SEALED, "name digest", "file names name people; the digest would tell a known photo"),
    _row("attachment", OPEN, "id case_id content_id thumbnail_id task_id field at actor_id deleted_at deleted_by", IDS),
    _row("attachment", OPEN, "kind media_type size level scan threat with_metadata", "what kind of file it is"),
    _row("attachment", OPEN, "actor_name", STAFF),
    _row("stored_content", SEALED, "key", "opens a content"),
    _row("stored_content", BLIND, "fingerprint", "of the content, to keep it once"),
    _row("stored_content", OPEN, "id object size created_at dropped_at", IDS),
    # Running procedures
    _row("process_instance", BLIND, "start_key", "a correlation key can be a document"),
    _row("process_instance", OPEN, "id definition_id case_id stamp started_at ended_at", IDS),
    _row("process_instance", OPEN, "process_id office_code state version format last_sequence", PLACE),
    _row("token", SEALED, "data", "values of a loop or a call"),
    _row("token", OPEN, "id instance_id scope_id definition_id element_id state entered_at", PLACE),
    _row("scope", SEALED, "variables data", "every answer that was given"),
    _row("scope", OPEN, "id instance_id parent_id owner_id definition_id kind", PLACE),
    _row("subscription", SEALED, "data", "has the correlation key itself"),
    _row("subscription", BLIND, "key", "a correlation key can be a document"),
    _row("subscription", OPEN, "id instance_id scope_id token_id definition_id element_id kind name due_at", PLACE),
    _row("user_task", SEALED, "draft", "answers that were not sent yet"),
    _row("user_task", SEALED, "answers", "what it was completed with"),
    _row("user_task", OPEN, "id instance_id case_id definition_id element_id form_id assignee_id completed_by", IDS),
    _row(
        "user_task",
        OPEN,
        "rank shelf due_at follow_up_at created_at claimed_at completed_at remind_at remind_step",
        IDS,
    ),
    _row("user_task", OPEN, "office_code domain process_id priority state overdue version", PLACE),
    _row("user_task", OPEN, "name documentation", DRAWN),
    _row("task_comment", SEALED, "text", "testimony and remarks"),
    _row("task_comment", OPEN, "id task_id case_id at author_id level", IDS),
    _row("task_comment", OPEN, "author_name", STAFF),
    _row("user_task_candidate", OPEN, "task_id kind value office_code", "a role or an official"),
    _row("job", SEALED, "data error", "answers that a service is given; what failed with them"),
    _row("job", OPEN, "id kind type state rank instance_id token_id case_id due_at retries attempts lease", PLACE),
    _row("job", OPEN, "leased_until created_at", IDS),
    _row("incident", SEALED, "text_es text_en", "can tell the value that an element failed with"),
    _row("incident", OPEN, "id instance_id token_id definition_id element_id case_id office_code code", PLACE),
    _row("incident", OPEN, "created_at resolved_at resolved_by", IDS),
    _row("message", SEALED, "variables", "what is told"),
    _row("message", BLIND, "key", "a correlation key can be a document"),
    _row("message", OPEN, "id name message_id published_at expires_at", IDS),
    _row("message_correlation", OPEN, "message_id instance_id", IDS),
    _row("activity_history", OPEN, "instance_id sequence version token_id scope_id definition_id element_id", PLACE),
    _row("activity_history", OPEN, "kind action entered_at at actor_id", IDS),
    _row("step_history", SEALED, "changes", "every answer that was given"),
    _row("step_history", OPEN, "instance_id version at actor_id command element_id", PLACE),
    _row("command_key", SEALED, "answer", "what a command answered"),
    _row("command_key", OPEN, "key actor_id at", IDS),
    # Definitions
    _row("deployment", OPEN, "id at by note", DRAWN),
    _row("resource", OPEN, "id name content", DRAWN),
    _row("resource", DIGEST, "digest", "of the content"),
    _row("process_definition", OPEN, "id process_id version version_tag name domain latest", DRAWN),
    _row("process_definition", OPEN, "resource_id deployment_id", IDS),
    _row("decision_definition", OPEN, "id decision_id version name latest resource_id deployment_id", DRAWN),
    _row("form_definition", OPEN, "id form_id version title latest resource_id deployment_id", DRAWN),
    _row("start_subscription", OPEN, "id definition_id element_id kind name due_at cycle remaining", DRAWN),
    _row("draft", OPEN, "id key name content base_definition_id version saved_at saved_by", DRAWN),
    _row("scenario_text", OPEN, "id key process_id draft content version saved_at saved_by", DRAWN),
    _row("rehearsal", OPEN, "id process_id draft state started_at started_by finished_at result", DRAWN),
    _row("rehearsal", DIGEST, "digest", "of what was played"),
    # Access
    _row("user", OPEN, "id email name office_code language active created_at digest_hour digest_at digest_last", STAFF),
    _row("notice_choice", OPEN, "user_id topic way", STAFF),
    _row("user", DIGEST, "password_hash", "argon2id"),
    _row("user_role", OPEN, "user_id role", STAFF),
    _row("absence", OPEN, "id user_id substitute_id starts_at ends_at made_by made_at called_off_at", STAFF),
    _row("saved_view", SEALED, "name query", "what is searched for may be a person's name"),
    _row("saved_view", OPEN, "id user_id created_at", IDS),
    _row("user_clearance", OPEN, "user_id compartment given_by given_at", STAFF),
    _row("user_session", DIGEST, "digest", "of the session's secret"),
    _row("user_session", OPEN, "id user_id stage method address agent", STAFF),
    _row("user_session", OPEN, "created_at seen_at authenticated_at idle_until ends_at", IDS),
    _row("identity", OPEN, "issuer subject user_id created_at", STAFF),
    _row("totp_secret", SEALED, "secret", "makes codes"),
    _row("totp_secret", OPEN, "user_id last_step created_at confirmed_at", IDS),
    _row("recovery_code", DIGEST, "digest", "of a code"),
    _row("recovery_code", OPEN, "user_id", IDS),
    _row(
        "passkey", OPEN, "id user_id credential public_key sign_count name created_at used_at", "public by its nature"
    ),
    _row("link", DIGEST, "digest", "of a link's secret"),
    _row("link", OPEN, "purpose user_id created_at expires_at", IDS),
    _row("spent", DIGEST, "digest", "of an answered challenge"),
    _row("spent", OPEN, "until", IDS),
    _row("known_device", DIGEST, "digest", "of a cookie"),
    _row("known_device", OPEN, "user_id created_at seen_at", IDS),
    _row("recovery", SEALED, "reason", "free text about somebody"),
    _row("recovery", OPEN, "id user_id state asked_by asked_at answered_by answered_at", IDS),
    _row("mail", SEALED, "data", "what a mail is made of"),
    _row("mail", OPEN, "id user_id kind attempts due_at created_at", IDS),
    _row("sign_in_attempt", OPEN, "id key at", STAFF),
    _row("api_token", DIGEST, "digest", "of the token"),
    _row("api_token", OPEN, "id user_id name hint scopes created_at expires_at used_at used_from ended_at", STAFF),
    _row("webhook", SEALED, "secret", "signs what is sent"),
    _row(
        "webhook", OPEN, "id name url events office_code active created_at created_by", "of a program, not of a person"
    ),
    _row(
        "webhook_delivery", OPEN, "id webhook_id event body state attempts due_at", "ids and codes, nothing of a person"
    ),
    _row("webhook_delivery", OPEN, "created_at ended_at status error", IDS),
    # The audit holds ids and names of acts; it stays readable without any key, so that it can be verified elsewhere.
    _row("audit_entry", OPEN, "id at actor_id object_id case_id request_id", IDS),
    _row(
        "audit_entry", OPEN, "office_code address action allowed data", "ids and names of acts; verified without keys"
    ),
    _row("audit_link", OPEN, "sequence entry_id", IDS),
    _row("audit_link", DIGEST, "digest", "of the chain"),
    _row("audit_checkpoint", OPEN, "sequence at key_id signature", "signed, to be verified by anybody"),
    _row("audit_checkpoint", DIGEST, "digest", "of the chain"),
    # Keys
    _row("data_key", SEALED, "wrapped", "by the master key, which is not in the database"),
    _row("data_key", OPEN, "version purpose master_id created_at retired_at", IDS),
)
