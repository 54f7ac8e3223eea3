"""The JSON API: what the pages do, for programs. Views are declared once, and the OpenAPI document is made of them."""

from webui.api import cases, contacts, me, messages, reference, related, tasks
from webui.api.operations import api

__all__ = ["api", "cases", "contacts", "me", "messages", "reference", "related", "tasks"]
