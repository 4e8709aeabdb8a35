"""Countries: their ISO 3166 codes and their names in the languages of documents (CLDR)."""

from __future__ import annotations

from functools import cache


@cache
def country_names() -> dict[str, tuple[str, ...]]:
    """Names by two-letter code, in the languages of `docglean.schemas.labels`; English first."""
    from babel import Locale
    from babel.core import UnknownLocaleError
    from docglean.schemas.labels import vocabulary

    names: dict[str, list[str]] = {
        code: [name]
        for code, name in sorted(Locale.parse("en").territories.items())
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY
    }
    for language in vocabulary().languages:
        try:
            known = Locale.parse(language.code).territories
        except (UnknownLocaleError, ValueError):
            continue  # words of several languages at once
        for code, said in names.items():
            if code in known and known[code] not in said:
                said.append(known[code])
    return {code: tuple(said) for code, said in names.items()}


NO_COUNTRY = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})
"""Two letters of CLDR's that are unions, tests, or unknown."""
