"""Who acts, what they may do and see, and what was done: decided in one place, from data."""
