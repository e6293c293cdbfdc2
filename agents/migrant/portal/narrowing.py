"""Allowing less than was asked: what is left out, from when, until when, and how often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from agents.migrant.acts import Choice
from agents.migrant.own_consents import Pending
from agents.migrant.portal.rendering import isolate
from agents.migrant.portal.request_views import who
from agents.migrant.portal.visit import Visit
from agents.migrant.portal.words import label
from portability.consent.reading import parse_date
from portability.consent.scope import Grant
from portability.consent.statements import ConsentRequest
from portability.errors import InvalidInputError

Option = tuple[str, object, str, bool]

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """The questions, with what was answered before; a question with one option is not asked."""

    kinds: tuple[Option, ...]
    branches: tuple[Option, ...]
    fields: tuple[Option, ...]
    providers: tuple[Option, ...]
    actions: tuple[Option, ...]
    from_date: str
    to_date: str
    until: str
    max_uses: str
    first_day: date
    last_day: date
    last_until: date
    most_uses: int


def narrowing_view(visit: Visit, pending: Pending) -> Narrowing:
    """Every option unticked, unless the person ticked it just now."""
    asked, grants = pending.content, pending.content.grants
    home = visit.settings.home()
    named = {str(one): who(home, one).name for one in asked.providers}
    return Narrowing(
        kinds=_options(visit, "kinds", "datatype", (one.datatypes for one in grants)),
        branches=_options(visit, "branches", "branch", (one.branches for one in grants)),
        fields=_options(visit, "fields", "field", (one.fields for one in grants)),
        actions=_options(visit, "actions", "action", (one.actions for one in grants)),
        providers=tuple(
            (code, isolate(name), "", code in visit.form.texts("providers"))
            for code, name in named.items()
        ),
        from_date=visit.form.text("from_date"),
        to_date=visit.form.text("to_date"),
        until=visit.form.text("until"),
        max_uses=visit.form.text("max_uses"),
        first_day=min(one.from_date for one in grants),
        last_day=max(one.to_date for one in grants),
        last_until=(asked.not_after - _DAY).date(),
        most_uses=asked.max_uses,
    )


def narrow(visit: Visit, asked: ConsentRequest) -> tuple[Choice, dict[str, str]]:
    """What is left of the request, or what is wrong with the answers, by field."""
    errors: dict[str, str] = {}
    first = _day(visit, "from_date", errors)
    last = _day(visit, "to_date", errors)
    grants = _left(visit, asked.grants, first, last)
    if not grants and not errors:
        errors["fields"] = visit.gettext(
            "That leaves nothing. Leave out less, or go back and say no."
        )
    without = visit.form.texts("providers")
    providers = tuple(one for one in asked.providers if str(one) not in without)
    if not providers:
        errors["providers"] = visit.gettext(
            "That leaves nobody who could be asked. Leave out less, or go back and say no."
        )
    choice = Choice(
        grants=grants if grants != asked.grants else (),
        providers=providers if providers != asked.providers else (),
        max_uses=_uses(visit, asked, errors),
        not_after=_until(visit, asked, errors),
    )
    return choice, errors


def _left(
    visit: Visit, grants: Sequence[Grant], first: date | None, last: date | None
) -> tuple[Grant, ...]:
    form = visit.form
    found = []
    for grant in grants:
        branches = tuple(one for one in grant.branches if str(one) not in form.texts("branches"))
        kinds = tuple(one for one in grant.datatypes if one not in form.texts("kinds"))
        actions = tuple(one for one in grant.actions if str(one) not in form.texts("actions"))
        fields = tuple(one for one in grant.fields if one not in form.texts("fields"))
        start = max(grant.from_date, first or grant.from_date)
        end = min(grant.to_date, last or grant.to_date)
        if branches and kinds and actions and fields and start <= end:
            found.append(
                replace(
                    grant,
                    branches=branches,
                    datatypes=kinds,
                    actions=actions,
                    fields=fields,
                    from_date=start,
                    to_date=end,
                )
            )
    return tuple(found)


def _options(
    visit: Visit, name: str, kind: str, codes: Iterable[Iterable[object]]
) -> tuple[Option, ...]:
    """Each code once, in the order of the request."""
    ticked = visit.form.texts(name)
    found = dict.fromkeys(str(code) for some in codes for code in some)
    return tuple((code, label(visit.language, code, kind), "", code in ticked) for code in found)


def _day(visit: Visit, name: str, errors: dict[str, str]) -> date | None:
    text = visit.form.text(name)
    if not text:
        return None
    try:
        return parse_date(text, field=name)
    except InvalidInputError:
        errors[name] = visit.gettext("Write the day as year, month and day, like 2010-05-01.")
        return None


def _until(visit: Visit, asked: ConsentRequest, errors: dict[str, str]) -> datetime | None:
    """The instant after the last day, which still counts."""
    last = _day(visit, "until", errors)
    if last is None:
        return None
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + _DAY
    now = visit.settings.home().outside.now()
    if not now < end <= asked.not_after:
        errors["until"] = visit.gettext("Choose a day from today on, and no later than was asked.")
        return None
    return end


def _uses(visit: Visit, asked: ConsentRequest, errors: dict[str, str]) -> int:
    text = visit.form.text("max_uses")
    if not text:
        return 0
    count = int(text) if text.isascii() and text.isdigit() and len(text) < len("100000") else 0
    if not 1 <= count <= asked.max_uses:
        errors["max_uses"] = visit.gettext("Write a number from one up to what was asked.")
        return 0
    return count
