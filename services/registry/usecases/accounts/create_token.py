"""Create a token for a program."""

from sqlalchemy.exc import IntegrityError

from services.registry.models.token import CreateToken, Token, TokenNameTaken
from services.registry.usecases.accounts.changes import account_changed, refuse_unless_administrator
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor, tokens


async def create_token(session: Session, command: CreateToken, *, actor: Actor, clock: Clock) -> tuple[Token, str]:
    """Let a program in, in every service. The second part is its secret, which cannot be shown again.

    Raises:
        NotAllowed
        TokenNameTaken: a token of this name is in use.
    """
    refuse_unless_administrator(actor)
    secret = tokens.new_token()
    token = Token.created(command, tokens.digest(secret), clock.now())
    session.add(token)
    try:
        await account_changed(session, token, "token-created", actor=actor, clock=clock)
    except IntegrityError as error:
        if "uq_token_name" in str(error.orig):
            raise TokenNameTaken(f"A token named '{command.name}' is in use.", field="name") from None
        raise
    return token, secret
