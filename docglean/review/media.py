"""Sound and films of what is reviewed, as browsers can play them, from any second on.

What they don't play is converted as it is heard for a transcript, so that its seconds are those of
the values; of a film its frames are the pages.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from starlette.responses import FileResponse

from docglean.extractors.documents.document import Document
from docglean.extractors.documents.playback import played_as, write_sound
from docglean.extractors.extraction import SourceRecord
from docglean.review.faults import NotThere
from docglean.review.originals import Originals
from docglean.schemas.errors import ConfigError

MOST_CONVERTED = 4
"""Recordings of which a converted file is kept; an hour has 115 MB."""
CONVERTED = "audio/wav"

Kind = Literal["", "audio", "video"]


@dataclass(frozen=True, slots=True)
class _Converted:
    folder: TemporaryDirectory[str]
    path: Path


class Recordings:
    """Recordings and films, to be played."""

    def __init__(self, originals: Originals) -> None:
        self._originals = originals
        self._played: dict[str, str] = {}
        self._converted: OrderedDict[str, _Converted] = OrderedDict()
        self._converting: dict[str, asyncio.Lock] = {}

    def close(self) -> None:
        """Remove what was converted."""
        while self._converted:
            self._converted.popitem()[1].folder.cleanup()

    async def kind(self, source: SourceRecord) -> Kind:
        """What there is to play of a document: sound, a film, or nothing.

        Raises:
            SourceError: its file can't be opened, or is another one now.
        """
        async with self._originals.open(source) as document:
            if document.medium == "pages":
                return ""
            played = await self._played_as(document)
            if played.startswith("video/"):
                return "video"
            return "audio" if played or document.has_sound else ""

    async def answer(self, source: SourceRecord) -> FileResponse:
        """The recording, or the part of it that the request's header Range names.

        Raises:
            NotThere: there is nothing to play.
            SourceError: its file can't be opened, or is another one now.
        """
        async with self._originals.open(source) as document:
            if document.medium != "pages":
                played = await self._played_as(document)
                if played:
                    return FileResponse(document.path, media_type=played)
                if document.has_sound:
                    return FileResponse(await self._sound(document), media_type=CONVERTED)
        raise NotThere("no_media", f"{source.name} is nothing that can be played.")

    async def _played_as(self, document: Document) -> str:
        sha = document.sha256
        if sha not in self._played:
            try:
                self._played[sha] = await document.run_whole(played_as)
            except ConfigError:  # nothing here decodes it; perhaps the browser does
                return document.media_type
        return self._played[sha]

    async def _sound(self, document: Document) -> Path:
        """Its sound as a file that browsers play; made once."""
        sha = document.sha256
        async with self._converting.setdefault(sha, asyncio.Lock()):
            if sha not in self._converted:
                self._converted[sha] = await self._convert(document)
                while len(self._converted) > MOST_CONVERTED:
                    self._converted.popitem(last=False)[1].folder.cleanup()
            self._converted.move_to_end(sha)
            return self._converted[sha].path

    async def _convert(self, document: Document) -> _Converted:
        folder = TemporaryDirectory(prefix="docglean-")
        path = Path(folder.name) / "sound.wav"
        try:
            await document.run_whole(write_sound, self._originals.workers.limits, str(path))
        except BaseException:
            folder.cleanup()
            raise
        return _Converted(folder, path)
