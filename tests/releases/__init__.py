"""Databases of earlier releases, with a little in them."""

import re
from pathlib import Path

from deploy.local.postgres import Postgres
from shared.settings import ServiceName

FOLDER = Path(__file__).parent
RELEASES = sorted({path.name.rpartition("-")[0] for path in FOLDER.glob("*.sql")})


def load(postgres: Postgres, database: str, release: str, service: ServiceName) -> None:
    """Fill an empty database as the release left it; the service's own role owns what is in it."""
    dump = (FOLDER / f"{release}-{service}.sql").read_text(encoding="utf-8")
    dump = re.sub(r"^\\(un)?restrict .*$", "", dump, flags=re.MULTILINE)
    postgres.run(f"SET SESSION AUTHORIZATION {service};\n{dump}", database)
