"""What a node's configuration says about agreements."""

from dataclasses import dataclass
from pathlib import Path

from portability.core.document import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSettings:
    """
    ``folder`` holds adoptions that were exchanged as files; None for none.

    Without ``require_signed`` a case may run under an agreement that nobody has signed yet, as it
    could before there were signatures; texts that differ are refused either way.
    """

    folder: Path | None = None
    require_signed: bool = False


def read_agreement_settings(table: Table | None, base: Path) -> AgreementSettings:
    """The table ``agreements``; an older configuration has none. Raises InvalidInputError."""
    if table is None:
        return AgreementSettings()
    folder = table.optional_text("folder")
    settings = AgreementSettings(
        folder=None if folder is None else base / folder,
        require_signed=table.flag("require_signed"),
    )
    table.finish()
    return settings
