"""
A picture of several histories side by side, in characters: one row per jurisdiction.

A character stands for a stretch of days, a half block for half of it; no period is too short to be
seen. Periods of one jurisdiction that overlap get a row each. The last row shows where nobody or
more than one jurisdiction was, and the lines below say it in dates. Nothing rests on colour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rich.text import Text

from portability.cli.axis import Axis, fit_axis
from portability.cli.coverage import Span, Stretch, gaps, lanes, overlaps

STATES = ("counted", "flagged", "displaced", "excluded")
_LABEL = 4
_NARROWEST = 40
_LISTED = 6
_COLOURS = ("cyan", "yellow", "magenta", "green", "blue", "bright_red")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """
    One period to draw: both days belong to it.

    ``state`` is one of STATES; ``length`` says in words how long the period is. A bar without a
    start or an end is named below the picture.
    """

    jurisdiction: str
    start: date | None
    end: date | None
    state: str = "counted"
    length: str = ""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of a picture."""

    left: str
    right: str
    whole: dict[str, str]
    tick: str
    line: str
    gap: str


UNICODE = Glyphs(
    "▌", "▐", {"counted": "█", "flagged": "?", "displaced": "▒", "excluded": "×"}, "┬", "─", "·"
)
ASCII = Glyphs(
    "#", "#", {"counted": "#", "flagged": "?", "displaced": "=", "excluded": "x"}, "+", "-", "."
)
_MEANINGS = {
    "counted": "counted",
    "flagged": "counted, look at it",
    "displaced": "displaced by another period",
    "excluded": "not counted",
}


def timeline(bars: Sequence[Bar], *, width: int, unicode: bool = True) -> Text:
    """The picture of ``bars`` in lines of at most ``width`` characters (40 at the least)."""
    dated = [bar for bar in bars if bar.start is not None and bar.end is not None]
    lines: list[Text] = []
    if dated:
        lines += _picture(dated, max(width, _NARROWEST), UNICODE if unicode else ASCII)
        lines += _stretches(dated)
    lines += [_undrawn(bar) for bar in bars if bar not in dated]
    return Text("\n").join(lines)


def jurisdictions(bars: Iterable[Bar]) -> list[str]:
    """Each jurisdiction once, in the order of first appearance."""
    return list(dict.fromkeys(bar.jurisdiction for bar in bars))


def _picture(bars: Sequence[Bar], width: int, glyphs: Glyphs) -> list[Text]:
    days = [_days(bar) for bar in bars]
    axis = fit_axis(
        min(first for first, _ in days), max(last for _, last in days), width - _LABEL - 1
    )
    rows = [_indented(axis.labels()), _indented(_axis_line(axis, glyphs))]
    for place, name in enumerate(jurisdictions(bars)):
        own = [bar for bar in bars if bar.jurisdiction == name]
        rows += _rows(name, own, axis, glyphs, _COLOURS[place % len(_COLOURS)])
    if together := _together(bars, axis, glyphs):
        rows.append(Text(f"{'all':<{_LABEL}}{together}", style="dim"))
    return rows + _legend(bars, glyphs, width)


def _indented(text: str) -> Text:
    return Text(" " * _LABEL + text, style="dim")


def _axis_line(axis: Axis, glyphs: Glyphs) -> str:
    ticks = set(axis.ticks())
    return "".join(glyphs.tick if cell in ticks else glyphs.line for cell in range(axis.cells))


def _rows(name: str, bars: Sequence[Bar], axis: Axis, glyphs: Glyphs, colour: str) -> list[Text]:
    """The bars of one jurisdiction, those that count first; its name stands before the first."""
    ranked = sorted(bars, key=lambda bar: STATES.index(bar.state))
    rows = []
    for number, lane in enumerate(lanes(_spans(ranked))):
        row = Text(f"{name if number == 0 else '':<{_LABEL}}", style="bold")
        row.append(_cells([ranked[place] for place in lane], axis, glyphs).rstrip(), style=colour)
        rows.append(row)
    return rows


def _cells(bars: Sequence[Bar], axis: Axis, glyphs: Glyphs) -> str:
    """Two halves per character, each with the state of the period in it."""
    halves = [""] * (axis.cells * 2)
    for bar in sorted(bars, key=lambda bar: _weight(bar.state)):
        for half in axis.halves(*_days(bar)):
            halves[half] = bar.state
    pairs = zip(halves[::2], halves[1::2], strict=True)
    return "".join(_glyph(left, right, glyphs) for left, right in pairs)


def _glyph(left: str, right: str, glyphs: Glyphs) -> str:
    if left == right:
        return glyphs.whole[left] if left else " "
    if {left, right} == {"counted", ""}:
        return glyphs.left if left else glyphs.right
    return glyphs.whole[max(filter(None, (left, right)), key=_weight)]


def _weight(state: str) -> int:
    """What someone should see wins where two states share a character."""
    return ("counted", "displaced", "excluded", "flagged").index(state)


def _together(bars: Sequence[Bar], axis: Axis, glyphs: Glyphs) -> str:
    row = [" "] * axis.cells
    for stretch in gaps(_spans(bars)):
        _mark(row, axis, stretch, glyphs.gap)
    for stretch in overlaps(_spans(bars)):
        _mark(row, axis, stretch, str(min(stretch.depth, 9)))
    return "".join(row).rstrip()


def _mark(row: list[str], axis: Axis, stretch: Stretch, mark: str) -> None:
    for cell in axis.touched(stretch.first, stretch.last):
        row[cell] = mark


def _legend(bars: Sequence[Bar], glyphs: Glyphs, width: int) -> list[Text]:
    used = [state for state in STATES if any(bar.state == state for bar in bars)]
    parts = [f"{glyphs.whole[state]} {_MEANINGS[state]}" for state in used]
    empty, shared = gaps(_spans(bars)), overlaps(_spans(bars))
    parts.append(f"{glyphs.gap} nobody" if empty else "no gap")
    if not shared:
        parts.append("no overlap between jurisdictions")
    elif max(stretch.depth for stretch in shared) == 2:  # noqa: PLR2004  # two at once
        parts.append("2 two jurisdictions at once")
    else:
        parts.append("2, 3... so many jurisdictions at once")
    return [_indented(line) for line in _wrapped(parts, width - _LABEL)]


def _wrapped(parts: Sequence[str], width: int) -> list[str]:
    lines = [parts[0]]
    for part in parts[1:]:
        joined = f"{lines[-1]}   {part}"
        lines[-1:] = [joined] if len(joined) <= width else [lines[-1], part]
    return lines


def _stretches(bars: Sequence[Bar]) -> list[Text]:
    lines = [_sentence("gap", stretch, "") for stretch in gaps(_spans(bars))]
    lines += [
        _sentence("overlap", stretch, f": {' and '.join(stretch.names)}")
        for stretch in overlaps(_spans(bars))
    ]
    if len(lines) > _LISTED + 1:
        lines[_LISTED:] = [_indented(f"and {len(lines) - _LISTED} more gaps and overlaps")]
    return lines


def _sentence(word: str, stretch: Stretch, tail: str) -> Text:
    first, last = date.fromordinal(stretch.first), date.fromordinal(stretch.last)
    days = stretch.last - stretch.first + 1
    when = f"on {first}" if days == 1 else f"{first} to {last}, {days} days"
    return Text(f"{'':<{_LABEL}}{word} {when}{tail}")


def _undrawn(bar: Bar) -> Text:
    known = f"from {bar.start}" if bar.start else f"until {bar.end}" if bar.end else "without dates"
    length = f" of {bar.length}" if bar.length else ""
    return Text(f"{bar.jurisdiction:<{_LABEL}}a period{length} {known}: not drawn")


def _spans(bars: Sequence[Bar]) -> list[Span]:
    return [(bar.jurisdiction, *_days(bar)) for bar in bars]


def _days(bar: Bar) -> tuple[int, int]:
    if bar.start is None or bar.end is None:
        raise ValueError("only a dated bar has days")
    return bar.start.toordinal(), bar.end.toordinal()
