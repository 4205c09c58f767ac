"""Who may use the routes: each asks for a role somewhere, and the desk asks again with what it is about.

The switch and the mailbox are about the mails of all programmes: they need the role in every one. A viewer learns here
whether mails go out, and no number of them.
"""

from typing import Annotated

from fastapi import Depends

from shared.identity import EVERYWHERE, Actor
from shared.web.identity import Coordinator, Viewer, requires

__all__ = ["Coordinator", "EditorOfAll", "Viewer"]

EditorOfAll = Annotated[Actor, Depends(requires("editor", programme=EVERYWHERE))]
