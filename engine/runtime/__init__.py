"""Running instances: every command is one step inside the caller's transaction."""
