"""Compound files ([MS-CFB]) as small as they can be: what Outlook and old office programs write."""

from __future__ import annotations

import struct
from collections.abc import Mapping

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

Tree = Mapping[str, "bytes | Tree"]


def compound(tree: Tree) -> bytes:
    """A file with these streams, and storages of streams.

    All streams lie in ordinary sectors: the header says that none is too small for that.
    """
    entries: list[list[object]] = [["Root Entry", 5, FREE, END, 0]]
    sectors: list[bytes] = []
    chains: list[int] = []

    def add(content: bytes) -> int:
        if not content:
            return END
        first = len(sectors)
        pieces = [content[at : at + SECTOR] for at in range(0, len(content), SECTOR)]
        for number, piece in enumerate(pieces):
            sectors.append(piece.ljust(SECTOR, b"\0"))
            chains.append(END if number == len(pieces) - 1 else first + number + 1)
        return first

    def fill(parent: int, inside: Tree) -> None:
        numbers = []
        for name, content in inside.items():
            number = len(entries)
            numbers.append(number)
            if isinstance(content, bytes):
                entries.append([name, 2, FREE, add(content), len(content), FREE])
            else:
                entries.append([name, 1, FREE, 0, 0, FREE])
                fill(number, content)
        # Siblings as a chain to the right: readers that do not search bear it.
        for left, right in zip(numbers, [*numbers[1:], FREE], strict=True):
            entries[left][5] = right
        entries[parent][2] = numbers[0] if numbers else FREE

    entries[0].append(FREE)
    fill(0, tree)
    packed = b"".join(_entry(*entry) for entry in entries)  # type: ignore[arg-type]
    directory = add(packed.ljust(-(-len(packed) // SECTOR) * SECTOR, b"\0"))
    per_sector = SECTOR // 4
    tables = 1
    while tables * per_sector < len(sectors) + tables:
        tables += 1
    first_table = len(sectors)
    table = [*chains, *[FAT] * tables]
    table += [FREE] * (tables * per_sector - len(table))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0,
        tables, directory, 0, 0, END, 0, END, 0,
    )  # fmt: skip
    listed = [first_table + at for at in range(tables)]
    header += struct.pack("<109I", *listed, *[FREE] * (109 - len(listed)))
    return header + b"".join(sectors) + struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int) -> bytes:
    told = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xI16xIQ", told, len(told), kind, 1, FREE, right, child, 0, start, size
    )
