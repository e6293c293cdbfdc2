"""The form of an explanation: a tree of what is said, each part with what it rests on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One statement; ``parts`` are what it rests on."""

    text: str
    value: str
    articles: tuple[str, ...] = ()
    parts: tuple["Explanation", ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "text": self.text,
            "value": self.value,
            "articles": list(self.articles),
            "parts": [part.to_json() for part in self.parts],
        }

    def lines(self, depth: int = 0) -> tuple[str, ...]:
        """The statements as indented lines, each with its articles."""
        cited = f" [{'; '.join(self.articles)}]" if self.articles else ""
        own = f"{'  ' * depth}{self.text}{cited}"
        return (own, *(line for part in self.parts for line in part.lines(depth + 1)))
