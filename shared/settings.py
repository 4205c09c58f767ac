"""What every service is told from outside, through environment variables that start with `REGISTAN_`.

Each service extends `ServiceSettings` in its own `settings.py`. A wrong value ends the start with one line that names
the variable, the reason and the way out; nothing here has a default that would be unsafe in production.
"""

import os
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.database_address import dsn_of

ServiceName = Literal["registry", "reporting", "notifications"]
SERVICES: tuple[ServiceName, ...] = ("registry", "reporting", "notifications")
ProcessRole = Literal["web", "worker", "all"]


class WrongSettings(Exception):
    """A setting is missing or wrong: the message says which variable, why, and what to write instead."""


class KafkaSettings(BaseModel):
    """How to reach Kafka, and the prefix that keeps one installation's topics apart from another's."""

    bootstrap_servers: str
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    topic_prefix: str = ""
    instance: str | None = None


class ServiceSettings(BaseSettings):
    """What all three services need. `<SERVICE>` in a variable's name is the service's own name in capitals."""

    model_config = SettingsConfigDict(env_prefix="REGISTAN_", extra="ignore")

    name: ServiceName
    database_url: Annotated[SecretStr, Field(description="REGISTAN_<SERVICE>_DATABASE_URL")]
    host: Annotated[str, Field(description="REGISTAN_<SERVICE>_HOST")] = "127.0.0.1"
    port: Annotated[
        int,
        Field(ge=0, le=65535, description="REGISTAN_<SERVICE>_PORT; each service has its own, a command needs none"),
    ] = 0
    kafka_bootstrap_servers: str
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    topic_prefix: str = ""
    kafka_instance: Annotated[
        str | None,
        Field(description="A stable name of this process; it gets its partitions back at once after a crash"),
    ] = None
    session_public_key_file: Annotated[Path, Field(description="PEM of the Ed25519 key that sessions are checked by")]
    registry_url: str = "http://127.0.0.1:8001"
    reporting_url: str = "http://127.0.0.1:8002"
    notifications_url: str = "http://127.0.0.1:8003"
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("database_url")
    @classmethod
    def _can_be_used(cls, url: SecretStr) -> SecretStr:
        dsn_of(url.get_secret_value())
        return url

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings(
            bootstrap_servers=self.kafka_bootstrap_servers,
            security_protocol=self.kafka_security_protocol,
            sasl_mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=self.kafka_password,
            ca_file=self.kafka_ca_file,
            topic_prefix=self.topic_prefix,
            instance=self.kafka_instance,
        )

    @property
    def secure_cookies(self) -> bool:
        """Cookies are marked Secure wherever the pages are reached over https."""
        return self.registry_url.startswith("https://")


S = TypeVar("S", bound=ServiceSettings)

_PER_SERVICE = ("database_url", "host", "port")


def load(kind: type[S], name: ServiceName) -> S:
    """Read a service's settings from the environment.

    Raises:
        WrongSettings: a variable is missing or wrong.
    """
    own = {
        field: os.environ[variable]
        for field in _PER_SERVICE
        if (variable := f"REGISTAN_{name.upper()}_{field.upper()}") in os.environ
    }
    try:
        return kind(name=name, **own)  # type: ignore[arg-type]
    except ValidationError as error:
        raise WrongSettings("; ".join(_sentence(name, e["loc"], e["msg"]) for e in error.errors())) from None


def _sentence(name: ServiceName, location: tuple[int | str, ...], message: str) -> str:
    if not location:  # two settings that do not fit each other: the sentence names them
        return message.removeprefix("Value error, ")
    field = str(location[0])
    infix = f"{name.upper()}_" if field in _PER_SERVICE else ""
    why = message.removeprefix("Value error, ")
    reason = "is not set" if message == "Field required" else f"is wrong: {why}"
    return f"REGISTAN_{infix}{field.upper()} {reason}"
