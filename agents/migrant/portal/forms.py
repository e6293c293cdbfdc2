"""What a form sends: read within bounds, and only from a page of this portal."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from agents.migrant.portal.refusals import BadForm, ForeignForm

MAX_FORM_BYTES: Final = 65_536
MAX_FIELDS: Final = 400
FORM_TYPE: Final = "application/x-www-form-urlencoded"
TOKEN_FIELD: Final = "form_token"  # noqa: S105  # the name of the field, not a token


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields of a form, each with all of its values in order."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The last value without surrounding space; empty where there is none."""
        values = self.fields.get(name, ())
        return values[-1].strip() if values else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value, as of boxes that were ticked."""
        return self.fields.get(name, ())


async def read_form(request: Request) -> Form:
    """The form in a request. Raises BadForm for one that no page of ours sends."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise BadForm
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM_BYTES:
            raise BadForm
    return parse_form(bytes(body))


def parse_form(body: bytes) -> Form:
    """Raises BadForm for what is not UTF-8, too much, or malformed."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise BadForm from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return Form(fields={name: tuple(values) for name, values in found.items()})


def check_origin(request: Request, origin: str) -> None:
    """
    Raises ForeignForm unless a page of this portal sent the form.

    A browser that names no origin must name the page that the form was on.
    """
    named = request.headers.get("origin")
    if named is None:
        page = request.headers.get("referer", "")
        named = origin if page == origin or page.startswith(f"{origin}/") else page
    if named != origin:
        raise ForeignForm


def check_token(form: Form, expected: str) -> None:
    """Raises ForeignForm unless the form carries the token that its own session was given."""
    given = form.text(TOKEN_FIELD).encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given, expected.encode("ascii")):
        raise ForeignForm
