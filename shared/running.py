"""Running a service: its web server and its runners, from the start until it is told to stop, in order.

A runner that fails is started again with growing pauses, so that a service survives the absence of Kafka or PostgreSQL;
whether it can do its work is what `/readyz` says.
"""

import asyncio
import signal
import time
from importlib.metadata import version

import structlog

from shared.pauses import Pauses
from shared.service import CannotGoOn, Runner, Service, wait
from shared.settings import ProcessRole
from shared.telemetry import metrics
from shared.web.server import serve

log = structlog.get_logger()

STOP_WITHIN = 25.0  # seconds from SIGTERM to the end of the process
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY = 10.0  # seconds after which a runner that fails is taken to have worked


async def run(service: Service, role: ProcessRole) -> None:
    """Run a service until SIGTERM or SIGINT, then stop it in order within 25 seconds.

    First `/readyz` says 503, and the runners finish what they have begun (a batch, a mail), while the web server still
    answers every request, because proxies hear of it some seconds later; then the server closes, then the database.

    Raises:
        CannotGoOn: a runner says that a person has to decide before anything goes on.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stop_server = asyncio.Event()
    server = asyncio.create_task(serve(service, role, stop_server, leaving=stop))
    server.add_done_callback(lambda _: stop.set())
    runners = [asyncio.create_task(supervise(runner, stop), name=runner.name) for runner in service.runners(role)]
    metrics.build_info.labels(version("registan")).set(1)
    log.info("service_started", service=service.name, role=role, port=service.settings.port)
    for runner in runners:
        runner.add_done_callback(lambda done: stop.set() if not done.cancelled() and done.exception() else None)
    await stop.wait()
    log.info("service_stopping", service=service.name)
    drained = asyncio.create_task(asyncio.sleep(0 if server.done() else service.settings.drain_seconds))
    if runners:
        _, late = await asyncio.wait(runners, timeout=STOP_WITHIN - 5)
        for task in late:
            log.error("runner_did_not_stop", runner=task.get_name())
            task.cancel()
        await asyncio.gather(*runners, return_exceptions=True)
    await drained
    stop_server.set()
    try:
        await server
    finally:
        await service.database.close()
        log.info("service_stopped", service=service.name)
    for runner in runners:
        if not runner.cancelled() and (refusal := runner.exception()):
            raise refusal


async def supervise(runner: Runner, stop: asyncio.Event) -> None:
    """Keep a runner running until `stop` is set."""
    pauses = Pauses(_FIRST_PAUSE, _LONGEST_PAUSE)
    while not stop.is_set():
        begun = time.monotonic()
        try:
            await runner.run(stop)
        except (asyncio.CancelledError, CannotGoOn):
            raise
        except Exception as error:
            if time.monotonic() - begun > _STEADY:  # it had worked: this is another failure, not the same one
                pauses.begin_again()
            pause = pauses.next()
            log.exception("runner_failed", runner=runner.name, error=type(error).__name__, again_in_seconds=pause)
            await wait(stop, pause)
        else:
            pauses.begin_again()
