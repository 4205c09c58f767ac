"""Who somebody is and what they may do, decided alike in every service and without asking another one."""

from shared.identity.actors import SYSTEM, Actor
from shared.identity.roles import Role

__all__ = ["SYSTEM", "Actor", "Role"]
