"""`registan contracts`: write the public documents, check them, and make them the promise that later ones must keep.

What is written and checked is decided in `shared.contracts.publishing`; here is only what a person types and reads.
"""

import typer

from shared.contracts import publishing

app = typer.Typer(help="The public schemas and the AsyncAPI document.", no_args_is_help=True)


@app.command()
def export() -> None:
    """Write the JSON Schemas and the AsyncAPI document from the models; print what changed."""
    _tell(publishing.export())


@app.command()
def check() -> None:
    """Fail when the committed documents are not the generated ones, or break what was released."""
    findings = publishing.findings()
    for finding in findings:
        typer.echo(finding, err=True)
    if findings:
        raise typer.Exit(1)
    typer.echo("The contracts are as their models say, and keep what was released.")


@app.command()
def release() -> None:
    """Make the current schemas the baseline of version 1; refused when they break the present one."""
    try:
        _tell(publishing.release())
    except publishing.Incompatible as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _tell(written: list[publishing.Written]) -> None:
    for document in written:
        typer.echo(f"{document.change} {document.path}")
    if not written:
        typer.echo("Nothing changed.")
