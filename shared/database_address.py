"""The address of a PostgreSQL: one URL with libpq's names, read in one way for every connection that is made.

asyncpg hands on to the server what it does not know, and finds that a file is missing only when it connects. So an
address is looked at once, before anything starts, and a wrong one is told in one line. It lies beside the settings and
not in `shared/database`, so that a command can check an address without loading a driver.
"""

import os
import re
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

PARAMETERS = (
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl", "sslnegotiation",
    "ssl_min_protocol_version", "ssl_max_protocol_version",
    "host", "port", "dbname", "user", "password", "passfile", "target_session_attrs", "options",
)  # fmt: skip
"""What libpq knows and asyncpg takes from a URL."""

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_VERIFYING = ("verify-ca", "verify-full")
_SCHEME = re.compile(r"^postgres(ql)?(\+asyncpg)?$")
_PORT = re.compile(r"^\d{1,5}$")


class WrongAddress(ValueError):
    """An address of a database cannot be used; the message says why and never quotes a password."""


def dsn_of(url: str) -> str:
    """The address as asyncpg takes it, with the server's certificate verified unless the address says otherwise.

    On this machine, over loopback or a Unix socket, `sslmode` is what asyncpg makes it (`prefer`); towards any other
    host it is `verify-full`. `PGSSLMODE` and its sisters count where the address says nothing, as with psql.

    Raises:
        WrongAddress: it is no address of a PostgreSQL, names a parameter that there is not, or a file that cannot be
            read.
    """
    parts = urlsplit(url)
    if not _SCHEME.match(parts.scheme):
        raise WrongAddress("it must look like postgresql://user:password@host:5432/database")
    try:
        given = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise WrongAddress("what follows the question mark must look like name=value&name=value") from None
    for name in given:
        if name not in PARAMETERS:
            raise WrongAddress(f"PostgreSQL has no parameter {name!r}; it has {', '.join(PARAMETERS)}")
    _, _, netloc = parts.netloc.rpartition("@")
    hosts = _hosts(netloc, given)
    if not (parts.path.strip("/") or given.get("dbname")):
        raise WrongAddress("it names no database: write postgresql://user:password@host:5432/database")
    if "sslmode" not in given and "PGSSLMODE" not in os.environ and not all(map(_is_here, hosts)):
        given["sslmode"] = "verify-full"
    _check_tls(given)
    query = f"?{urlencode(given)}" if given else ""
    return f"postgresql://{parts.netloc}{parts.path}{query}"


def _hosts(netloc: str, given: Mapping[str, str]) -> list[str]:
    hosts = []
    for one in (netloc or given.get("host", "")).split(","):
        host, colon, port = one.rpartition(":") if not one.endswith("]") else (one, "", "")
        if colon and not _PORT.match(port):
            raise WrongAddress("the port must be a number")
        hosts.append(unquote(host if colon else one).strip("[]"))
    if not all(hosts):
        raise WrongAddress("it names no host: write postgresql://user:password@host:5432/database")
    return hosts


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith(("/", "@", "127."))


def _check_tls(given: Mapping[str, str]) -> None:
    mode = given.get("sslmode") or os.environ.get("PGSSLMODE") or "prefer"
    if mode not in MODES:
        raise WrongAddress(f"sslmode must be one of {', '.join(MODES)}")
    if mode == "disable":
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority = given.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")
    if authority:
        _read("sslrootcert", authority, lambda: context.load_verify_locations(authority))
    elif mode in _VERIFYING and not (Path.home() / ".postgresql" / "root.crt").exists():
        raise WrongAddress(
            f"sslmode {mode} verifies the server's certificate: name the file of the authority that signed it with "
            "sslrootcert=FILE (in Debian /etc/ssl/certs/ca-certificates.crt holds the public ones), or choose "
            "another sslmode"
        )
    if certificate := given.get("sslcert"):
        key, password = given.get("sslkey"), given.get("sslpassword", "")
        _read("sslcert", certificate, lambda: context.load_cert_chain(certificate, key or None, lambda: password))
    if revoked := given.get("sslcrl"):
        _read("sslcrl", revoked, lambda: context.load_verify_locations(revoked))


def _read(parameter: str, file: str, load: Callable[[], None]) -> None:
    try:
        load()
    except ssl.SSLError as error:
        what = "its key, or sslkey, does not belong to it" if "MISMATCH" in str(error) else "it is no such file in PEM"
        raise WrongAddress(f"{parameter}: {file} cannot be used: {what}") from None
    except OSError as error:
        raise WrongAddress(f"{parameter}: {file}, or its key, cannot be read: {error.strerror}") from None
