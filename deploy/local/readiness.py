"""What a service says of itself at `/readyz`."""

import http.client

from deploy.local.ports import LOOPBACK


def missing_at(port: int) -> str:
    """What the service on this port lacks to do its work, in its own words; empty when it is ready."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        words = answer.read(1000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"it does not answer ({type(error).__name__})"
    finally:
        connection.close()
    return "" if answer.status == http.client.OK else f"it says: {words or answer.status}"
