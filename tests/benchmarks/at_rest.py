"""How long it takes from a click to the figure when nobody else does anything: 500 activities, one after the other.

Runs against an installation that is up (`registan up`), through its doors, in the programme SAMPLE:
`python -m tests.benchmarks.at_rest`. Each activity is posted to the registry, and reporting is asked until its figure
has counted it; the time is from the sending of the first to the answer of the last, asking included.
"""

import asyncio
import os
import subprocess
import sys
import time
from statistics import quantiles

import httpx2

HELD = {
    "programme": "SAMPLE",
    "phase": "1",
    "kind": "workshop",
    "title": {"en": "Sample workshop"},
    "starts": "2026-09-01",
    "status": "held",
}
SAMPLE = {"name": {"en": "Sample programme"}, "synthetic": True, "phases": [{"code": "1"}]}


def token() -> str:
    """A new one of this installation, for this run."""
    command = [sys.executable, "-m", "deploy.cli", "tokens", "create", f"at-rest-{time.time_ns()}", "--role", "admin"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]


async def measure(times: int) -> list[float]:
    """Seconds from POST to figure, of each."""
    registry = os.environ.get("REGISTAN_REGISTRY_URL", "http://127.0.0.1:8001") + "/registry/api/v1"
    reporting = os.environ.get("REGISTAN_REPORTING_URL", "http://127.0.0.1:8002") + "/reporting/api/v1"
    figure = f"{reporting}/figures/events.v1?programme=SAMPLE"
    took = []
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token()}"}, timeout=30) as client:
        await client.put(f"{registry}/programmes/SAMPLE", json=SAMPLE)  # refused when it is there, which is as good
        while (answer := await client.get(figure)).status_code != 200:
            await asyncio.sleep(0.1)
        value = answer.json()["value"]
        for _ in range(times):
            began = time.perf_counter()
            (await client.post(f"{registry}/activities", json=HELD)).raise_for_status()
            value += 1
            while (await client.get(figure)).json()["value"] != value:
                pass
            took.append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    measured = asyncio.run(measure(500))
    cuts = quantiles(measured, n=100, method="inclusive")
    print(f"POST → figure, {len(measured)} times: p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms")  # noqa: T201
