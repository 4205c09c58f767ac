"""`registan contracts`: write the public documents, check them, and make them the promise that later ones must keep.

What is written and checked is decided in `shared.contracts.publishing`; here is only what a person types and reads.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.contracts.publishing import Written

app = typer.Typer(help="The public schemas and the AsyncAPI document.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def export(as_json: AsJson = False) -> None:
    """Write the JSON Schemas, the AsyncAPI document and the counting rules from the models; print what changed."""
    from services.reporting.rules.document import document
    from shared.contracts import publishing

    _tell(publishing.export(rules=document()), as_json)


@app.command()
def check(as_json: AsJson = False) -> None:
    """Fail when the committed documents are not the generated ones, or break what was released."""
    from services.reporting.rules.document import document
    from shared.contracts import publishing

    findings = publishing.findings(rules=document())
    if as_json:
        print(json.dumps(findings, ensure_ascii=False))
    else:
        print("\n".join(findings) or "The contracts are as their models say, and keep what was released.")
    if findings:
        raise typer.Exit(1)


@app.command()
def release(as_json: AsJson = False) -> None:
    """Make the current schemas the baseline of version 1, with a line in its changelog for what they add.

    Refused when they break the present baseline.
    """
    from shared.contracts import publishing

    try:
        _tell(publishing.release(), as_json)
    except publishing.Incompatible as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command()
def site(
    folder: Annotated[Path, typer.Argument(help="A folder that is empty or not there.")],
    registry: Annotated[str | None, typer.Option(help="Where the registry is reached: https://…")] = None,
    kafka: Annotated[str | None, typer.Option(help="The bootstrap servers that subscribers use.")] = None,
    contact: Annotated[str | None, typer.Option(help="A mail address, or the address of a page.")] = None,
) -> None:
    """Write the catalogue as files that any web server can show."""
    from services.registry.http.catalogue.site import site as files_of
    from shared.contracts.asyncapi import Place

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there and not empty: name another folder, or empty it first.")
    files = files_of(Place(registry, kafka, contact))
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    print(f"{len(files)} files written. Begin with {folder / 'index.html'}")


def _tell(written: "list[Written]", as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(document) for document in written], default=str))
    else:
        print("\n".join(f"{document.change} {document.path}" for document in written) or "Nothing changed.")
