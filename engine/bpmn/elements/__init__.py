"""What each kind of element does: one module a family, found by the tag that is drawn."""
