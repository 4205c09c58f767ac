"""The request that changes some settings of topics and touches no others (KIP-339), which aiokafka lacks."""

from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResourceType
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

_SET = 0


class _Response(Response):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "resources",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
            ),
        ),
    )


class _Struct(RequestStruct):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                (
                    "configs",
                    Array(("name", String("utf-8")), ("operation", Int8), ("value", String("utf-8"))),
                ),
            ),
        ),
        ("validate_only", Boolean),
    )


class _IncrementalAlterConfigs(Request[_Struct]):  # type: ignore[misc]
    API_KEY = 44

    def __init__(self, topics: Mapping[str, Mapping[str, str]]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Struct]) -> _Struct:
        resources = [
            (ConfigResourceType.TOPIC, topic, [(name, _SET, value) for name, value in settings.items()])
            for topic, settings in self._topics.items()
        ]
        return request_struct_class(resources, False)


async def set_topic_configs(admin: AIOKafkaAdminClient, topics: Mapping[str, Mapping[str, str]]) -> None:
    """Set these settings of these topics; whatever is not named stays as it is.

    Raises:
        KafkaError: Kafka refuses one of them.
    """
    answer = await admin._send_request(_IncrementalAlterConfigs(topics))
    for code, message, _, topic in answer.resources:
        if code:
            raise KafkaError(
                f"the settings of topic {topic} cannot be changed: {for_code(code).__name__} {message or ''}"
            )
