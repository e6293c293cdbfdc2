"""The texts that persons read before they signed, kept with what they signed as its evidence."""

from typing import Final

from portability.consent.act_evidence import ShownNotice
from portability.consent.document import Notice
from portability.consent.template import Template, parse_template
from portability.node.consents.standing import load_payload
from portability.node.log.write import Write

MAX_TEMPLATES: Final = 256


class ShownTexts:
    """Reads texts of templates. One is of nobody and never changes, so it is read once."""

    def __init__(self) -> None:
        self._templates: dict[bytes, Template] = {}

    async def find(self, write: Write, template_id: bytes, notice: Notice) -> ShownNotice:
        """The very text whose digest the person signed."""
        template = await self._template(write, template_id)
        language, text = template.notice(notice.language)
        return ShownNotice(
            language=language,
            version=notice.version,
            mode=notice.mode,
            text=text.decode("utf-8"),
        )

    async def _template(self, write: Write, template: bytes) -> Template:
        known = self._templates.get(template)
        if known is None:
            known = parse_template(await load_payload(write.connection, write.vault, template))
            if len(self._templates) >= MAX_TEMPLATES:
                self._templates.clear()
            self._templates[template] = known
        return known
