"""Sound and films of what is reviewed, as browsers can play them, from any second on."""

from __future__ import annotations

from starlette.responses import FileResponse

from docglean.extractors.extraction import SourceRecord
from docglean.review.faults import NotThere
from docglean.review.pages import Pages

PLAYED = {
    "audio/wav": "audio/wav",
    "audio/mpeg": "audio/mpeg",
    "audio/flac": "audio/flac",
    "audio/ogg": "audio/ogg",
    "audio/aac": "audio/aac",
    "audio/mp4": "audio/mp4",
    "audio/webm": "audio/webm",
    "video/mp4": "video/mp4",
    "video/webm": "video/webm",
}
"""Media types of files that browsers play, and what they are called there."""


async def media_response(pages: Pages, source: SourceRecord) -> FileResponse:
    """The recording, or the part of it that the request's header Range names.

    Raises:
        NotThere: it is none, or none that browsers play.
        SourceError: the file can't be opened, or is another one now.
    """
    async with pages.originals.open(source) as document:
        media_type = PLAYED.get(document.media_type)
        if media_type is None:
            raise NotThere("no_media", f"{source.name} is nothing that a browser plays.")
        return FileResponse(document.path, media_type=media_type)
