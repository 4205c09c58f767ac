"""One service as a process: the work of `registan service`.

`registan up` runs it as `python -m deploy.service NAME`: a process that lives for months need not carry all commands.
"""

import asyncio
import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from deploy.errors import or_one_line
from shared.settings import SERVICES, ProcessRole, ServiceName

if TYPE_CHECKING:
    from shared.service import Service


def run_service(name: ServiceName, role: ProcessRole = "all") -> None:
    """Run it in the foreground, with the settings in the environment, until it is told to stop."""
    gc.disable()  # nothing that is loaded now becomes garbage
    from shared.running import run
    from shared.telemetry import logs, traces

    service: Service = import_module(f"services.{name}.app").build()
    logs.configure(service.settings.log_format, service.settings.log_level, name)
    traces.configure(name)
    gc.freeze()  # and it lives as long as the process, so it is never searched for garbage
    gc.enable()
    asyncio.run(run(service, role))


if __name__ == "__main__":
    [asked] = sys.argv[1:]
    or_one_line(lambda: run_service(next(name for name in SERVICES if name == asked)))
