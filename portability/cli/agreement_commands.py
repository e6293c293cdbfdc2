"""`portability node agreements list|sign`. Work is imported when asked for."""

from pathlib import Path
from typing import Annotated

import typer

NodeFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The node's TOML file.")]
Json = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


def add_agreements(node_app: typer.Typer) -> None:
    """Register ``agreements list`` and ``agreements sign``."""
    agreements = typer.Typer(
        help="Which text of which agreement this node and its peers have signed.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    node_app.add_typer(agreements, name="agreements")

    @agreements.command("list")
    def list_(*, config: NodeFile, json: Json = False) -> int:
        """Show who signed which text; exit 1 where two have signed different ones."""
        from portability.cli.agreements import show_agreements  # noqa: PLC0415  # quick start

        return show_agreements(config, as_json=json)

    @agreements.command("sign")
    def sign(
        names: Annotated[list[str], typer.Argument(metavar="AGREEMENT", help="Their ids.")],
        *,
        config: NodeFile,
        json: Json = False,
    ) -> int:
        """Sign the texts that came with this software, in the name of this jurisdiction."""
        from portability.cli.agreements import sign_agreements  # noqa: PLC0415  # as above

        return sign_agreements(config, names, as_json=json)
