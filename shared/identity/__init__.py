"""Who somebody is and what they may do, decided alike in every service and without asking another one."""

from shared.identity.actors import EVERYWHERE, SYSTEM, Actor, NotAllowed, everywhere
from shared.identity.roles import Role

__all__ = ["EVERYWHERE", "SYSTEM", "Actor", "NotAllowed", "Role", "everywhere"]
