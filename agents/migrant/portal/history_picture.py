"""
The timeline as a picture: SVG without a style attribute, in per cent of whatever width there is.

Time runs in the direction of reading. Shapes differ, not only colours: a gap is an empty dashed
box, an overlap is striped, what was replaced is outlined. The same is in the table beside it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from agents.migrant.portal.history import History, Stretch

LANE: Final = 56
BAR: Final = 22
AXIS: Final = 28
TICKS: Final = 5
MOST_SHAPES: Final = 400
"""In one lane; more than that nobody can tell apart, and they are drawn as one."""

_STEPS: Final = (1, 2, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One line of the picture: its label, and shapes by kind."""

    label: str
    shapes: tuple[tuple[str, Stretch], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Words that the picture is drawn and described with."""

    title: str
    description: str
    lanes: tuple[Lane, ...]
    first: date
    last: date
    is_rtl: bool


def lanes_of(history: History, country: Callable[[str], str], *, between: str) -> tuple[Lane, ...]:
    """A lane for each country, and one, named ``between``, for gaps and overlaps."""
    lanes = []
    for one in history.coverage:
        shapes = (*_shapes("bar", one.counting), *_shapes("old", one.replaced))
        lanes.append(Lane(label=country(one.jurisdiction), shapes=shapes))
    notes = (*_shapes("gap", history.gaps), *_shapes("overlap", history.overlaps))
    if notes:
        lanes.append(Lane(label=between, shapes=notes))
    return tuple(lanes)


def draw(picture: Picture) -> Markup:
    """The picture as an SVG element. Every text in it is escaped."""
    height = len(picture.lanes) * LANE + AXIS
    return Markup(
        '<svg class="timeline" role="img" aria-labelledby="timeline-title timeline-text" '
        'width="100%" height="{height}"><title id="timeline-title">{title}</title>'
        '<desc id="timeline-text">{text}</desc>'
        '<defs><pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="stripe" width="3" height="6"/></pattern></defs>'
        "{ticks}{lanes}</svg>"
    ).format(
        height=height,
        title=picture.title,
        text=picture.description,
        ticks=Markup("").join(_ticks(picture, height)),
        lanes=Markup("").join(
            _lane(picture, lane, at * LANE) for at, lane in enumerate(picture.lanes)
        ),
    )


def tick_years(first: date, last: date) -> list[int]:
    """At most six round years from the first to the last."""
    years = last.year - first.year + 1
    step = next((one for one in _STEPS if years / one <= TICKS), _STEPS[-1])
    start = -(-first.year // step) * step
    return list(range(start, last.year + 1, step))


def _shapes(kind: str, stretches: Sequence[Stretch]) -> tuple[tuple[str, Stretch], ...]:
    if len(stretches) > MOST_SHAPES:
        stretches = [Stretch(start=stretches[0].start, end=max(one.end for one in stretches))]
    return tuple((kind, one) for one in stretches)


def _lane(picture: Picture, lane: Lane, top: int) -> Markup:
    label = Markup('<text class="lane" x="{}" y="{}">{}</text>').format(
        "100%" if picture.is_rtl else "0", top + 16, lane.label
    )
    shapes = (
        Markup('<rect class="{}" x="{}%" y="{}" width="{}%" height="{}"/>').format(
            kind, *_place(picture, one, top + LANE - BAR - 8), BAR
        )
        for kind, one in lane.shapes
    )
    return label + Markup("").join(shapes)


def _place(picture: Picture, one: Stretch, top: int) -> tuple[str, int, str]:
    """Start and width in per cent; no shape is too thin to be seen."""
    whole = max((picture.last - picture.first).days + 1, 1)
    start = (one.start - picture.first).days / whole * 100
    width = max(one.days / whole * 100, 0.4)
    if picture.is_rtl:
        start = 100 - start - width
    return f"{max(start, 0):.2f}", top, f"{min(width, 100):.2f}"


def _ticks(picture: Picture, height: int) -> Iterator[Markup]:
    whole = max((picture.last - picture.first).days + 1, 1)
    for year in tick_years(picture.first, picture.last):
        share = max((date(year, 1, 1) - picture.first).days, 0) / whole * 100
        if share > 95:  # noqa: PLR2004  # a year there would stand outside of the picture
            continue
        at = 100 - share if picture.is_rtl else share
        yield Markup(
            '<line class="tick" x1="{at}%" x2="{at}%" y1="0" y2="{end}"/>'
            '<text class="year" x="{at}%" y="{height}">{year}</text>'
        ).format(at=f"{at:.2f}", end=height - AXIS + 6, height=height - 8, year=year)
