"""Roles form a ladder: an editor may do what a viewer may, an admin what an editor may.

A ladder instead of a matrix of permissions: it can be explained in one sentence to whoever hands out accounts.
"""

from shared.contracts.access import AccessRole

Role = AccessRole

LADDER: tuple[Role, ...] = ("viewer", "editor", "admin")


def allows(role: Role, needed: Role) -> bool:
    """Whether somebody with `role` may do what needs `needed`."""
    return LADDER.index(role) >= LADDER.index(needed)
