"""What the worker looks at each round: reminders, and what has expired."""

from __future__ import annotations

from engine.access import links, mail, sessions, webhooks
from engine.actions import keys
from engine.worklist import reminders

SWEEPS = (reminders.sweep, keys.sweep, sessions.sweep, links.sweep, mail.sweep, webhooks.sweep)
