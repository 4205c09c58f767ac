"""Figures: counting rule × filters × as-of date → a number, what is unknown about it, and what was counted."""
