"""What each principal may do on Kafka: one table, from which everything else comes.

`registan up` and the tests grant it, `registan kafka plan` prints it for those who run a cluster, and the table in
docs/operations.md is compared with it. It follows from the topics (who writes, who reads) and from the consumer groups
of the services; a principal that is not named here may do nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import groupby
from typing import TYPE_CHECKING, Literal, get_args

from shared.settings import SERVICES, ServiceName

if TYPE_CHECKING:
    from shared.contracts import Topic

Principal = Literal["registry", "reporting", "notifications", "settler", "operator", "subscriber"]
PRINCIPALS: tuple[Principal, ...] = get_args(Principal)
Operation = Literal["read", "write", "create", "describe", "describe-configs", "alter-configs"]
"""To read or to write implies to describe."""

ALL = "registan."
"""Where the names of all topics begin."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One principal may do one thing with one topic or group, or with all whose names begin so (`prefixed`)."""

    principal: Principal
    operation: Operation
    kind: Literal["topic", "group"]
    name: str
    prefixed: bool = False


def permissions(prefix: str = "") -> list[Permission]:
    """The whole table, for an installation whose topics and groups carry this prefix."""
    found = [*_writers(), *_listeners(), *_operator(), *_subscriber()]
    ordered = sorted(dict.fromkeys(found), key=lambda one: PRINCIPALS.index(one.principal))
    return [replace(one, name=prefix + one.name) for one in ordered]


def groups_of(service: ServiceName) -> "list[tuple[str, Sequence[Topic]]]":
    """The consumer groups of a service, with what they listen to."""
    return list(import_module(f"services.{service}.groups").GROUPS.items())


def _writers() -> Iterator[Permission]:
    """Who writes a topic also reads it: the registry compares its journal with it, and shows what flows."""
    from shared.contracts import TOPICS

    for topic in TOPICS:
        for operation in ("read", "write"):
            yield Permission(topic.writer, operation, "topic", topic.name)  # type: ignore[arg-type]


def _listeners() -> Iterator[Permission]:
    """Who listens puts away what it cannot apply.

    Who settles dead letters sends public records again; what is private only its own writer can send again.
    """
    from shared.bus.topics import dead_letter_topic

    for service in SERVICES:
        for group, topics in groups_of(service):
            yield Permission(service, "read", "group", group)
            for topic in topics:
                letters = dead_letter_topic(topic.name, group)
                yield Permission(service, "read", "topic", topic.name)
                yield Permission(service, "write", "topic", letters)
                yield Permission("settler", "read", "topic", letters)
                yield Permission("settler", "write", "topic", letters)
                if topic.audience == "public":
                    yield Permission("settler", "write", "topic", topic.name)


def _operator() -> Iterator[Permission]:
    """Who migrates makes topics and keeps their settings, and reads none of them."""
    for operation in ("create", "describe", "describe-configs", "alter-configs"):
        yield Permission("operator", operation, "topic", ALL, prefixed=True)


def _subscriber() -> Iterator[Permission]:
    """A pattern for each subscriber, whose groups carry its own name in front."""
    from shared.contracts import TOPICS

    for topic in TOPICS:
        if topic.audience == "public":
            yield Permission("subscriber", "read", "topic", topic.name)
    yield Permission("subscriber", "read", "group", "subscriber.", prefixed=True)


def as_commands(table: Sequence[Permission]) -> list[str]:
    """The table as calls of Kafka's own tool."""
    return [
        f"kafka-acls.sh --bootstrap-server $KAFKA --command-config admin.properties --add --allow-principal "
        f"User:{principal} {' '.join(f'--operation {kafka_word(one.operation)}' for one in same)} --{kind} '{name}'"
        f"{' --resource-pattern-type prefixed' if prefixed else ''}"
        for (principal, kind, name, prefixed), same in groupby(
            table, key=lambda one: (one.principal, one.kind, one.name, one.prefixed)
        )
    ]


def as_rows(table: Sequence[Permission]) -> list[tuple[str, str, str]]:
    """The table for readers: principal, what it may do, and with which topics or groups."""
    by_name: dict[tuple[str, str, str], list[str]] = {}
    for one in table:
        shown = f"`{one.name}{'*' if one.prefixed else ''}`"
        by_name.setdefault((one.principal, one.kind, shown), []).append(one.operation.replace("-", " "))
    rows: dict[tuple[str, str], list[str]] = {}
    for (principal, kind, shown), operations in by_name.items():
        may = ", ".join(operations) + (" of the group" if kind == "group" else "")
        rows.setdefault((principal, may), []).append(shown)
    return [(principal, may, ", ".join(names)) for (principal, may), names in rows.items()]


def kafka_word(operation: Operation) -> str:
    return "".join(word.capitalize() for word in operation.split("-"))
