"""What every service is told from outside, through environment variables that start with `REGISTAN_`.

Each service extends `ServiceSettings` in its own `settings.py`. A wrong value ends the start with one line that names
the variable, the reason and the way out; nothing here has a default that would be unsafe in production.
"""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.database_address import dsn_of

ServiceName = Literal["registry", "reporting", "notifications"]
SERVICES: tuple[ServiceName, ...] = ("registry", "reporting", "notifications")
_TOKEN_LENGTH = 32
ProcessRole = Literal["web", "worker", "all"]
SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]


class WrongSettings(Exception):
    """A setting is missing or wrong: the message says which variable, why, and what to write instead."""


class KafkaSettings(BaseModel):
    """How to reach Kafka, and the prefix that keeps one installation's topics apart from another's."""

    bootstrap_servers: str
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism | None = None
    username: str | None = None
    password: SecretStr | None = None
    oauth_token_url: str | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    topic_prefix: str = ""
    instance: str | None = None


class KafkaVariables(BaseSettings):
    """What all who talk to Kafka need, services and commands alike."""

    model_config = SettingsConfigDict(env_prefix="REGISTAN_", extra="ignore")

    kafka_bootstrap_servers: str
    kafka_security_protocol: SecurityProtocol = "PLAINTEXT"
    kafka_sasl_mechanism: SaslMechanism | None = None
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_oauth_token_url: str | None = None
    kafka_ca_file: Path | None = None
    kafka_certificate_file: Path | None = None
    kafka_key_file: Path | None = None
    topic_prefix: str = ""
    kafka_instance: Annotated[
        str | None,
        Field(description="A stable name of this process; it gets its partitions back at once after a crash"),
    ] = None

    @model_validator(mode="after")
    def _kafka_settings_fit_each_other(self) -> Self:
        """A password must never travel in the clear because a line was forgotten, and no setting be ignored."""
        sasl = self.kafka_security_protocol.startswith("SASL_")
        tls = self.kafka_security_protocol.endswith("SSL")
        oauth = self.kafka_sasl_mechanism == "OAUTHBEARER"
        credentials = ("kafka_username", "kafka_password")
        need = {
            **dict.fromkeys(("kafka_sasl_mechanism", *credentials), sasl),
            "kafka_oauth_token_url": sasl and oauth,
            **dict.fromkeys(("kafka_certificate_file", "kafka_key_file"), tls and self._one_of_certificate_and_key),
        }
        protocol = f"with REGISTAN_KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol}"
        if oauth or self.kafka_oauth_token_url:
            protocol += f" and REGISTAN_KAFKA_SASL_MECHANISM={self.kafka_sasl_mechanism or 'not set'}"
        for name, needed in need.items():
            if needed and not getattr(self, name):
                raise ValueError(f"REGISTAN_{name.upper()} is not set, and {protocol} it must be")
            if not needed and getattr(self, name):
                raise ValueError(f"REGISTAN_{name.upper()} is set, and {protocol} it would not be used: change either")
        if self.kafka_ca_file and not tls:
            raise ValueError(f"REGISTAN_KAFKA_CA_FILE is set, and {protocol} it would not be used: change either")
        return self

    @property
    def _one_of_certificate_and_key(self) -> bool:
        return bool(self.kafka_certificate_file or self.kafka_key_file)

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings(
            bootstrap_servers=self.kafka_bootstrap_servers,
            security_protocol=self.kafka_security_protocol,
            sasl_mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=self.kafka_password,
            oauth_token_url=self.kafka_oauth_token_url,
            ca_file=self.kafka_ca_file,
            certificate_file=self.kafka_certificate_file,
            key_file=self.kafka_key_file,
            topic_prefix=self.topic_prefix,
            instance=self.kafka_instance,
        )


class ServiceSettings(KafkaVariables):
    """What all three services need. `<SERVICE>` in a variable's name is the service's own name in capitals."""

    name: ServiceName
    database_url: Annotated[SecretStr, Field(description="REGISTAN_<SERVICE>_DATABASE_URL")]
    host: Annotated[str, Field(description="REGISTAN_<SERVICE>_HOST")] = "127.0.0.1"
    port: Annotated[
        int,
        Field(ge=0, le=65535, description="REGISTAN_<SERVICE>_PORT; each service has its own, a command needs none"),
    ] = 0
    session_public_key_file: Annotated[Path, Field(description="PEM of the Ed25519 key that sessions are checked by")]
    metrics_token_file: Annotated[
        Path | None,
        Field(description="The token; a scraper that shows it sees the metrics that people can be counted by."),
    ] = None
    registry_url: str = "http://127.0.0.1:8001"
    reporting_url: str = "http://127.0.0.1:8002"
    notifications_url: str = "http://127.0.0.1:8003"
    trusted_proxies: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Addresses and networks of proxies, whose X-Forwarded-For and -Proto are believed."),
    ] = ()
    drain_seconds: Annotated[
        float, Field(ge=0, le=15, description="How long a process that is told to stop serves on, not ready.")
    ] = 5
    requests_at_once: Annotated[int, Field(ge=1, description="Requests under way in one process; more are 503.")] = 100
    writes_per_minute: Annotated[int, Field(ge=1, description="Changes by one account or token; more are 429.")] = 20000
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("database_url")
    @classmethod
    def _can_be_used(cls, url: SecretStr) -> SecretStr:
        dsn_of(url.get_secret_value())
        return url

    @field_validator("metrics_token_file")
    @classmethod
    def _cannot_be_guessed(cls, file: Path | None) -> Path | None:
        if file is None:
            return None
        try:
            token = file.read_bytes().strip()
        except OSError as error:
            raise ValueError(f"{file} cannot be read: {error.strerror}") from None
        if len(token) < _TOKEN_LENGTH:
            raise ValueError(f"{file} must hold a token of {_TOKEN_LENGTH} characters or more, that nobody can guess")
        return file

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _addresses_or_networks(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        named = tuple(part.strip() for part in given.split(",") if part.strip())
        for one in named:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(
                    f"{one!r} is no IP address and no network: write for example 10.0.3.7, 10.42.0.0/16"
                ) from None
        return named

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


def load_kafka() -> KafkaSettings:
    """How a command reaches Kafka, from the environment.

    Raises:
        WrongSettings: a variable is missing or wrong.
    """
    try:
        return KafkaVariables().kafka
    except ValidationError as error:
        raise WrongSettings("; ".join(_sentence(None, e["loc"], e["msg"]) for e in error.errors())) from None


def _sentence(name: ServiceName | None, location: tuple[int | str, ...], message: str) -> str:
    if not location:  # two settings that do not fit each other: the sentence names them
        return message.removeprefix("Value error, ")
    field = str(location[0])
    infix = f"{name.upper()}_" if name and field in _PER_SERVICE else ""
    why = message.removeprefix("Value error, ")
    reason = "is not set" if message == "Field required" else f"is wrong: {why}"
    return f"REGISTAN_{infix}{field.upper()} {reason}"
