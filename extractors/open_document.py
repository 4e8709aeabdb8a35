"""The first step: a file becomes a document with pages, or a recording."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from docglean.extractors.documents import cache
from docglean.extractors.documents.document import Document
from docglean.extractors.documents.document_words import DocumentWords
from docglean.extractors.documents.embedded.data import EmbeddedData
from docglean.extractors.extraction import PartRecord, SourceRecord, Spending
from docglean.extractors.fair_slots import DOCUMENT
from docglean.extractors.page_selection import absent_pages, select_pages
from docglean.extractors.printable import name_of
from docglean.extractors.run import RunContext
from docglean.extractors.speech.document_speech import DocumentSpeech
from docglean.extractors.speech.transcriber import of_this_recording
from docglean.extractors.telemetry.spans import span
from docglean.schemas.errors import ConfigError, Problem, SourceError


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that is to be read.

    Attributes:
        name: for messages.
        uri: where it came from.
        part: which document of another file it is, where it was taken out of that.
    """

    path: Path
    name: str
    uri: str
    part: PartRecord | None = None

    @classmethod
    def of(cls, path: Path, name: str | None, uri: str | None) -> InputFile:
        """With the file's own name and place where no other is told."""
        path = Path(path)
        return cls(path, name or name_of(path), uri or path.absolute().as_uri())

    @classmethod
    def begin(cls, path: Path, name: str | None, uri: str | None) -> InputFile:
        """The same, and what is done from here on is done for it: slots are shared out by file."""
        file = cls.of(path, name, uri)
        DOCUMENT.set(file.uri)
        return file

    def within(self, part: PartRecord, path: Path | None = None) -> InputFile:
        """One of the documents in it.

        Args:
            path: of the file that it is, where it was taken out.
        """
        name, uri = part.name_in(self.name), part.uri_in(self.uri)
        return replace(self, path=path or self.path, name=name, uri=uri, part=part)

    def record(self) -> SourceRecord:
        """What is known of it before it is opened."""
        return SourceRecord(name=self.name, uri=self.uri, part=self.part)


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document that was opened, with what its words are and what is said in it, once needed.

    Attributes:
        pages: numbers of the pages to be read; empty for a recording.
        part: which document of the file, where it was divided into several.
        problems: of dividing it.
        settled: it was told where the file is divided, which nobody has to doubt then.
        spending: on dividing the file, where this is the first document of it.
    """

    file: InputFile
    document: Document
    words: DocumentWords
    speech: DocumentSpeech
    pages: tuple[int, ...] = field(default=())
    part: PartRecord | None = None
    problems: tuple[Problem, ...] = ()
    settled: bool = False
    spending: Spending = field(default_factory=Spending)

    @property
    def name(self) -> str:
        """For messages."""
        return self.file.name

    @property
    def own_data(self) -> EmbeddedData | None:
        """What the file says of itself in data beside its pages; that of a file of several
        documents is of no single one of them."""
        alone = self.part is None or self.part.whole or self.part.of == 1
        return self.document.opened.embedded if alone else None

    def record(self, seconds: float | None = None) -> SourceRecord:
        """Which file this is.

        Args:
            seconds: length of the recording, where it was gone through.
        """
        document, heard = self.document, self.speech.transcript
        seconds = document.duration if seconds is None else seconds
        seconds = seconds if heard is None else heard.seconds
        return SourceRecord(
            name=self.name,
            uri=self.file.uri,
            sha256=document.sha256,
            media_type=document.media_type,
            pages=len(document.pages if self.part is None else self.pages),
            seconds=None if document.medium == "pages" else seconds,
            part=self.part,
        )


async def open_document(run: RunContext, file: InputFile, *, sending: bool = True) -> OpenDocument:
    """Open a file, and find out which of its pages are to be read.

    Args:
        sending: False where nothing may be sent to a hosted speech engine.

    Raises:
        SourceError: it can't be opened; ``no_such_page``, it has none of the pages asked for.
        ConfigError: the ledger fails.
    """
    with span("open"):
        try:
            document = await cache.opened(
                file.path,
                run.workers,
                run.settings.limits,
                run.ledger,
                name=file.name,
                uri=file.uri,
                passwords=run.options.password,
            )
        except ConfigError as error:  # what decodes recordings is not installed
            raise of_this_recording(error, file.name) from error
    pages: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    if document.medium == "pages":
        problems = tuple(_absent(run.options.pages, len(document.pages)))
        pages = select_pages(run.options.pages, len(document.pages))
        if not pages:
            raise SourceError(
                "no_such_page",
                f"{file.name}: its last page is {len(document.pages)}; none of those asked "
                "for is there.",
                "Ask for pages that exist.",
            )
    run.tell(file.name, "opened", pages=len(pages))

    def transcribed(seconds: float, total: float | None, speed: float | None) -> None:
        run.tell(file.name, "transcribed", seconds=seconds, total=total, speed=speed)

    speech = DocumentSpeech(document, run.transcriber, transcribed, sending)
    words = _words(run, document)
    return OpenDocument(file, document, words, speech, pages, problems=problems)


def _absent(wanted: str | None, count: int) -> Iterator[Problem]:
    """Says which pages were asked for by their numbers and are not there."""
    absent = absent_pages(wanted, count)
    if absent:
        one = len(absent) == 1
        yield Problem(
            code="pages_absent",
            message=f"Page{'' if one else 's'} {', '.join(map(str, absent))} "
            f"{'was' if one else 'were'} asked for; the last page is {count}.",
            way_out="Ask for pages that exist.",
        )


def with_nothing_read(run: RunContext, opened: OpenDocument) -> OpenDocument:
    """The same open file, without the words that were read of it."""
    document = opened.document.apart()
    return replace(opened, document=document, words=_words(run, document))


def open_part(
    run: RunContext, opened: OpenDocument, part: PartRecord, problems: tuple[Problem, ...] = ()
) -> OpenDocument:
    """One of the documents in an open file, with those of its pages that are to be read."""
    return replace(
        with_nothing_read(run, opened),
        file=opened.file.within(part),
        pages=tuple(number for number in opened.pages if part.first <= number <= part.last),
        part=part,
        problems=(*opened.problems, *problems),
    )


def _words(run: RunContext, document: Document) -> DocumentWords:
    return DocumentWords(document, run.ledger, run.turns, with_hidden=run.engine.keeps_hidden)
