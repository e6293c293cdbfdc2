"""The QR code of a receipt, as SVG inside of the page: the policy lets no picture come in else."""

import segno
from markupsafe import Markup


def receipt_picture(text: str, title: str) -> Markup:
    """
    The code as SVG without any style: black on white, also on a dark screen.

    Nothing for a text that no code has room for.
    """
    try:
        made = segno.make_qr(text, error="l")
    except segno.DataOverflowError:
        return Markup("")
    matrix = [list(row) for row in made.matrix]
    size = len(matrix) + 8  # four modules of quiet around it (ISO/IEC 18004)
    strokes = "".join(_row(row, at + 4) for at, row in enumerate(matrix))
    return Markup(
        '<svg class="qr" role="img" aria-labelledby="qr-title" viewBox="0 0 {size} {size}">'
        '<title id="qr-title">{title}</title><rect width="{size}" height="{size}" fill="#fff"/>'
        '<path d="{path}" stroke="#000" stroke-width="1"/></svg>'
    ).format(size=size, title=title, path=strokes)


def _row(row: list[int], top: int) -> str:
    """One line of modules: each run of dark ones is one stroke."""
    parts, at = [], 0
    while at < len(row):
        if row[at]:
            end = at
            while end < len(row) and row[end]:
                end += 1
            parts.append(f"M{at + 4} {top}.5h{end - at}")
            at = end
        else:
            at += 1
    return "".join(parts)
