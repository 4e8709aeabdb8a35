"""What one document becomes for the run's engine: images, text, files, a transcript, frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from docglean.extractors.documents.cache import Unreadable, version_for
from docglean.extractors.documents.words import PageWords
from docglean.extractors.inputs.audio import SoundInput
from docglean.extractors.inputs.film import FilmInput
from docglean.extractors.inputs.pages import PagesInput
from docglean.extractors.inputs.pdf import PdfInput, as_images, is_digital, whole_pages
from docglean.extractors.inputs.transcript import TranscriptInput
from docglean.extractors.model_input import Medium
from docglean.extractors.open_document import OpenDocument
from docglean.extractors.reader import Shown
from docglean.extractors.render_policy import RenderPolicy, preview_policy, within
from docglean.extractors.run import RunContext
from docglean.extractors.speech.document_speech import NOTHING_SAID
from docglean.extractors.speech.transcriber import of_this_recording
from docglean.schemas.errors import ConfigError, Problem, SourceError
from docglean.schemas.problem_codes import Severity

if TYPE_CHECKING:
    from docglean.extractors.documents.document import Document
    from docglean.extractors.documents.document_words import DocumentWords
    from docglean.extractors.speech import Transcript

FRAME_EDGE = 1568
"""Longest side of a frame: slides stay legible, and Claude takes a hundred of that size."""

FIRST_ROWS, LAST_ROWS = 15, 3
"""Of a page of which only its head is looked at; at its foot stands its number."""


async def build(run: RunContext, opened: OpenDocument) -> Shown:
    """What the run's reader is shown of a document.

    Pages go as the engine's inputs say. A recording goes by its transcript, a film by its frames
    with what is said meanwhile. To an engine that hears (``audio+``) both are played instead, if
    there is something to be heard.

    Raises:
        SourceError: a recording can't be read, or there is no engine to hear it.
        ConfigError: a hosted speech engine refuses its key.
        ModelError: a hosted speech engine fails.
    """
    document = opened.document
    if document.medium == "pages":
        return await _document(run, opened)
    if run.engine.inputs == "audio" and document.has_sound:
        return await _played(run, opened)
    transcript, problems = await _heard(opened)
    if not document.pages:
        assert transcript is not None
        recording = TranscriptInput.of(transcript)
        return Shown(opened, recording, tuple(range(1, recording.total + 1)))
    policy = page_policy(run)
    if policy is not None:
        policy = within(policy, FRAME_EDGE)
    numbers = tuple(page.number for page in document.pages)
    frames = await shown_pages(run, document, opened.words, numbers, policy, "video")
    film = FilmInput.of(frames, transcript)
    return Shown(opened, film, tuple(range(1, film.total + 1)), problems=problems)


async def build_preview(run: RunContext, opened: OpenDocument, numbers: tuple[int, ...]) -> Shown:
    """What the run's model is shown of pages, for no more than which documents they are of: small
    images, or the first and last rows of their words."""
    policy = page_policy(run)
    if policy is not None:
        policy = preview_policy(policy)
    shown = await shown_pages(run, opened.document, opened.words, (), policy)
    if shown.with_text:
        words: dict[int, PageWords | SourceError] = {}
        async for window in opened.words.in_windows(numbers):
            read = opened.words.pages
            words |= {number: _ends(read[number]) for number in window}
        reads = f"{shown.reads}, {FIRST_ROWS} first and {LAST_ROWS} last rows"
        shown = replace(shown, words=words, reads=reads)
    unreadable = await Unreadable.of(opened.document, policy, run.ledger)
    return Shown(opened, shown, numbers, unreadable)


def _ends(page: PageWords | SourceError) -> PageWords | SourceError:
    return page.ends(FIRST_ROWS, LAST_ROWS) if isinstance(page, PageWords) else page


async def _document(run: RunContext, opened: OpenDocument) -> Shown:
    document, numbers = opened.document, opened.pages
    policy = page_policy(run)
    problems: list[Problem] = []
    shown: PagesInput | PdfInput
    if run.engine.inputs == "pdf":
        counting = run.capability.pdf
        assert counting is not None  # refused before: `capabilities.check`
        digital = {page.number for page in document.pages if is_digital(page)}
        await opened.words.read([number for number in numbers if number in digital])
        whole = whole_pages(document.media_type, document.pages, opened.words.pages)
        problems = as_images(opened.name, numbers, whole)
        images = await shown_pages(run, document, opened.words, numbers, policy)
        shown = PdfInput(images, whole, counting)
    else:
        shown = await shown_pages(run, document, opened.words, numbers, policy)
    unreadable = await Unreadable.of(document, policy, run.ledger)
    return Shown(opened, shown, numbers, unreadable, tuple(problems))


async def _played(run: RunContext, opened: OpenDocument) -> Shown:
    try:
        sound = await SoundInput.of(
            opened.document,
            run.workers,
            run.ledger,
            run.capability.sound_tokens,
            voice_activity=run.transcriber.voice_activity,
        )
    except ConfigError as error:
        raise of_this_recording(error, opened.name) from error
    silent = Problem(
        code=NOTHING_SAID,
        message=f"{opened.name}: nobody speaks in it.",
        way_out="If somebody does, add ?vad=off to the speech engine.",
        severity="error",
    )
    return Shown(
        opened,
        sound,
        tuple(range(1, sound.total + 1)),
        problems=() if sound.total else (silent,),
        seconds=sound.seconds,
    )


def page_policy(run: RunContext) -> RenderPolicy | None:
    """How pages are drawn for the engine; None where they are not shown as images."""
    inputs, capability = run.engine.inputs, run.capability
    if inputs == "pdf":  # scans and photos go as images
        return capability.render
    if inputs == "audio":  # named for recordings; pages are shown as well as can be
        return None if capability.vision is False else capability.render
    return capability.render if "image" in inputs else None


async def shown_pages(
    run: RunContext,
    document: Document,
    words: DocumentWords,
    numbers: tuple[int, ...],
    policy: RenderPolicy | None,
    medium: Medium = "pages",
) -> PagesInput:
    """A document's pages as images, text or both, as the engine's inputs say.

    Args:
        numbers: of pages whose words are read, where text is sent.
        policy: how pages are drawn, None where no images are sent.
    """
    with_text = "ocr" in run.engine.inputs or policy is None
    turned = any(page.turn for page in document.pages)
    reads = [f"image {policy}{' upright' if turned else ''}"] if policy else []
    if with_text:
        await words.read(numbers)
        kept = " with hidden" if words.with_hidden else ""
        reads.append(f"text {version_for(document.media_type)}{kept}")
    return PagesInput(
        document, policy, words.pages, with_text, " + ".join(reads), run.turns, medium
    )


async def _heard(opened: OpenDocument) -> tuple[Transcript | None, tuple[Problem, ...]]:
    """What is said, None where it can't be heard: a film has its frames still."""
    document = opened.document
    if not document.has_sound:
        return None, ()
    try:
        # Where there are no frames either, a recording in which nobody speaks holds nothing.
        silence: Severity | None = None if document.pages else "error"
        return await opened.speech.listen(silence=silence), ()
    except (ConfigError, SourceError) as error:
        lost = of_this_recording(error, opened.name)
        if not document.pages:
            raise lost from error
        return None, (Problem.of(lost),)
