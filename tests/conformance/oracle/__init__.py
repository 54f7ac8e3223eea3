"""A token game of our own, random nets, and the engine played against it. Nothing here but ``played`` knows the engine."""
