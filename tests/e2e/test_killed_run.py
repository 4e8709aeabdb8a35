"""A run that is killed with -9: what came back is kept, what was under way is named."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.ledger.ledger import Ledger
from servers.billing import paying
from servers.vendor import THINKING
from warm_commands import warm

pytestmark = pytest.mark.e2e

CONCURRENCY = 3
PAGES = 20

RUN = '''
import asyncio, json, sys
from pathlib import Path
from docglean.extractors import pipeline
from docglean.extractors.document_limits import Limits
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings
from docglean.schemas.schema import schema_of
from pydantic import BaseModel

class Doc(BaseModel):
    """A document."""
    name: str | None = None

async def main(folder, engine):
    settings = load_settings(
        engine=engine, ledger=str(folder / "ledger.sqlite"), concurrency=CONCURRENCY,
        limits=Limits(workers=1),
    )
    async with await RunContext.open(settings, [schema_of(Doc)]) as context:
        found = await pipeline.extract(context, folder / "a.pdf")
        left = [flight.facts.pages for flight in context.ledger.interrupted]
        print(json.dumps([found.status, found.values, found.spending.calls,
                          found.spending.cached, left]))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
'''.replace("CONCURRENCY", str(CONCURRENCY))


async def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not until():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("vendor", "replies"), [("anthropic", 1), ("openai", 8), ("gemini", 8), ("mistral", 1)]
)
async def test_after_kill_9_only_what_had_not_come_back_is_sent(
    tmp_path: Path, vendor: str, replies: int
) -> None:
    pdf = pymupdf.open()
    for number in range(1, PAGES + 1):
        pdf.new_page().insert_text((72, 72), f"name: Ann\n\nnote {number} of Ann")
    pdf.save(tmp_path / "a.pdf")
    with paying(thinking=THINKING, seconds=0.15) as server:
        engine = server.engine(vendor, effort="high", window="1")
        words = [str(tmp_path), engine]
        process = warm().start(words, env=dict(os.environ), code=RUN)
        await wait(lambda: server.questions >= replies)
        process.kill()
        await asyncio.to_thread(process.communicate)
        await wait(lambda: server.under_way == 0)
        before = sum(server.asked.values())
        assert server.requests < PAGES  # it was in the middle

        process = warm().start(words, env=dict(os.environ), code=RUN)
        out, _ = await asyncio.to_thread(process.communicate)
    status, values, paid, cached, left = json.loads(out)
    assert (status, values) == ("ok", {"name": "Ann"})
    assert server.requests == PAGES
    assert max(server.answers_to.values()) <= 3 + len(left)
    assert paid == sum(server.asked.values()) - before
    # Named as interrupted: what was about to be sent, or was, and not stored when the kill came.
    assert server.twice <= len(left) <= CONCURRENCY
    assert paid + cached == server.questions
    assert before - CONCURRENCY <= cached <= before
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.interrupted == []
        assert await ledger.in_flight() == []
