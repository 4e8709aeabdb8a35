"""A run that is killed with -9: what came back is kept, what was under way is named."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.ledger.ledger import Ledger

pytestmark = pytest.mark.e2e

CONCURRENCY = 3
PAGES = 20

RUN = '''
import asyncio, json, sys
from pathlib import Path
from docglean.extractors.models.base import Reply
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings
from docglean.extractors.document_limits import Limits
from docglean.schemas.schema import schema_of
from pydantic import BaseModel

class Doc(BaseModel):
    """A document."""
    name: str | None = None

class StandInModel:
    """Answers slowly, and writes down what was sent and what came back."""

    def __init__(self, log):
        self.log = log

    def note(self, event, call):
        pages = [part.text.split()[1] for part in call.parts[:-1:2]]
        self.log.write(json.dumps([event, pages]) + "\\n")
        self.log.flush()

    async def send(self, call):
        self.note("sent", call)
        await asyncio.sleep(0.15)
        self.note("back", call)
        return Reply(outcome="ok", text=json.dumps({"name": "Ann"}))

    async def close(self):
        pass

async def main(folder):
    settings = load_settings(
        engine="anthropic:claude-haiku-5-5?edge=256&window=1",
        ledger=str(folder / "ledger.sqlite"), concurrency=CONCURRENCY, limits=Limits(workers=1),
    )
    with (folder / "calls.log").open("a") as log:
        context = await RunContext.open(settings, [schema_of(Doc)], sending=False)
        context.gateway.client = StandInModel(log)
        async with context:
            found = await pipeline.extract(context, folder / "a.pdf")
            left = [flight.facts.pages for flight in context.ledger.interrupted]
            print(json.dumps([found.status, found.values, found.spending.calls,
                              found.spending.cached, left]))

asyncio.run(main(Path(sys.argv[1])))
'''.replace("CONCURRENCY", str(CONCURRENCY))


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder)], stdout=subprocess.PIPE, text=True
    )


def calls(folder: Path, event: str) -> list[str]:
    log = folder / "calls.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [page for line in lines for what, [page] in [json.loads(line)] if what == event]


@pytest.mark.parametrize("replies", [1, 8])
async def test_after_kill_9_only_what_had_not_come_back_is_sent(
    tmp_path: Path, replies: int
) -> None:
    pdf = pymupdf.open()
    for number in range(1, PAGES + 1):
        pdf.new_page().insert_text((72, 72), f"Page {number}: Ann")
    pdf.save(tmp_path / "a.pdf")

    process = start(tmp_path)
    until = time.monotonic() + 60
    while len(calls(tmp_path, "back")) < replies and time.monotonic() < until:
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.communicate)
    sent, back = calls(tmp_path, "sent"), calls(tmp_path, "back")
    assert len(back) >= replies
    assert len(sent) < PAGES  # it was in the middle

    process = start(tmp_path)
    out, _ = await asyncio.to_thread(process.communicate)
    status, values, paid, cached, left = json.loads(out)
    assert (status, values) == ("ok", {"name": "Ann"})
    assert paid + cached == PAGES
    # Named as interrupted: what was about to be sent, or was, and not stored when the kill came.
    stored = set(sent) - set(left)
    assert len(left) <= CONCURRENCY
    assert cached == len(stored)
    assert len(back) - CONCURRENCY <= cached <= len(back)
    again = calls(tmp_path, "sent")[len(sent) :]
    assert sorted(again) == sorted({str(n) for n in range(1, PAGES + 1)} - stored)
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.interrupted == []
        assert await ledger.in_flight() == []
