"""A made-up installation that looks like a working one: driven through the engine's own commands on a movable clock."""

from engine.actions.demo.build import DEMO_PASSWORD, build
from engine.actions.demo.cast import PEOPLE

__all__ = ["DEMO_PASSWORD", "PEOPLE", "build"]
