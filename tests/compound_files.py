"""Compound files ([MS-CFB]) as small as they can be: what Outlook and old office programs write."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

SECTOR, SMALL_SECTOR, CUTOFF = 512, 64, 4096
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

Tree = Mapping[str, "bytes | Tree"]


@dataclass
class _Space:
    """Sectors of one size, and for each the next one of its stream."""

    size: int
    sectors: list[bytes] = field(default_factory=list)
    chains: list[int] = field(default_factory=list)

    def add(self, content: bytes) -> int:
        """Put a stream there; its first sector."""
        first = len(self.sectors)
        pieces = [content[at : at + self.size] for at in range(0, len(content), self.size)]
        self.sectors += [piece.ljust(self.size, b"\0") for piece in pieces]
        self.chains += [*range(first + 1, first + len(pieces)), END] if pieces else []
        return first if pieces else END


def compound(tree: Tree) -> bytes:
    """A file with these streams, and storages of streams."""
    large, small = _Space(SECTOR), _Space(SMALL_SECTOR)
    entries: list[list[int | str]] = [["Root Entry", 5, FREE, END, 0, FREE]]

    def fill(parent: int, inside: Tree) -> None:
        numbers = []
        for name, content in inside.items():
            numbers.append(len(entries))
            if isinstance(content, bytes):
                space = small if len(content) < CUTOFF else large
                entries.append([name, 2, FREE, space.add(content), len(content), FREE])
            else:
                entries.append([name, 1, FREE, 0, 0, FREE])
                fill(numbers[-1], content)
        # Siblings as a chain to the right: readers that do not search bear it.
        for left, right in zip(numbers, [*numbers[1:], FREE], strict=True):
            entries[left][5] = right
        entries[parent][2] = numbers[0] if numbers else FREE

    fill(0, tree)
    whole = b"".join(small.sectors)
    entries[0][3:5] = [large.add(whole), len(whole)]
    small_table = large.add(_table(small.chains))
    directory = large.add(b"".join(_entry(*one) for one in entries))  # type: ignore[arg-type]
    first, tables = len(large.sectors), 1
    while tables * SECTOR // 4 < first + tables:
        tables += 1
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0,
        tables, directory, 0, CUTOFF, small_table, -(-len(small.chains) // 128), END, 0,
    )  # fmt: skip
    listed = [*range(first, first + tables), *[FREE] * (109 - tables)]
    chains = _table([*large.chains, *[TABLE] * tables])
    return header + struct.pack("<109I", *listed) + b"".join(large.sectors) + chains


def _table(chains: list[int]) -> bytes:
    padded = [*chains, *[FREE] * (-len(chains) % (SECTOR // 4))]
    return struct.pack(f"<{len(padded)}I", *padded)


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int) -> bytes:
    told = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xI16xIQ", told, len(told), kind, 1, FREE, right, child, 0, start, size
    )
