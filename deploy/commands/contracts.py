"""`registan contracts`: write the public documents, check them, and make them the promise that later ones must keep.

What is written and checked is decided in `shared.contracts.publishing`; here is only what a person types and reads.
"""

import json
from dataclasses import asdict
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


def _tell(written: "list[Written]", as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(document) for document in written], default=str))
    else:
        print("\n".join(f"{document.change} {document.path}" for document in written) or "Nothing changed.")
