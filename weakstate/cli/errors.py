"""`weakstate errors`: every code, whom it blames, and what it means."""

import json

import click

from weakstate import errors
from weakstate._native import error_codes
from weakstate.cli.text import styled


@click.command(
    "errors", epilog="\b\nExamples:\n  weakstate errors\n  weakstate errors --json | jq .code"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(as_json: bool) -> None:
    """List every error code with its class, exit code and meaning."""
    if as_json:
        for code, name, meaning in error_codes():
            blame = getattr(errors, name)
            row = {
                "code": code,
                "class": name,
                "verdict": blame.verdict,
                "exit_code": blame.exit_code,
                "meaning": meaning,
            }
            click.echo(json.dumps(row))
        return
    group = ""
    for code, name, meaning in error_codes():
        if name != group:
            click.echo(
                ("\n" if group else "")
                + styled(f"{name}, exit {getattr(errors, name).exit_code}", bold=True)
            )
            group = name
        click.echo(f"  {code:<28} {meaning}")
