"""What one document becomes for the run's engine: images, text, a transcript, frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from docglean.extractors.films import Film
from docglean.extractors.hearing import of_this_recording
from docglean.extractors.images import RenderPolicy
from docglean.extractors.keeping import Unreadable, reading_version
from docglean.extractors.plan import Medium
from docglean.extractors.views import Pages, Recording, View
from docglean.schemas.errors import ConfigError, Problem, SourceError

if TYPE_CHECKING:
    from docglean.extractors.engines import Engine
    from docglean.extractors.job import Job
    from docglean.extractors.speech import Transcript

FRAME_EDGE = 1568
"""Longest side of a frame: slides stay legible, and Claude takes a hundred of that size."""
NOTHING_SAID = "nothing_said"
"""Code of the problem of a recording in which nobody speaks."""


async def shown_pages(job: Job) -> tuple[View, Unreadable]:
    """The pages of a document, and those that can't be shown."""
    assert job.document is not None
    policy = _policy(job)
    view = await _pages(job, policy, "pages")
    return view, await Unreadable.of(job.document, policy, job.run.ledger)


async def shown_recording(job: Job) -> View:
    """A recording by its transcript, a film by its frames with what is said meanwhile.

    Raises:
        SourceError: it can't be read, or there is no engine to hear it.
        ConfigError: a hosted speech engine refuses its key.
        ModelError: a hosted speech engine fails.
    """
    assert job.document is not None
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


def is_shown_as_image(engine: Engine) -> bool:
    """Whether pages go to the engine as images."""
    return not engine.embedded and ("image" in engine.inputs or "ocr" not in engine.inputs)


def _policy(job: Job) -> RenderPolicy | None:
    return job.run.capability.render if is_shown_as_image(job.run.engine) else None


async def _pages(job: Job, policy: RenderPolicy | None, medium: Medium) -> Pages:
    with_text = "ocr" in job.run.engine.inputs
    reads = [f"image {policy}"] if policy else []
    if with_text:
        await job.read_words()
        reads.append(f"text {reading_version()}")
    assert job.document is not None
    return Pages(
        job.document,
        policy,
        job.words,
        with_text,
        " + ".join(reads),
        job.run.turns,
        medium,
    )


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
