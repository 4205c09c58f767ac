"""What the registry is told from outside, besides what every service is: the two secrets that only it holds."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.registry.models import PersonKeys
from shared.settings import ServiceSettings, WrongSettings

_VARIABLE = "REGISTAN_PERSON_KEY_SECRET_FILE"


class RegistrySettings(ServiceSettings):
    port: Annotated[int, Field(ge=0, le=65535, description="REGISTAN_REGISTRY_PORT")] = 8001
    session_private_key_file: Annotated[Path, Field(description="PEM of the Ed25519 key that sessions are signed by")]
    person_key_secret_file: Annotated[Path, Field(description="At least 32 bytes that nobody can guess")]

    subscribers_kafka: Annotated[
        str | None,
        Field(description="Bootstrap servers that subscribers use: named in the catalogue of contracts."),
    ] = None
    subscribers_contact: Annotated[
        str | None,
        Field(description="Where subscribers ask: a mail address or an address of a page, named in the catalogue."),
    ] = None

    def person_keys(self) -> PersonKeys:
        """What makes the pseudonyms.

        Raises:
            WrongSettings: the secret cannot be read, or is too short to be one.
        """
        try:
            return PersonKeys(self.person_key_secret_file.read_bytes().strip())
        except OSError as error:
            raise WrongSettings(f"{_VARIABLE}: {error.filename} cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise WrongSettings(f"{_VARIABLE} is wrong: {error}") from None
