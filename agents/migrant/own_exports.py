"""A permission in the terms of other software, as the home node writes it."""

from dataclasses import dataclass

from agents.consent_formats import ConsentFormat, ask_export
from agents.migrant.home import Admitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file; its name says nothing about the person."""

    name: str
    media_type: str
    content: bytes


def export_consent(me: Admitted, consent: bytes, form: ConsentFormat) -> Exported:
    """
    One permission, by the name of a format. Raises NotFoundError for another person's.
    """
    answer = ask_export(me.home.session, consent, form, me.token)
    return Exported(name=answer.file_name, media_type=answer.media_type, content=answer.content)
