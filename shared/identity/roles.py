"""Roles, and what they are granted for: one programme or all, and for a coordinator some countries of it.

The roles form a ladder: a coordinator may do what a viewer may, an editor what a coordinator may, an admin what an
editor may. A coordinator is an editor of what concerns their countries and nothing else.
"""

from shared.contracts.access import Grant, GrantRole

Role = GrantRole

LADDER: tuple[Role, ...] = ("viewer", "coordinator", "editor", "admin")


def allows(role: Role, needed: Role) -> bool:
    """Whether somebody with `role` may do what needs `needed`."""
    return LADDER.index(role) >= LADDER.index(needed)


def highest(grants: tuple[Grant, ...]) -> Role:
    """The highest role among grants."""
    return max((grant.role for grant in grants), key=LADDER.index, default="viewer")
