"""The first way in to a new installation: an administrator, and a link that signs them in once."""

from sqlmodel import col, select

from services.registry.models.user import AddUser, EmailTaken, User
from services.registry.usecases.accounts.add_user import add_user
from services.registry.usecases.accounts.one_time_link import one_time_link
from shared.clock import SystemClock
from shared.database import Database, Session
from shared.identity import SYSTEM
from shared.settings import ServiceSettings, load

FIRST = AddUser(email="admin@localhost", name="Administrator", role="admin")


async def sign_in_link() -> str:
    """A line with a one-time link for the first administrator, who is added where there never was one."""
    settings = load(ServiceSettings, "registry")
    database = Database(settings.database_url.get_secret_value())
    clock = SystemClock()
    try:
        async with database.transaction() as session:
            admin = await _first_admin(session) or await add_user(session, FIRST, actor=SYSTEM, clock=clock)
            link = await one_time_link(session, admin, registry_url=settings.registry_url, clock=clock)
    except EmailTaken:  # they were disabled, which is not ours to undo
        return "There is no administrator: add one with `registan users add EMAIL --role admin --name NAME`"
    finally:
        await database.close()
    return f"Sign in (once, within 15 minutes): {link}"


async def _first_admin(session: Session) -> User | None:
    admins = select(User).where(User.role == "admin", col(User.active)).order_by(col(User.created_at)).limit(1)
    return (await session.exec(admins)).one_or_none()
