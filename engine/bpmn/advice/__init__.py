"""What a good colleague would say of a diagram that runs: remarks with a reason and a way to mend them."""

from engine.bpmn.advice.advise import advise
from engine.bpmn.advice.remarks import RULES, Rule

__all__ = ["RULES", "Rule", "advise"]
