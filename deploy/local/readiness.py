"""What a service says of itself at `/readyz`."""

import http.client
import json

from deploy.local.ports import LOOPBACK


def missing_at(port: int) -> str:
    """What the service on this port lacks to do its work, in its own words; empty when it is ready."""
    status, words = _ask(port)
    return "" if status == http.client.OK else words


def away_from(port: int) -> str:
    """What a service that is ready does without at this moment; empty when all is well."""
    status, words = _ask(port)
    if status != http.client.OK:
        return words
    checks: dict[str, str] = json.loads(words)["checks"]
    return "; ".join(f"{name}: {found}" for name, found in checks.items() if found != "ok")


def lives_at(port: int) -> bool:
    """Whether the service on this port answers at all."""
    status, _ = _ask(port, "/healthz", 1.0)
    return status == http.client.OK


def _ask(port: int, path: str = "/readyz", seconds: float = 5.0) -> tuple[int, str]:
    """The status and the words of the answer; 0 when nobody answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        words = answer.read(2000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return 0, f"it does not answer ({type(error).__name__})"
    finally:
        connection.close()
    return answer.status, words if answer.status == http.client.OK else f"it says: {words or answer.status}"
