"""The schema compiler: what is sent to which server, in how many parts, and what it would refuse.

compile_schema   a schema (or some of its fields) as JSON Schema for a dialect, and back
groups           its fields split so that each part is within the dialect's limits
lint             what will be refused, split or sent otherwise than declared
"""

from __future__ import annotations

from functools import lru_cache

from docglean.schemas.errors import Problem, SchemaError
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Check, Choice, Clock, Code, Day, Moment, Money, Name, Number
from docglean.schemas.schema import Schema, given_of
from docglean.schemas.wire.compile import WireSchema, build, compile_schema
from docglean.schemas.wire.decode import Decoded, Dissent, Row, plain
from docglean.schemas.wire.limits import DIALECTS, Dialect, Size, measure, over
from docglean.schemas.wire.nodes import choices_of, sendable, wire_keys

__all__ = [
    "DIALECTS",
    "Decoded",
    "Dialect",
    "Dissent",
    "Row",
    "Size",
    "WireSchema",
    "compile_schema",
    "groups",
    "lint",
    "measure",
    "plain",
]

KEYS = 3
"""Fields repeated in each part of a list whose entries are too large for one request."""


@lru_cache(maxsize=512)
def groups(schema: Schema, dialect: Dialect, *, paged: bool) -> tuple[frozenset[str], ...]:
    """Leaf paths in groups, in declared order, each of which the dialect takes in one request.

    One group where all fit. Objects and the entries of a list stay together where they can; an
    entry too large for that is asked for in parts, each of which repeats the fields that tell the
    entries apart, so that the parts can be put together row by row.

    Args:
        paged: the document is read in windows. It makes no difference: a request that is halved
            becomes paged later, so room for the page numbers is always kept.

    Raises:
        SchemaError: even one field alone is too much (too deep).
    """
    del paged
    return tuple(_split(schema.root, schema, dialect, frozenset()))


def _fits(paths: frozenset[str], schema: Schema, dialect: Dialect) -> bool:
    if len(paths) > dialect.leaves:
        return False
    return not over(measure(build(schema, dialect, paths, paged=True).json_schema), dialect)


def _paths(field: Field) -> frozenset[str]:
    return frozenset(leaf.path for leaf in field.leaves())


def _split(
    field: Field,
    schema: Schema,
    dialect: Dialect,
    base: frozenset[str],
    current: frozenset[str] = frozenset(),
) -> list[frozenset[str]]:
    """The leaves of an object or of a list's entries in groups; each holds `base` too.

    Args:
        current: leaves from before, which the first group goes on from.
    """
    found: list[frozenset[str]] = []
    for unit in field.children:
        paths = _paths(unit) - base
        if _fits(base | current | paths, schema, dialect):
            current |= paths
            continue
        fits_alone = _fits(base | paths, schema, dialect)
        if unit.shape == "object" and not (fits_alone and len(paths) * 4 <= dialect.leaves):
            # Large objects fill what is left: a request more means all pages once more.
            *full, current = _split(unit, schema, dialect, base, current)
            found += full
            current -= base
            continue
        if current:
            found.append(base | current)
        current = paths
        if fits_alone:
            continue
        if unit.shape == "value" or unit.item.shape == "value":
            raise _unsendable(unit, schema, dialect, base | paths)
        inner = base
        if unit.item.shape == "object":
            inner = base | frozenset(leaf.path for leaf in keys(unit.item))
        *full, current = _split(unit.item, schema, dialect, inner)
        found += full
        current -= base
    return [*found, base | current]


_TELLING: tuple[tuple[type, ...], ...] = ((Code, Name), (Day, Moment, Clock), (Money, Number))


def keys(item: Field) -> tuple[Field, ...]:
    """The leaves that tell the entries of a list apart: the first one, codes and names, then
    dates, then amounts."""
    own = [leaf for leaf in item.leaves() if "*" not in leaf.path.removeprefix(item.path)]

    def rank(place: int) -> tuple[int, int]:
        kind = own[place].kind
        if place == 0:
            return -1, place
        if isinstance(kind, (Check, Choice)):
            return len(_TELLING) + 1, place
        for index, kinds in enumerate(_TELLING):
            if isinstance(kind, kinds):
                return index, place
        return len(_TELLING), place

    taken = sorted(sorted(range(len(own)), key=rank)[:KEYS])
    return tuple(own[place] for place in taken)


def _unsendable(
    field: Field, schema: Schema, dialect: Dialect, paths: frozenset[str]
) -> SchemaError:
    size = measure(build(schema, dialect, paths, paged=True).json_schema)
    return SchemaError(
        "unsendable",
        f"{schema.name}{field.path} cannot be sent to {dialect.name}: "
        f"{'; '.join(over(size, dialect))}.",
        "Make the schema flatter, or use another engine.",
    )


def lint(schema: Schema, dialect: Dialect) -> list[Problem]:
    """What `dialect` would refuse (error) or take only otherwise than declared (warning)."""
    given = given_of(schema.model)
    found: list[Problem] = [] if given is None else list(given.notes)
    try:
        parts = groups(schema, dialect, paged=True)
    except SchemaError as error:
        return [*found, Problem.of(error)]
    if len(parts) > 1:
        found.append(
            Problem(
                code="split",
                message=f"{schema.name} is asked for in {len(parts)} parts, so that none is too "
                f"large for {dialect.name}; each part reads all pages.",
                way_out="Declare fewer fields to pay for fewer requests.",
            )
        )
    for field in schema.root.walk():
        if field.shape == "list" and not any(_paths(field) <= part for part in parts):
            found.append(
                Problem(
                    code="split_entries",
                    message=f"The entries of {field.path} are too large for one request; "
                    f"{', '.join(leaf.name for leaf in keys(field.item))} are asked for in each "
                    "part, to put them together.",
                    path=field.path,
                    way_out="Declare fewer fields in an entry.",
                )
            )
        found += _renamings(field)
        choices = choices_of(field) if field.shape == "value" else None
        if choices and sendable(choices, dialect) is None:
            found.append(
                Problem(
                    code="open_choice",
                    message=f"{field.path} has {len(choices)} choices, more than "
                    f"{dialect.name} takes; it is asked for as text and compared afterwards.",
                    path=field.path,
                )
            )
    if not dialect.constrained:
        found.append(
            Problem(
                code="unconstrained",
                message="The schema is only shown to the model; its answer may not follow it.",
                way_out="Use a server with structured output.",
            )
        )
    return found


def _renamings(field: Field) -> list[Problem]:
    if field.shape != "object":
        return []
    return [
        Problem(
            code="renamed",
            message=f"{field.path}/{name} is sent as {key!r}, as servers take only letters, "
            "digits, _, . and - in names.",
            path=f"{field.path}/{name}",
        )
        for name, key in wire_keys(field).items()
        if name != key
    ]
