"""Who may do what on the Kafka of this machine: passwords and permissions, granted at each start.

By Kafka's own protocol (KIP-554 for SCRAM), because its command-line tools would start a Java for each call. What is
granted already stays, passwords follow the secrets folder, and what the table no longer names is taken away.
"""

import asyncio
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.admin import CreateAclsRequest_v1, DeleteAclsRequest_v1, DescribeAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from deploy.permissions import Operation, Permission

_SHA_512 = 2
_ITERATIONS = 4096  # what Kafka asks at least; the passwords are 192 random bits
_ANY, _ALLOW = 1, 3
_KINDS = {"topic": 2, "group": 3}
_LITERAL, _PREFIXED = 3, 4
_OPERATIONS: Mapping[Operation, int] = {
    "read": 3,
    "write": 4,
    "create": 5,
    "describe": 8,
    "describe-configs": 10,
    "alter-configs": 11,
}

Binding = tuple[int, str, int, str, str, int, int]
"""A permission as Kafka keeps it: kind, name, pattern, principal, host, operation, allowed."""


async def grant(
    admin: AIOKafkaAdminClient, passwords: Mapping[str, str], table: Sequence[Permission], *, prefix: str
) -> None:
    """Let these principals sign in, and let them do what the table says and, under this prefix, nothing else.

    Raises:
        KafkaError: Kafka refuses.
    """
    await set_passwords(admin, passwords)
    await allow(admin, table)
    wanted = {_binding(one) for one in table}
    if over := [one for one in await _granted(admin) if one not in wanted and one[1].startswith(prefix)]:
        answer = await admin._send_request(_DeleteAcls(over))
        _check((code, message) for code, message, _ in answer.filter_responses)


async def set_passwords(admin: AIOKafkaAdminClient, passwords: Mapping[str, str]) -> None:
    answer = await admin._send_request(_AlterScram(passwords))
    _check((code, f"{user}: {message}") for user, code, message, _ in answer.results)


async def allow(admin: AIOKafkaAdminClient, table: Sequence[Permission]) -> None:
    """Grant these besides what is granted; return when it is in force.

    Raises:
        KafkaError: Kafka refuses.
    """
    bindings = [_binding(one) for one in table]
    answer = await admin._send_request(_CreateAcls(bindings))
    _check(answer.creation_responses)
    for _ in range(500):  # the controller has it; the broker hears of it a moment later, in this order
        if await _granted(admin, bindings[-1]):
            return
        await asyncio.sleep(0.02)
    raise KafkaError("what was granted is not in force after 10 s")


async def _granted(admin: AIOKafkaAdminClient, like: Binding | None = None) -> list[Binding]:
    only = like or (_ANY, None, _ANY, None, None, _ANY, _ANY)
    answer = await admin._send_request(DescribeAclsRequest(*only))
    _check([(answer.error_code, answer.error_message)])
    return [(kind, name, pattern, *acl) for kind, name, pattern, acls in answer.resources for acl in acls]


def _binding(one: Permission) -> Binding:
    pattern = _PREFIXED if one.prefixed else _LITERAL
    return (_KINDS[one.kind], one.name, pattern, f"User:{one.principal}", "*", _OPERATIONS[one.operation], _ALLOW)


def _check(answers: Iterable[tuple[int, str | None]]) -> None:
    for code, message in answers:
        if code:
            raise KafkaError(f"{for_code(code).__name__} {message or ''}")


class _CreateAcls(Request[CreateAclsRequest_v1]):  # type: ignore[misc]
    """aiokafka's own takes one at a time."""

    API_KEY = 30

    def __init__(self, bindings: Sequence[Binding]) -> None:
        self._bindings = bindings

    def build(self, request_struct_class: type[CreateAclsRequest_v1]) -> CreateAclsRequest_v1:
        return request_struct_class(self._bindings)


class _DeleteAcls(Request[DeleteAclsRequest_v1]):  # type: ignore[misc]
    API_KEY = 31

    def __init__(self, bindings: Sequence[Binding]) -> None:
        self._bindings = bindings

    def build(self, request_struct_class: type[DeleteAclsRequest_v1]) -> DeleteAclsRequest_v1:
        return request_struct_class(self._bindings)


class _ScramResponse(Response):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _ScramRequest(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _ScramResponse
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)),
        ),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScram(Request[_ScramRequest]):  # type: ignore[misc]
    API_KEY = 51

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords

    def build(self, request_struct_class: type[_ScramRequest]) -> _ScramRequest:
        upsertions: list[tuple[object, ...]] = []
        for user, password in self._passwords.items():
            salt = os.urandom(16)
            salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
            upsertions.append((user, _SHA_512, _ITERATIONS, salt, salted, {}))
        return request_struct_class([], upsertions, {})
