"""What each field of a schema is, as a hash of its own, where `Schema.hash` is of all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache

from docglean.schemas.fields import Field
from docglean.schemas.schema import Schema, field_facts
from docglean.schemas.wire.nodes import wire_keys

SIGNS = 16
"""Characters of a hash: 64 bits tell the fields of a path apart."""


@lru_cache(maxsize=64)
def field_hashes(schema: Schema) -> Mapping[str, str]:
    """A hash of each leaf, by its path: the same as long as a model is asked for it in the same
    words, and what it answers means the same.

    It is over the leaf and all that it stands in but the root: a list that is described anew has no
    leaf that is what it was.
    """
    return dict(_hashes(schema.root, ()))


def _hashes(field: Field, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    keys = wire_keys(field) if field.shape == "object" else {}
    for child in field.children:
        facts = [keys.get(child.name, ""), field_facts(child)]
        told = (*above, json.dumps(facts, default=str))
        if child.shape == "value":
            yield child.path, hashlib.sha256("\n".join(told).encode()).hexdigest()[:SIGNS]
        yield from _hashes(child, told)
