"""Open tasks as people look for them: inboxes, and the reminders of what falls due."""
