"""What one document becomes for the run's engine: images, text, a transcript, frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from docglean.extractors.documents.cache import Unreadable, reading_version
from docglean.extractors.inputs.audio import Sound
from docglean.extractors.inputs.film import Film
from docglean.extractors.inputs.model_input import ModelInput, Pages, Recording
from docglean.extractors.inputs.pdf import Files, as_images, is_digital, whole_pages
from docglean.extractors.render_policy import RenderPolicy
from docglean.extractors.requests.plan import Medium
from docglean.extractors.speech.transcriber import of_this_recording
from docglean.schemas.errors import ConfigError, ModelError, Problem, SourceError

if TYPE_CHECKING:
    from docglean.extractors.job import Job
    from docglean.extractors.speech import Transcript

FRAME_EDGE = 1568
"""Longest side of a frame: slides stay legible, and Claude takes a hundred of that size."""
NOTHING_SAID = "nothing_said"
"""Code of the problem of a recording in which nobody speaks."""


async def shown_pages(job: Job) -> tuple[ModelInput, Unreadable]:
    """The pages of a document, and those that can't be shown."""
    assert job.document is not None
    policy = _policy(job)
    as_files = job.run.engine.inputs == "pdf"
    view: ModelInput = await (_files(job) if as_files else _pages(job, policy, "pages"))
    return view, await Unreadable.of(job.document, policy, job.run.ledger)


async def shown_recording(job: Job) -> ModelInput:
    """A recording by its transcript, a film by its frames with what is said meanwhile.

    To an engine that hears (``audio+``) both are played instead, if there is something to be heard.

    Raises:
        SourceError: it can't be read, or there is no engine to hear it.
        ConfigError: a hosted speech engine refuses its key.
        ModelError: a hosted speech engine fails.
    """
    assert job.document is not None
    if job.run.engine.inputs == "audio" and job.document.has_sound:
        return await _played(job)
    transcript = await _heard(job)
    if not job.document.pages:
        assert transcript is not None
        return Recording.of(transcript)
    job.pages = tuple(page.number for page in job.document.pages)
    policy = _policy(job)
    if policy is not None and policy.max_edge > FRAME_EDGE:
        policy = replace(policy, name=f"{policy.name}@{FRAME_EDGE}", max_edge=FRAME_EDGE)
    frames = await _pages(job, policy, "video")
    return Film.of(frames, transcript)


async def look_up_what_is_said(job: Job) -> None:
    """Transcribe a recording that was played, so that what the model says can be looked up in it.

    On this machine, or by the hosted engine that was named. Without one nothing is looked up.

    Raises:
        ConfigError: a hosted speech engine refuses its key.
    """
    try:
        await job.listen()
    except (ConfigError, SourceError, ModelError) as error:
        lost = of_this_recording(error, job.name) if isinstance(error, ConfigError) else error
        job.problems.append(
            Problem(
                code="not_looked_up",
                message=f"{job.name}: what the model says was not looked up in a transcript. "
                f"{lost.message}",
                way_out=lost.way_out,
            )
        )


async def _played(job: Job) -> Sound:
    assert job.document is not None
    try:
        sound = await Sound.of(
            job.document,
            job.run.workers,
            job.run.ledger,
            job.run.capability.sound_tokens,
            voice_activity=job.run.hearing.voice_activity,
        )
    except ConfigError as error:
        raise of_this_recording(error, job.name) from error
    job.length = sound.seconds
    if not sound.total:
        job.problems.append(
            Problem(
                code=NOTHING_SAID,
                message=f"{job.name}: nobody speaks in it.",
                way_out="If somebody does, add ?vad=off to the speech engine.",
                severity="error",
            )
        )
    return sound


def _policy(job: Job) -> RenderPolicy | None:
    """How pages are drawn for the engine; None where they are not shown as images."""
    engine, capability = job.run.engine, job.run.capability
    if engine.embedded:
        return None
    if engine.inputs == "pdf":  # scans and photos go as images
        return capability.render
    if engine.inputs == "audio":  # named for recordings; pages are shown as well as can be
        return None if capability.vision is False else capability.render
    return capability.render if "image" in engine.inputs else None


async def _pages(job: Job, policy: RenderPolicy | None, medium: Medium) -> Pages:
    with_text = "ocr" in job.run.engine.inputs or (policy is None and not job.run.engine.embedded)
    assert job.document is not None
    turned = any(page.turn for page in job.document.pages)
    reads = [f"image {policy}{' upright' if turned else ''}"] if policy else []
    if with_text:
        await job.read_words()
        kept = " with hidden" if job.run.engine.keeps_hidden else ""
        reads.append(f"text {reading_version()}{kept}")
    return Pages(
        job.document,
        policy,
        job.words,
        with_text,
        " + ".join(reads),
        job.run.turns,
        medium,
    )


async def _files(job: Job) -> Files:
    """A document's pages as PDF, where they may go so."""
    assert job.document is not None
    counting = job.run.capability.pdf
    assert counting is not None  # refused before: `capabilities.check`
    digital = [page.number for page in job.document.pages if is_digital(page)]
    await job.read_words([number for number in job.pages if number in set(digital)])
    whole = whole_pages(job.document.media_type, job.document.pages, job.words)
    job.problems += as_images(job.name, job.pages, whole)
    images = await _pages(job, _policy(job), "pages")
    return Files(images, whole, counting)


async def _heard(job: Job) -> Transcript | None:
    """What is said, None where it can't be heard: a film has its frames still."""
    document = job.document
    assert document is not None
    if not document.has_sound:
        return None
    try:
        transcript = await job.listen()
    except (ConfigError, SourceError) as error:
        lost = of_this_recording(error, job.name) if isinstance(error, ConfigError) else error
        if not document.pages:
            raise lost from error
        job.problems.append(Problem.of(lost))
        return None
    if not transcript.segments and not document.pages:
        job.problems = [
            problem.model_copy(update={"severity": "error"})
            if problem.code == NOTHING_SAID
            else problem
            for problem in job.problems
        ]
    return transcript
