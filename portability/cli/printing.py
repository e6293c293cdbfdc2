"""Writing to a terminal: what every screen of the command line shares."""

from collections.abc import Sequence

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from agents.printing import Screen
from agents.standard_output import write_document

_NARROWEST = 40


def console() -> Console:
    """Standard output as wide as the terminal, 80 columns where it is none."""
    return Screen(highlight=False, markup=False, emoji=False, soft_wrap=False)


def speaks_unicode(target: Console) -> bool:
    """Whether block and line characters can be written to it."""
    return target.encoding.lower().startswith("utf")


def printable(text: str) -> str:
    """Text of a file without the characters that steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def write_json(document: object) -> None:
    """One JSON document on standard output."""
    write_document(document)


def table(
    target: Console,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    *,
    margin: int = 0,
) -> Table:
    """
    A table over the whole width but ``margin`` characters.

    ``widths`` has a share of the free width for each column; a column with share 0 is as wide as
    its content and aligned to the right.
    """
    made = Table(
        box=box.SIMPLE_HEAD if speaks_unicode(target) else box.ASCII,
        show_edge=False,
        header_style="bold",
        pad_edge=False,
        width=max(target.width - 1 - margin, _NARROWEST),
    )
    for head, share in zip(heads, widths, strict=True):
        side: JustifyMethod = "left" if share else "right"
        made.add_column(head, justify=side, ratio=share or None, overflow="fold")
    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    return made


def table_of_lines(mark: str | Text, lines: Sequence[str]) -> Table:
    """Lines that hang from a mark, wrapped beside it."""
    made = Table.grid(padding=(0, 1))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for place, line in enumerate(lines):
        made.add_row(mark if place == 0 else "", Text(line))
    return made
