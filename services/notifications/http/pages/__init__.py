"""The pages of notifications: what waits and what was sent, and on one's own machine the mails themselves."""

from fastapi import APIRouter

from services.notifications.http.pages import fragments, mailbox, mails, notices

router = APIRouter(include_in_schema=False)
for part in (notices, mails, mailbox, fragments):
    router.include_router(part.router)
