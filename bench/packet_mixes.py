"""Packets made at random of one half's documents; where each begins is known exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from docglean.extractors.packets.page_signs import PageSigns

from bench.packet_sources import Half, Source, renumbered

ONE = 0.2
"""Share of files that are one document: what must not be cut."""
SCANNED = 0.5
"""Share of files that a scanner made: all pages of one size, without text layers."""
BLANKS = 0.08
"""Documents that a blank page follows."""


@dataclass(frozen=True)
class Packet:
    """One file.

    Attributes:
        starts: of each page but the first, whether a document begins there.
        lengths: pages of its documents.
        mix: what it is made of.
    """

    pages: tuple[PageSigns, ...]
    starts: tuple[bool, ...]
    lengths: tuple[int, ...]
    mix: str


def packets(half: Half, seed: int, count: int) -> list[Packet]:
    """That many files."""
    random = Random(seed)
    return [_packet(half, random) for _ in range(count)]


def long_packet(half: Half, seed: int, pages: int) -> Packet:
    """One file of about so many pages."""
    random = Random(seed)
    chosen: list[Source] = []
    while sum(len(one.pages) for one in chosen) < pages:
        chosen += _mixed(half, random, 5)
    return _joined(chosen, random, "long")


def _packet(half: Half, random: Random) -> Packet:
    if random.random() < ONE:
        return _joined([_of_many(half, random)], random, "one document")
    mix = random.choice(("mixed", "mixed", "mixed", "one sender", "receipts", "copies"))
    count = random.randint(2, 8)
    if mix == "one sender":
        sender = random.choice(half.senders())
        return _joined(random.sample(sender, min(count, len(sender))), random, mix)
    if mix == "receipts":
        till = [one for one in half.singles() if one.group.startswith("sroie")]
        return _joined(random.choices(till, k=count), random, mix)
    chosen = _mixed(half, random, count)
    if mix == "copies":
        twice = _of_many(half, random) if random.random() < 0.5 else random.choice(half.singles())
        at = random.randrange(len(chosen) + 1)
        chosen[at:at] = [twice, twice]
    return _joined(chosen, random, mix)


def _mixed(half: Half, random: Random, count: int) -> list[Source]:
    """Documents of all kinds; no two in a row are the same."""
    chosen: list[Source] = []
    while len(chosen) < count:
        pick = random.random()
        if pick < 0.35:
            one = _of_many(half, random)
        elif pick < 0.65:
            one = random.choice(half.singles())
        else:
            one = random.choice(random.choice(half.senders()))
        if not chosen or chosen[-1].name != one.name:
            chosen.append(one)
    return chosen


def _of_many(half: Half, random: Random) -> Source:
    """A document of several pages; of a long one its beginning."""
    if random.random() < 0.3:
        drawn = [one for sender in half.senders() for one in sender if len(one.pages) > 1]
        return random.choice(drawn)
    one = random.choice(half.of_many_pages())
    if len(one.pages) <= 10:
        return one
    return Source(one.name, one.group, one.pages[: random.randint(2, 12)])


def _joined(chosen: Sequence[Source], random: Random, mix: str) -> Packet:
    pages: list[PageSigns] = []
    starts: list[bool] = []
    for one in chosen:
        pages += one.pages
        starts += [True] + [False] * (len(one.pages) - 1)
        if random.random() < BLANKS:
            last = one.pages[-1]
            pages.append(PageSigns(0, width=last.width, height=last.height, scan=last.scan))
            starts.append(False)
    return Packet(
        tuple(renumbered(pages, scanner=random.random() < SCANNED)),
        tuple(starts[1:]),
        tuple(len(one.pages) for one in chosen),
        mix,
    )
