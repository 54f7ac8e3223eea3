"""What service tasks call: small functions registered by the type that diagrams name."""

from engine.handlers import casework, communication
from engine.handlers.registry import HANDLERS

__all__ = ["HANDLERS", "casework", "communication"]
