"""Who may use the routes of notifications: those whose role is for every programme.

A notice goes to people of one programme, but the switch, the counts and the mailbox are about all of them. So an
account that is limited to some programmes or countries releases and reads nothing here.
"""

from typing import Annotated

from fastapi import Depends

from shared.identity import EVERYWHERE, Actor
from shared.web.identity import requires

Viewer = Annotated[Actor, Depends(requires("viewer", programme=EVERYWHERE))]
Editor = Annotated[Actor, Depends(requires("editor", programme=EVERYWHERE))]
