"""Writing down what administrators do to accounts: every such use case ends with `account_changed`."""

from sqlmodel import col, select

from services.registry.models.account_change import AccountAct, AccountChange
from services.registry.models.errors.account import NoAdministratorLeft
from services.registry.models.granted import Granted, Grants
from services.registry.models.token import Token
from services.registry.models.user import User
from shared.clock import Clock
from shared.database import Session
from shared.identifiers import new_id
from shared.identity import EVERYWHERE, Actor, NotAllowed
from shared.identity.access import record_access


def refuse_unless_administrator(actor: Actor) -> None:
    """Accounts belong to the installation: an administrator of some programmes alone does not hand them out.

    Raises: NotAllowed
    """
    if not actor.may("admin", programme=EVERYWHERE):
        raise NotAllowed("Accounts are for administrators of all programmes.")


async def account_changed(
    session: Session,
    account: User | Token,
    what: AccountAct,
    *,
    actor: Actor,
    clock: Clock,
    before: Grants | None = None,
) -> None:
    """Record the change and who made it, and tell the other services what the account may do from now on."""
    after = account.grants if account.active else ()
    session.add(
        AccountChange(
            id=new_id(),
            account_id=account.id,
            what=what,
            actor_id=actor.id,
            actor_kind=actor.kind,
            at=clock.now(),
            before=before,
            after=after,
        )
    )
    await record_access(session, account.access())


async def refuse_without_administrator(session: Session, user: User) -> None:
    """See that somebody can still hand out accounts when this user no longer does. Rows are locked, so that two
    administrators cannot both be the last but one.

    Raises: NoAdministratorLeft
    """
    query = select(User).where(User.role == "admin", col(User.active)).order_by(col(User.id)).with_for_update()
    if not [each for each in await session.exec(query) if each.id != user.id]:
        raise NoAdministratorLeft


async def changes_of(session: Session, account: Granted) -> list[AccountChange]:
    """What was done to an account, newest first."""
    query = select(AccountChange).where(AccountChange.account_id == account.id)  # type: ignore[attr-defined]
    return list(await session.exec(query.order_by(col(AccountChange.at).desc(), col(AccountChange.id).desc())))
