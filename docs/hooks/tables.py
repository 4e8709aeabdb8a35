"""Tables of pages on narrow screens: cells say their column, and long words may be broken."""

from __future__ import annotations

import re
from itertools import count

TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
HEAD = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
CODE = re.compile(r"(?<=<code>)[^<]*")
JOINT = re.compile(r"([/_:.@=,])(?=\w)")
"""After these a word of the program may go on in the next line."""


def fitting(page: str) -> str:
    """A page's HTML, in whose tables each cell has the name of its column as `data-head`."""
    return TABLE.sub(lambda found: _table(found[0]), page)


def _table(text: str) -> str:
    heads = [TAG.sub("", head) for head in HEAD.findall(text)]
    broken = CODE.sub(lambda code: JOINT.sub(r"\1<wbr>", code[0]), text)
    return ROW.sub(lambda row: _row(row[0], heads), broken)


def _row(text: str, heads: list[str]) -> str:
    place = count()
    return re.sub(r"<td\b", lambda _: f'<td data-head="{heads[next(place)]}"', text)
