"""The case file: offices, calendars, people, cases and what hangs on a case. Records only; no process is known here.

Every function takes the ``Context`` of an open transaction and never ends it. Whether the actor may do it is asked
before, by ``engine.actions``.
"""
