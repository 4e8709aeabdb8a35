"""What embedded data and the pages say differently of the same field.

Amounts, days, numbers and codes must be the same, names alike; other texts (addresses, terms of
payment) are written otherwise in data than on paper, so nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from docglean.extractors.answers.similarity import (
    is_piece,
    is_text,
    likeness,
    pair_in_order,
    same_value,
)
from docglean.extractors.documents.embedded.data import DataValue
from docglean.extractors.embedded_data.mapping import Mapped
from docglean.extractors.extraction import Evidence
from docglean.extractors.rules.fields.roles import read_as
from docglean.schemas.errors import Problem, shown
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Code, Currency, Day, Moment, Name, Number
from docglean.schemas.kinds.figures import as_decimal

ALIKE = 0.8
"""Similarity from which two names are one, written otherwise."""
LONG_CODE = 6
"""Letters from which a code that stands within others on a page is no chance."""
MOST_TOLD = 5
"""Values that a message names."""
EXACT = (Number, Day, Moment, Code)
MUST_BE_SEEN = frozenset(
    "/invoice_number /issue_date /net_total /tax_total /grand_total /amount_due /iban /seller_name "
    "/buyer_name".split()
)
"""What an invoice prints, whatever else is in its data alone: EN 16931 has it as what is mandatory;
an account that only the data names is a usual way to have money sent elsewhere."""

State = Literal["agrees", "differs", "only", "silent"]


@dataclass(frozen=True, slots=True)
class Compared:
    """How one value of the data stands to the pages.

    Attributes:
        agrees: the pages say the same; differs: they say something else, or not what they must;
            only: they do not say it, and need not; silent: nothing can be told.
        value, page: what the data says, and what was read in its place.
        seen: what the data says stands on a page.
    """

    pointer: str
    state: State
    value: Any
    page: Any = None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the pages.

    Attributes:
        values: that were read of them, with every field of the schema.
        evidence: where the values of the data stand on them.
        captioned: pointers of those of the data that stand beside their captions.
        sure: pointers of those read that stand beside their captions.
        whole: all pages were read, so that what is not found is not there.
        trusted: the reading counts even where what the data says stands on the page, too.
        kept: what was read stays the answer, so that what it lacks is lacking.
        letters: all that the pages print, without blanks and case: two texts may touch.
    """

    values: Mapping[str, Any]
    evidence: Mapping[str, Evidence]
    captioned: frozenset[str] = frozenset()
    sure: frozenset[str] = frozenset()
    whole: bool = True
    trusted: bool = False
    kept: bool = False
    letters: str = ""

    def shows(self, pointer: str, code: str = "") -> bool:
        """Whether a value of the data stands on a page.

        Args:
            code: it is one, of which as many letters as it has are nowhere by chance.
        """
        there = self.evidence.get(pointer)
        if there is not None and there.how != "not_found":
            return True
        wanted = without_blanks(code)
        return len(wanted) >= LONG_CODE and wanted in self.letters


@dataclass
class Comparison:
    """Data and pages, leaf by leaf.

    Attributes:
        trade_names: what a page may call a party, by the data's pointer of its name.
        negated: amounts on the pages may have the other sign: of a credit note.
        pairs: indices of read entries by those of the data, by pointer of the list.
    """

    mapped: Mapped
    seen: Seen
    negated: bool = False
    trade_names: Mapping[str, str] = field(default_factory=dict)
    pairs: dict[str, dict[int, int]] = field(default_factory=dict)

    def leaves(self, root: Field) -> list[Compared]:
        """All values of the data, compared."""
        return list(self._node(root, self.mapped.values, self.seen.values, ""))

    def _node(self, node: Field, value: Any, page: Any, pointer: str) -> Iterator[Compared]:
        if node.shape == "object":
            left = value if isinstance(value, dict) else {}
            right = page if isinstance(page, dict) else {}
            for child in node.children:
                name = child.name
                yield from self._node(child, left.get(name), right.get(name), f"{pointer}/{name}")
        elif node.shape == "list":
            entries, others = (one if isinstance(one, list) else [] for one in (value, page))
            pairs = self.pairs[pointer] = entry_pairs(node.item, entries, others)
            for index, entry in enumerate(entries):
                other = others[pairs[index]] if index in pairs else None
                yield from self._node(node.item, entry, other, f"{pointer}/{index}")
        elif value is not None:
            yield self._leaf(node, value, page, pointer)

    def _leaf(self, leaf: Field, value: Any, page: Any, pointer: str) -> Compared:
        code = isinstance(read_as(leaf).kind, Code)
        seen = self.seen.shows(pointer, str(value) if code else "")
        same = page is not None and self._same(leaf, value, page)
        state: State = "agrees" if same else self._unlike(leaf, value, page, pointer, seen)
        return Compared(pointer, state, value, page, seen)

    def _unlike(self, leaf: Field, value: Any, page: Any, pointer: str, seen: bool) -> State:
        """How a value stands that was not read so.

        Args:
            seen: it stands on a page.
        """
        source = self.mapped.sources[pointer]
        if isinstance(leaf.kind, Currency) and page is not None and not seen:
            return "differs"
        if not isinstance(read_as(leaf).kind, (*EXACT, Name)):
            return "agrees" if seen else "silent"
        if self._is_called(self.trade_names.get(source.pointer, "")):
            return "silent"
        if self._contradicts(leaf, page, pointer, seen):
            return "differs"
        if seen:
            return "agrees"
        if not self.seen.whole or _is_zero(value):
            return "silent"
        if _must_be_seen(source):
            return "differs"
        return "silent" if "*" in leaf.path else "only"

    def _is_called(self, name: str) -> bool:
        """Whether the pages have another name of the same party."""
        return bool(name) and without_blanks(name) in self.seen.letters

    def _contradicts(self, leaf: Field, page: Any, pointer: str, seen: bool) -> bool:
        """Whether another value that was read counts: what rules read is often wrong where the
        value of the data stands on the page, unless that has no caption there and theirs has."""
        if page is None:
            return seen and self.seen.kept
        if self.seen.trusted or not seen:
            return True
        beside = pointer in self.seen.sure and pointer not in self.seen.captioned
        return beside and "*" not in leaf.path and not isinstance(read_as(leaf).kind, Name)

    def _same(self, leaf: Field, value: Any, page: Any) -> bool:
        if same_value(leaf, value, page):
            return True
        if isinstance(leaf.kind, Number) and self.negated:
            mine, other = as_decimal(value), as_decimal(page)
            return mine is not None and other is not None and abs(mine) == abs(other)
        if not is_text(leaf) or leaf.kind is None:
            return False
        alike = leaf.kind.similarity(value, page)
        return alike >= ALIKE or is_piece(str(value).casefold(), str(page).casefold())


def entry_pairs(item: Field, ours: Sequence[Any], theirs: Sequence[Any]) -> dict[int, int]:
    """Indices of the entries of a second list that are those of a first."""

    def alike(i: int, j: int) -> float:
        return likeness(item, ours[i], theirs[j]) or 0.0

    def same(i: int, j: int) -> bool:
        return same_value(item, ours[i], theirs[j])

    return dict(pair_in_order(len(ours), len(theirs), alike, same))


def without_blanks(text: str) -> str:
    """A text without blanks and case."""
    return "".join(text.split()).casefold()


def _is_zero(value: Any) -> bool:
    amount = as_decimal(value)
    return amount is not None and amount == 0


def _must_be_seen(source: DataValue) -> bool:
    return source.pointer in MUST_BE_SEEN or source.pointer.endswith("/line_total")


def problems_of(compared: Sequence[Compared], file: str) -> Iterator[Problem]:
    """What is to be said of the differences: one problem for each single value, one for those of
    lists, and one for what stands in the data alone.

    Args:
        file: that the data is in.
    """
    differing = [one for one in compared if one.state == "differs"]
    single = [one for one in differing if not in_list(one)]
    for one in single:
        yield Problem(
            code="embedded_differs",
            message=f"{_told(one, file)}.",
            path=one.pointer,
            way_out=_WAY_OUT,
        )
    rows = [one for one in differing if in_list(one)]
    if rows:
        told = "; ".join(_told(one, file) for one in rows[:MOST_TOLD])
        more = f"; and {len(rows) - MOST_TOLD} more" if len(rows) > MOST_TOLD else ""
        paths = tuple(one.pointer for one in rows)
        yield Problem(
            code="embedded_differs", message=f"{told}{more}.", paths=paths, way_out=_WAY_OUT
        )
    only = [one.pointer for one in compared if one.state == "only"]
    if only:
        more = f" and {len(only) - MOST_TOLD} more" if len(only) > MOST_TOLD else ""
        yield Problem(
            code="embedded_only",
            message=f"Only {file} says this, not the pages: {', '.join(only[:MOST_TOLD])}{more}.",
            paths=tuple(only),
        )


def hidden(
    told: Sequence[str], what: str, mapped: Mapped, seen: Seen, file: str
) -> Iterator[Problem]:
    """That the data says whom or where to pay, and no page shows it, beside the account that is
    compared as a value.

    Args:
        told: all of it.
        what: it is, in words.
    """
    named = mapped.sources.get(mapped.account)
    compared = without_blanks(named.value) if named else ""
    bare = {without_blanks(one): one for one in told}
    lacking = [one for key, one in bare.items() if key != compared and key not in seen.letters]
    if mapped.account and seen.whole and lacking:
        yield Problem(
            code="embedded_differs",
            message=f"{file} names {what}, which stands nowhere on the pages: "
            f"{', '.join(map(shown, lacking[:MOST_TOLD]))}.",
            path=mapped.account,
            way_out=_WAY_OUT,
        )


_WAY_OUT = "Ask the sender which is right; the data is what a machine would pay by."


def in_list(one: Compared) -> bool:
    """Whether a value is of an entry of a list."""
    return any(step.isdigit() for step in one.pointer.split("/"))


def _told(one: Compared, file: str) -> str:
    there = f"{one.pointer} is {shown(one.value)} in {file}"
    if one.page is None:
        where = "was not read though a page has it" if one.seen else "stands nowhere on the pages"
        return f"{there}, and {where}"
    return f"{there} and {shown(one.page)} on the pages"
