"""The bus of the installation this command runs beside."""

from typing import TYPE_CHECKING

from deploy.local.home import as_service

if TYPE_CHECKING:
    from shared.bus.kafka import Bus
    from shared.settings import ServiceName


def bus_here(service: "ServiceName" = "registry") -> "Bus":
    """How a service of this installation reaches Kafka."""
    from shared.bus.kafka import Bus
    from shared.settings import ServiceSettings, load

    with as_service(service):
        return Bus(load(ServiceSettings, service).kafka)
