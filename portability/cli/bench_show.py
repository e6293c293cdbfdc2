"""The result of `portability bench audit`, as a document or in two lines."""

import json

import typer

from portability.cli.bench_audit import AuditOptions, bench_audit
from portability.cli.upkeep import progress_bar


def show_audit(entries: int, rounds: int, *, as_json: bool) -> int:
    """Run the bench; progress goes to standard error."""
    options = AuditOptions(entries=entries, rounds=rounds)
    with progress_bar("entries", hidden=False) as progress:
        result = bench_audit(options, lambda line: typer.echo(line, err=True), progress)
    if as_json:
        typer.echo(json.dumps(result))
        return 0
    asked = result["parameters"]
    typer.echo(
        f"audit of {asked['entries']:,} entries on {asked['cores']} cores: {result['rate']:,.0f} "
        f"{result['unit']}; limit in the same run {result['limit']:,.0f} {result['unit']}; ratio "
        f"{result['ratio']:.3f}"
    )
    typer.echo(f"peak memory of all processes together {result['peak_rss_mib']} MiB")
    return 0
