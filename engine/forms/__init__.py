"""Forms: form-js schemas read into fields, which of them count now, and what was sent turned into clean values.

Everything that a person submits passes ``Form.clean``: page, JSON interface and offline queue alike. It knows no
database and no web framework, and it raises nothing but ``Invalid``.
"""

from engine.forms.form import Form
from engine.forms.model import Component, Field, Group, Option, Prose, Repeating, Rule, Space
from engine.forms.parser import parse_form

__all__ = ["Component", "Field", "Form", "Group", "Option", "Prose", "Repeating", "Rule", "Space", "parse_form"]
