"""`registan backup`: everything that cannot be rebuilt, in one folder; it may run while all works."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.home import as_service

app = typer.Typer()


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder; a reader of it can read all names.")],
) -> None:
    """Write down what the registry recorded, what was sent, and the secrets. `registan restore FOLDER` puts it back."""
    from deploy.backups import KEPT, SECRETS, write
    from shared.settings import ServiceSettings, load

    began = time.monotonic()
    urls = {}
    for service in KEPT:
        with as_service(service):
            urls[service] = load(ServiceSettings, service).database_url.get_secret_value()
    with as_service("registry"):
        secrets = {name: Path(os.environ[variable]) for name, variable in SECRETS.items()}
    write(folder.resolve(), urls, secrets)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {size / 1e6:.1f} MB in {time.monotonic() - began:.1f} s. Keep it encrypted, and elsewhere.")
