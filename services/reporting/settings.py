"""What reporting is told from outside: nothing besides what every service is."""

from typing import Annotated

from pydantic import Field

from shared.settings import ServiceSettings


class ReportingSettings(ServiceSettings):
    port: Annotated[int, Field(ge=0, le=65535, description="REGISTAN_REPORTING_PORT")] = 8002
