"""The form of the codes by which jurisdictions are named."""

JURISDICTION_FORM = "must be a code of two capital letters (ISO 3166-1), such as FR"
_LENGTH = 2


def is_jurisdiction(code: str) -> bool:
    """Whether a text has the form of a code; which codes are parties is for the agreement."""
    return len(code) == _LENGTH and code.isascii() and code.isalpha() and code.isupper()
