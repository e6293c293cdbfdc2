"""The command that serves the person's portal; what it needs is imported when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

from agents.profile import PROFILE_VARIABLE, find_profile
from agents.surroundings import Surroundings
from portability.errors import ConfigurationError

DEFAULT_PORT = 8080


def add_portal(app: typer.Typer, outside: Surroundings) -> None:
    """Register the command."""

    @app.command("portal")
    def portal(
        *,
        profile: Annotated[
            Path | None,
            typer.Option(
                "--profile", envvar=PROFILE_VARIABLE, metavar="FILE", help="The portal's own."
            ),
        ] = None,
        port: Annotated[
            int, typer.Option(min=1, max=65_535, help="Port on this machine's loopback address.")
        ] = DEFAULT_PORT,
        origin: Annotated[
            str,
            typer.Option(
                metavar="URL",
                help="What browsers call it, such as https://portal.example behind a proxy that "
                "ends TLS; http://localhost:PORT if left out.",
            ),
        ] = "",
        phone: Annotated[
            str, typer.Option(help="Where persons can call; needed with an https origin.")
        ] = "",
        office: Annotated[
            str, typer.Option(help="Where persons can go; needed with an https origin.")
        ] = "",
        hours: Annotated[str, typer.Option(help="When somebody is there.")] = "",
        stop_with_parent: Annotated[
            bool, typer.Option(hidden=True, help="Stop when standard input ends.")
        ] = False,
    ) -> int:
        """Serve the person's portal until SIGTERM or Ctrl-C."""
        try:
            from agents.migrant.portal.serving import run_portal  # noqa: PLC0415  # an extra
            from agents.migrant.portal.settings import NOBODY, HelpDesk  # noqa: PLC0415
        except ModuleNotFoundError:
            raise ConfigurationError(
                "the portal needs more packages; run: pip install 'portability[portal]'"
            ) from None
        return run_portal(
            find_profile(profile),
            outside,
            port=port,
            origin=origin,
            help_desk=HelpDesk(
                phone=phone.strip() or NOBODY.phone,
                office=office.strip() or NOBODY.office,
                hours=hours,
            ),
            stop_with_parent=stop_with_parent,
        )
