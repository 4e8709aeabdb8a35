"""All candidates for the single values of a schema: from captions, form, place, and boxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docglean.extractors.rules.fields.candidates import Candidate
from docglean.extractors.rules.fields.ranking import ranked
from docglean.extractors.rules.fields.search import Search
from docglean.extractors.rules.fields.unnamed import unnamed
from docglean.extractors.rules.readers.form_answers import filled_in, ticked
from docglean.schemas.kinds import Name, Text
from docglean.schemas.schema import is_built_in


def all_candidates(search: Search, lists: Mapping[str, Any]) -> dict[str, list[Candidate]]:
    """All candidates by path of the field, best first.

    Args:
        lists: values of the list fields by path.
    """
    return ranked(search, found_by_all(search), lists)


def found_by_all(search: Search) -> dict[str, list[Candidate]]:
    """What each way of looking finds, unranked."""
    found = search.by_captions()
    for path, candidate in unnamed(search):
        found[path].append(candidate)
    if not is_built_in(search.schema):
        form = filled_in(search)
        if form.is_form:
            for path, leaf in search.leaves.items():
                if isinstance(leaf.kind, Name | Text):
                    found[path] = [one for one in found[path] if form.holds(one)]
        for answer in form.answers:
            if answer.value is not None:
                found[answer.path].append(answer.value)
            elif form.is_form:
                found[answer.path] = []
            else:
                found[answer.path] = [one for one in found[answer.path] if not answer.refutes(one)]
        ticked(search, found)
    return found
