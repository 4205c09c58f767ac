"""Create a token for a program."""

from sqlalchemy.exc import IntegrityError

from services.registry.models.token import CreateToken, Token, TokenNameTaken
from shared.clock import Clock
from shared.database import Session
from shared.identity import tokens
from shared.identity.access import record_access


async def create_token(session: Session, command: CreateToken, *, clock: Clock) -> tuple[Token, str]:
    """Let a program in, in every service. The second part is its secret, which cannot be shown again.

    Raises:
        TokenNameTaken: a token of this name is in use.
    """
    secret = tokens.new_token()
    token = Token.created(command, tokens.digest(secret), clock.now())
    session.add(token)
    try:
        await record_access(session, token.access())
    except IntegrityError as error:
        if "uq_token_name" in str(error.orig):
            raise TokenNameTaken(f"A token named '{command.name}' is in use.", field="name") from None
        raise
    return token, secret
