"""Results that are looked into: the last ones are held, as values are asked for one by one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from docglean.extractors.extraction import Extraction
from docglean.serve.faults import ServiceFault, not_there

HELD = 16
"""Results in memory."""


class ResultAnswer(BaseModel):
    """What was read in a file.

    Attributes:
        extractions: one; where the file holds several documents, one of each.
    """

    extractions: list[Extraction[Any]]


class Results:
    """Results by the id of their document."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, int], ResultAnswer] = OrderedDict()

    async def extraction(self, id: str, path: Path, part: int | None) -> Extraction[Any]:
        """What was read in one document of a file.

        Raises:
            ServiceFault: ``no_such_part``; ``which_part``, there are several and none is named;
                ``no_such_document``, it was deleted meanwhile.
        """
        try:
            found = (await asyncio.to_thread(self._read, id, path)).extractions
        except FileNotFoundError as error:
            raise not_there(id) from error
        if part is None and len(found) != 1:
            raise ServiceFault(
                409,
                "which_part",
                f"The file holds {len(found)} documents.",
                f"Name one with part=1 to {len(found)}.",
            )
        number = part or 1
        if number > len(found):
            raise ServiceFault(
                404, "no_such_part", f"The file holds {len(found)} documents, not {number}."
            )
        return found[number - 1]

    def _read(self, id: str, path: Path) -> ResultAnswer:
        key = id, path.stat().st_mtime_ns
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = ResultAnswer.model_validate_json(path.read_bytes())
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        return found
