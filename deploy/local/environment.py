"""What each service is told: exactly what it needs, and nothing of another's.

A service that is broken into must not open its neighbour's database, and only the registry can sign sessions or
compute person keys. So the environment of this process is passed on without what belongs to others.
"""

import os
from collections.abc import Mapping

from deploy.local.errors import UnusableUrl
from deploy.local.home import Home
from deploy.local.ports import LOOPBACK, port_of, variable
from deploy.permissions import PRINCIPALS
from shared.database_address import WrongAddress, dsn_of
from shared.settings import SERVICES, KafkaSettings, ServiceName

KAFKA = "REGISTAN_KAFKA_BOOTSTRAP_SERVERS"
PREFIX = "REGISTAN_TOPIC_PREFIX"
SMTP = "REGISTAN_SMTP_HOST"
_KB = 1024
PRIVATE: Mapping[ServiceName, tuple[str, ...]] = {
    "registry": ("REGISTAN_SESSION_PRIVATE_KEY_FILE", "REGISTAN_PERSON_KEY_SECRET_FILE"),
    "notifications": ("REGISTAN_SMTP_", "REGISTAN_MAILBOX_"),
}


def database_variable(service: ServiceName) -> str:
    return f"REGISTAN_{service.upper()}_DATABASE_URL"


def given_database_url(service: ServiceName) -> str | None:
    """The database that the environment names for a service, if it does.

    Raises:
        UnusableUrl: no PostgreSQL can be reached by what it names.
    """
    given = os.environ.get(database_variable(service))
    if not given:
        return None
    try:
        dsn_of(given)
    except WrongAddress as error:
        raise UnusableUrl(variable=database_variable(service), reason=error) from None
    return given


def environment_for(service: ServiceName, home: Home, *, database_url: str, kafka: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a service's process. What the person set wins over what we would.

    Args:
        kafka: how it reaches Kafka, see `given_kafka` and `kafka_variables`.
    """
    inherited = {name: value for name, value in os.environ.items() if may_see(service, name)}
    secrets = home.secrets
    ours = {
        "REGISTAN_HOME": str(home.folder),
        "REGISTAN_LOG_FORMAT": "console",
        "MALLOC_MMAP_THRESHOLD_": str(320 * _KB),  # what Kafka sent goes back to the system once it is read, but not
        "MALLOC_TRIM_THRESHOLD_": str(2048 * _KB),  # the buffers of 256 KiB with which asyncio reads each answer
        "REGISTAN_DRAIN_SECONDS": "0",  # there is no proxy that would have to hear of it
        "REGISTAN_KAFKA_INSTANCE": service,  # a service that was killed has its partitions back at once
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(secrets.session_public_key),
        "REGISTAN_METRICS_TOKEN_FILE": str(secrets.metrics_token),
        variable(service): str(port_of(service)),
        **{f"REGISTAN_{name.upper()}_URL": f"http://{LOOPBACK}:{port_of(name)}" for name in SERVICES},
    }
    if service == "registry":
        ours["REGISTAN_SESSION_PRIVATE_KEY_FILE"] = str(secrets.session_private_key)
        ours["REGISTAN_PERSON_KEY_SECRET_FILE"] = str(secrets.person_key_secret)
    if service == "notifications" and SMTP not in inherited:
        ours[SMTP] = LOOPBACK
        ours["REGISTAN_SMTP_PORT"] = str(port_of("mailbox"))
        ours["REGISTAN_MAILBOX_DIRECTORY"] = str(home.mailbox)
    return ours | inherited | {database_variable(service): database_url, **kafka}


def given_kafka(principal: str) -> dict[str, str]:
    """How a principal reaches the Kafka that the environment names, empty when it names none.

    `REGISTAN_<PRINCIPAL>_KAFKA_…` is for this principal alone and wins over `REGISTAN_KAFKA_…`, which is for all.
    """
    if not os.environ.get(KAFKA):
        return {}
    own = f"REGISTAN_{principal.upper()}_KAFKA_"
    for_all = {name: value for name, value in os.environ.items() if name.startswith("REGISTAN_KAFKA_")}
    for_all.pop(variable("kafka"), None)
    for_it = {f"REGISTAN_KAFKA_{name[len(own) :]}": value for name, value in os.environ.items() if name.startswith(own)}
    return {**for_all, **for_it, **_prefix()}


def kafka_variables(settings: KafkaSettings) -> dict[str, str]:
    """The variables that tell a process these settings."""
    assert settings.password
    assert settings.username
    return {
        KAFKA: settings.bootstrap_servers,
        "REGISTAN_KAFKA_SECURITY_PROTOCOL": settings.security_protocol,
        "REGISTAN_KAFKA_SASL_MECHANISM": settings.sasl_mechanism or "",
        "REGISTAN_KAFKA_USERNAME": settings.username,
        "REGISTAN_KAFKA_PASSWORD": settings.password.get_secret_value(),
        PREFIX: settings.topic_prefix,
    }


def _prefix() -> dict[str, str]:
    return {PREFIX: os.environ[PREFIX]} if PREFIX in os.environ else {}


def may_see(service: ServiceName, name: str) -> bool:
    """Whether a variable of this process may be passed on to a service."""
    owner = next((other for other in PRINCIPALS if name.startswith(f"REGISTAN_{other.upper()}_")), service)
    if owner != service:
        return name == f"REGISTAN_{owner.upper()}_URL"
    others = [prefix for other, prefixes in PRIVATE.items() if other != service for prefix in prefixes]
    return not name.startswith(tuple(others))
