"""The pipeline loses nothing by itself: a perfect reader's answers make up the whole truth.

`PerfectReader` stands in for the model. All else is real: the documents, the child processes that
draw and read them, the plan, the ledger, the way back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors import pipeline
from docglean.extractors.answers.validate import completed
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings
from docglean.schemas.fields import Field
from docglean.schemas.schema import Schema, load_schema
from docglean.schemas.values import leaf_value
from docglean.schemas.wire.absence import written
from docglean.schemas.wire.dialects import DIALECTS, groups
from perfect_reader import CAPTION, At, PerfectReader, whole
from servers.vendor import Part
from strict import served

LOST = {"conflict", "rows_misaligned", "truncated", "too_large", "invalid", "refused", "deadline"}
SMALL_IMAGES = "anthropic:claude-haiku-5-5?edge=256"
"""The stand-in does not look at the images, so they may be small; they are drawn all the same."""


class Counted(Workers):
    """Real workers, with a count of what they were asked to do."""

    def __init__(self, pool: Workers) -> None:
        super().__init__(pool.limits)
        self.pool = pool
        self.tasks: Counter[str] = Counter()

    async def run(self, function: Any, *args: Any, **told: Any) -> Any:
        self.tasks[function.__name__] += 1
        return await self.pool.run(function, *args, **told)


class Run:
    """Runs over documents, as the command line makes them, with the stand-in for the model."""

    def __init__(
        self, folder: Path, engine: str, schema: Schema, truth: dict[str, Any], workers: Workers
    ) -> None:
        self.settings = load_settings(engine=engine, ledger=str(folder / "ledger.sqlite"))
        self.schema = schema
        self.reader = PerfectReader(truth)
        self.workers = Counted(workers)

    async def extract(self, path: Path) -> Extraction[Any]:
        context = await RunContext.open(
            self.settings, [self.schema], sending=False, workers=self.workers
        )
        context.gateway.client = self.reader
        async with context:
            return await pipeline.extract(context, path)


def lost(extraction: Extraction[Any]) -> list[str]:
    return [problem.message for problem in extraction.problems if problem.code in LOST]


# --- a long statement --------------------------------------------------------------------------

ROWS = 25


def statement(path: Path, pages: int) -> dict[str, Any]:
    """Draw a bank statement of many pages and tell what stands where.

    Each page ends with a booking whose text goes on on the next page; bookings stand twice,
    next to each other, also where the second is the first of the next page.
    """
    import pymupdf

    pdf = pymupdf.open()
    bookings: list[dict[str, At]] = []
    balance = Decimal("1000.00")
    carried = ""
    twice: tuple[str, str, str] | None = None
    for page in range(1, pages + 1):
        sheet = pdf.new_page()
        lines = [(50, "Bank of Examples" if page == 1 else "Bank of Examples, continued")]
        if page == 1:
            lines += [(50, "Account holder: Ann Other"), (50, "Opening balance: 1,000.00")]
        if page % 3 == 1:  # the heading of the columns isn't repeated on every page
            lines.append((50, "Date        Text                         Amount"))
        if carried:
            lines.append((120, carried))
        for row in range(ROWS):
            number = (page - 1) * ROWS + row
            day = f"2024-{1 + page % 12:02}-{1 + row:02}"
            amount = f"{(number * 7919) % 99_999 / 100 - 400:.2f}"
            text, more = f"Payment {number} to shop", f"of Some One, contract {number % 13}"
            if twice is not None:
                day, text, amount = twice
                more, twice = "", None
            elif number % 17 == 3:
                more, twice = "", (day, text, amount)
            last = row == ROWS - 1 and page < pages and bool(more)
            lines.append((50, f"{day}  {text}"))
            if more and not last:
                lines.append((120, more))
            carried = more if last else ""
            lines[-1 if not more or last else -2] += ((400, amount),)  # type: ignore[operator]
            parts = ((page, text),) if not more else ((page, text), (page + 1, more))
            bookings.append(
                {
                    "date": At.page(page, day),
                    "description": At(parts if last else ((page, " ".join(t for _, t in parts)),)),
                    "amount": At.page(page, amount),
                }
            )
            balance += Decimal(amount)
        if page == pages:
            lines.append((50, f"Closing balance: {balance:,}"))
        for number, (left, text, *right) in enumerate(lines):
            sheet.insert_text((left, 60 + 13 * number), text, fontsize=8)
            for column, cell in right:  # type: ignore[has-type]
                sheet.insert_text((column, 60 + 13 * number), cell, fontsize=8)
    pdf.save(path)
    return {
        "bank_name": At.page(1, "Bank of Examples"),
        "account_holder": At.page(1, "Ann Other"),
        "opening_balance": At.page(1, "1000.00"),
        "closing_balance": At.page(pages, str(balance)),
        "transactions": bookings,
    }


@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["anthropic", "openai", "gemini"])
async def test_strict_servers_that_think_as_they_like_lose_nothing(
    vendor: str, tmp_path: Path, workers: Workers
) -> None:
    schema = load_schema("statement")
    truth = statement(tmp_path / "statement.pdf", 12)
    reader = PerfectReader(truth)

    def read(asked: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
        pages = [int(found[1]) for kind, part in parts if kind == "text"
                 and (found := CAPTION.match(part))]  # fmt: skip
        return json.dumps(reader.read(dict(asked), truth, pages, paged="_page" in system))

    with served(vendor, read, seed=3) as (server, spec):
        engine = f"{spec.removeprefix('ocr+')}&edge=256&window=4&effort=medium"
        settings = load_settings(engine=engine, ledger=str(tmp_path / "ledger.sqlite"))
        async with await RunContext.open(settings, [schema], workers=workers) as context:
            found = await pipeline.extract(context, tmp_path / "statement.pdf")
    assert found.values == completed(schema.root, whole(truth))
    assert not lost(found)
    assert max(turn.thinking for turn in server.turns) >= 2_500
    assert not server.refusals


@pytest.mark.slow
async def test_a_statement_of_120_pages_and_3000_bookings(tmp_path: Path, workers: Workers) -> None:
    path = tmp_path / "statement.pdf"
    truth = statement(path, 120)
    schema = load_schema("statement")
    run = Run(tmp_path, SMALL_IMAGES, schema, truth, workers)
    extraction = await run.extract(path)
    expected = completed(schema.root, whole(truth))
    assert len(expected["transactions"]) == 3000
    assert extraction.values is not None
    assert extraction.values["transactions"] == expected["transactions"]
    assert extraction.values == expected
    assert lost(extraction) == []
    # All of it is right; a text that goes on below the next page's heading is not always located,
    # which makes the document one to review.
    assert {problem.code for problem in extraction.problems} <= {"not_found"}
    assert extraction.status == ("review" if extraction.problems else "ok")
    # Every page was drawn and sent, one image a page, windows sharing a page.
    assert sum(images for _, images, _ in run.reader.calls) == 120 + 17 - 1
    assert run.workers.tasks["render_page"] == 136
    found = [evidence for evidence in extraction.evidence.values() if evidence.how != "not_found"]
    assert len(found) > 0.98 * len(extraction.evidence)

    # The same again: nothing is sent, drawn, read or opened.
    sent = len(run.reader.calls)
    run.workers.tasks.clear()
    again = await run.extract(path)
    assert again.values == expected
    assert again.evidence == extraction.evidence
    assert len(run.reader.calls) == sent
    assert run.workers.tasks == {}
    assert (again.spending.calls, again.spending.cached) == (0, sent)


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine",
    [
        "anthropic:claude-haiku-5-5?edge=256&window=1",
        "openai:gpt-6-luna?edge=256&window=2",
        # Answers about more than a page or two are cut off, in the end by fields.
        "anthropic:claude-haiku-5-5?edge=256&max_tokens=1500",
        "openai:gpt-6-luna?edge=256&max_tokens=700",
    ],
)
async def test_tiny_windows_and_truncated_answers_lose_nothing(
    tmp_path: Path, workers: Workers, engine: str
) -> None:
    path = tmp_path / "statement.pdf"
    truth = statement(path, 12)
    schema = load_schema("statement")
    run = Run(tmp_path, engine, schema, truth, workers)
    extraction = await run.extract(path)
    expected = completed(schema.root, whole(truth))
    assert extraction.values is not None
    assert extraction.values["transactions"] == expected["transactions"]
    assert extraction.values == expected
    assert lost(extraction) == []


# --- documents of others, with their own truth -------------------------------------------------


class Gold:
    """A document's true values, each put on the page where its text is found.

    Entries of a list never go back to an earlier page, as their order is the document's.
    """

    def __init__(self, schema: Schema, gold: dict[str, Any], texts: Sequence[str]) -> None:
        self.texts = [_folded(text) for text in texts]
        self.page = 1
        self.truth: dict[str, Any] = self._placed(schema.root, gold, None)

    def _placed(self, field: Field, value: Any, page: int | None) -> Any:
        """`page` is that of the entry which the value belongs to; None outside of lists."""
        if field.shape == "object":
            known = value or {}
            return {
                child.name: self._placed(child, known.get(child.name), page)
                for child in field.children
            }
        if field.shape == "list":
            if page is None:
                self.page = 1  # each table has its own place
            return [self._entry(field.item, entry) for entry in value or [] if _says(entry)]
        if value is None:
            return None
        with suppress(ValueError):  # the gold does not keep to its own schema everywhere
            value = leaf_value(field, value)
        if value is None:
            return None
        return At.page(page or self._where(value, 1) or 1, value)

    def _entry(self, item: Field, entry: Any) -> Any:
        own = [value for value in _leaves(entry) if len(_folded(value)) >= 4]
        places = [self._where(value, self.page) for value in sorted(own, key=_length)[-2:]]
        self.page = max([self.page, *(place for place in places if place)])
        return self._placed(item, entry, self.page)

    def _where(self, value: Any, first: int) -> int | None:
        wanted = _folded(value)
        return next(
            (n for n, text in enumerate(self.texts, 1) if n >= first and wanted in text), None
        )


def _folded(value: Any) -> str:
    return " ".join(str(value).casefold().split())


def _length(value: Any) -> int:
    return len(str(value))


def _says(entry: Any) -> bool:
    if isinstance(entry, dict):
        return any(map(_says, entry.values()))
    return bool(entry) if isinstance(entry, list) else entry is not None


def _leaves(entry: Any) -> list[Any]:
    """The entry's own values, not those of lists in it."""
    if isinstance(entry, dict):
        return [leaf for value in entry.values() for leaf in _leaves(value)]
    return [] if isinstance(entry, list) or entry is None else [entry]


def gold_of(folder: Path, name: str) -> tuple[Path, Schema, dict[str, Any]]:
    import pymupdf

    with (folder / "labels.jsonl").open() as lines:
        label = next(found for line in lines if (found := json.loads(line))["id"] == name)
    schema = load_schema(str(folder / label["schema"]))
    path = folder / label["file"]
    with pymupdf.open(path) as pdf:
        texts = [page.get_text() for page in pdf]
    return path, schema, Gold(schema, label["expected"], texts).truth


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("ma_2023_sw_m_table1", 1),
        ("ma_2023_sw_m_table2", 2),
        ("ma_2023_sw_m_table3", 8),
        ("resume_academic01", 2),
        ("resume_academic02", 8),
        ("adp_10q_fy2025q2", 3),
        ("mmm_credit_agreement_2019_11_15", 8),
    ],
)
async def test_published_documents(
    evaldata: Path, tmp_path: Path, workers: Workers, name: str, window: int
) -> None:
    path, schema, truth = gold_of(evaldata / "extract_bench", name)
    run = Run(tmp_path, f"ocr+openai:gpt-6-luna?window={window}", schema, truth, workers)
    extraction = await run.extract(path)
    assert extraction.values == written(schema.root, completed(schema.root, whole(truth)))
    assert lost(extraction) == []


ENGINES = {
    "anthropic": "anthropic:claude-haiku-5-5",
    "openai": "openai:gpt-6-luna",
    "gemini": "gemini:gemini-3.5-flash-lite",
    "mistral": "mistral:mistral-small-latest",
    "openrouter": "openrouter:google/gemini-3.5-flash-lite",
    "ollama": "ollama:qwen2.5vl:7b?context=32000",
    "vllm": "vllm:Qwen/Qwen2.5-VL-7B-Instruct?context=32000",
    "llamacpp": "llamacpp:some-model?context=32000",
    "lmstudio": "lmstudio:some-model?context=32000",
    "plain": "openai:some-model@http://127.0.0.1:9/v1?schema=none",
}


def test_every_dialect_is_tried() -> None:
    assert set(ENGINES) == set(DIALECTS)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One ledger for all dialects: the words of the pages are read once."""
    return tmp_path_factory.mktemp("shared")


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ENGINES)
async def test_a_schema_of_369_fields_in_every_dialect(
    evaldata: Path, shared: Path, workers: Workers, dialect: str
) -> None:
    path, schema, truth = gold_of(evaldata / "extract_bench", "adp_10q_fy2025q2")
    assert len(list(schema.root.leaves())) == 369
    run = Run(shared, f"ocr+{ENGINES[dialect]}", schema, truth, workers)
    extraction = await run.extract(path)
    parts = groups(schema, DIALECTS[dialect], paged=True)
    assert len(parts) > 1
    assert len(run.reader.calls) > len(parts)
    assert extraction.values == completed(schema.root, whole(truth))
    assert lost(extraction) == []


def test_the_reader_is_worth_its_name() -> None:
    """It answers from the pages and fields that it is asked for, and nothing else."""
    truth = {"a": At.page(1, "x"), "b": At.page(2, "y"), "rows": [At.page(1, "r"), At.page(2, "s")]}
    text = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    row = {"type": "object", "properties": {"_page": {"type": "integer"}, "value": text}}
    form = {
        "type": "object",
        "properties": {"a": text, "b": text, "rows": {"type": "array", "items": row}},
    }
    reader = PerfectReader(truth)
    assert reader.read(form, truth, [1]) == {
        "a": "x",
        "b": None,
        "rows": [{"_page": 1, "value": "r"}],
    }
    assert reader.read({"type": "object", "properties": {"b": text}}, truth, [1, 2]) == {"b": "y"}
