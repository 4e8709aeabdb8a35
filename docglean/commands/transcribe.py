"""The commands for recordings: transcribe, and models pull."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED
from docglean.cli.progress import Display
from docglean.commands.interruption import until_interrupted
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.notices import tell
from docglean.flows.fresh_runs import begun
from docglean.flows.names import safe_part
from docglean.flows.request import RunRequest
from docglean.flows.run import transcribe_source
from docglean.flows.sources import FoundSources, find_sources, left_out, short_hash
from docglean.flows.totals import duration
from docglean.schemas.errors import BudgetExceeded, ConfigError, ModelError, SourceError
from docglean.schemas.problem_codes import PASSING

if TYPE_CHECKING:
    from docglean.extractors.extraction import SourceRecord
    from docglean.extractors.speech import Transcript
    from docglean.extractors.speech.transcript import Format

SUFFIXES = {"text": ".txt", "json": ".json", "srt": ".srt", "vtt": ".vtt"}


def transcribe_command(
    *, given: Sequence[str], order: RunRequest, form: Format, out: Path | None, quiet: bool
) -> int:
    """``docglean transcribe``: the exit code."""
    found = find_sources(given)
    if out is None and form in ("srt", "vtt") and len(found.sources) > 1:
        raise ConfigError(
            "no_out",
            f"Subtitles of {len(found.sources)} recordings need a file each.",
            "Add --out.",
        )
    return until_interrupted(_transcribe(given, found, order, form, out, quiet))


async def _transcribe(
    given: Sequence[str],
    found: FoundSources,
    order: RunRequest,
    form: Format,
    out: Path | None,
    quiet: bool,
) -> int:
    """One after the other: an engine on this machine uses all of it, a server hears stretches of
    one recording side by side.
    """
    display = Display(len(found.sources), quiet=quiet)
    writer = _Writer(form, out, alone=len(found.sources) == 1)
    failed, passing, silent = len(found.unread), 0, list[str]()
    fresh = await begun(order, given, out)
    async with await fresh.order.open(on_progress=display.on_progress) as context:
        with display:
            if fresh.said:
                display.say(fresh.said)
            for unread in found.unread:
                display.say(unread)
            for source in found.sources:
                started = time.perf_counter()
                try:
                    record, transcript = await transcribe_source(context, source)
                except BudgetExceeded as error:
                    tell(str(error), error=True)
                    return OVER_BUDGET
                except (SourceError, ModelError) as error:
                    if error.code == "no_recording" and len(found.sources) > 1:
                        silent.append(source.name)
                        continue
                    failed += 1
                    passing += error.code in PASSING
                    tell(str(error), error=True)
                    continue
                writer.write(record, transcript)
                display.done += 1
                display.say(_line_of(record, transcript, time.perf_counter() - started))
            not_done = await fresh.ended(context.ledger, lost=failed, not_done=passing)
            if not_done:
                display.say(not_done)
    if silent:
        display.say(left_out(silent, "recording"))
    return SOME_FAILED if failed or not display.done else OK


class _Writer:
    """Where transcripts go: standard output, or a file each."""

    def __init__(self, form: Format, out: Path | None, *, alone: bool) -> None:
        self._form = form
        self._out = out
        self._alone = alone
        self._taken: set[Path] = set()

    def write(self, record: SourceRecord, transcript: Transcript) -> None:
        """Write one."""
        if self._out is None:
            print(self._printed(record, transcript), end="", flush=True)
            return
        path = self._place(self._out, record)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(self._text(record, transcript))

    def _printed(self, record: SourceRecord, transcript: Transcript) -> str:
        if self._form == "json" and not self._alone:
            return json.dumps(_facts(record, transcript), ensure_ascii=False) + "\n"
        text = self._text(record, transcript)
        return text if self._alone else f"# {record.name}\n\n{text}\n"

    def _text(self, record: SourceRecord, transcript: Transcript) -> str:
        if self._form == "json":
            return json.dumps(_facts(record, transcript), indent=2, ensure_ascii=False) + "\n"
        return transcript.formatted(self._form)

    def _place(self, out: Path, record: SourceRecord) -> Path:
        """By the recording's name, told apart where two share one."""
        parts = [
            safe_part(p) for p in PurePosixPath(record.name).parts if p not in ("/", "..", ".")
        ]
        place = out / ("/".join(parts) or "recording")
        path = place.with_name(place.name + SUFFIXES[self._form])
        if path in self._taken:
            path = place.with_name(f"{place.name}-{short_hash(record.uri)}{SUFFIXES[self._form]}")
        self._taken.add(path)
        return path


def _facts(record: SourceRecord, transcript: Transcript) -> dict[str, object]:
    document = record.model_dump(mode="json", include={"name", "uri", "sha256", "media_type"})
    facts = {"document": document, **json.loads(transcript.to_json())}
    if not (transcript.spending.calls or transcript.spending.cached):
        del facts["spending"]  # heard on this machine
    return facts


def _line_of(record: SourceRecord, transcript: Transcript, took: float) -> str:
    """One recording in one line: its length, how fast it was heard, by what, what is odd."""
    heard = f"{record.name}: {duration(transcript.seconds)} in {duration(took)}"
    if took > 0:
        heard += f" ({transcript.seconds / took:.1f} x real time)"
    parts = [heard, transcript.engine, transcript.language or ""]
    line = ", ".join(part for part in parts if part)
    problems = " ".join(f"{problem.message} {problem.way_out}" for problem in transcript.problems)
    return f"{line}. {problems}".strip() if problems else line


def pull_command(spec: str) -> int:
    """``docglean models pull``: the exit code."""
    from docglean.extractors.speech import pull

    tell(f"Getting {spec} ...")
    print(pull(spec))
    return OK
