"""One function for each thing that an actor can do or look at: decide, do, record."""
