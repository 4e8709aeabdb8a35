"""Spelt numbers as digits: who says "ten meters" means 10, whichever an engine writes."""

from __future__ import annotations

from typing import Any

LANGUAGES = frozenset({"en", "de", "fr", "es", "pt", "it", "nl", "da"})
"""Those of which text2num reads spelt numbers."""


def in_digits(value: Any, language: str | None) -> Any:
    """Texts (also those inside lists and objects) with spelt numbers as digits.

    As they are in a language of which they can't be read, or without the extra `speech`.
    """
    code = (language or "")[:2].lower()
    if code not in LANGUAGES:
        return value
    try:
        from text_to_num import alpha2digit
    except ImportError:
        return value

    def digits(inner: Any) -> Any:
        if isinstance(inner, str):
            return alpha2digit(inner, code, threshold=0)
        if isinstance(inner, dict):
            return {name: digits(one) for name, one in inner.items()}
        return [digits(one) for one in inner] if isinstance(inner, list) else inner

    return digits(value)
