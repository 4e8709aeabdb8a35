"""Folders of evaluations that nobody ran: made answers and rows with known figures.

`Made` writes what an evaluation would leave. A document's values are told engine by engine as a
word of one letter a value: see `LETTERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from docglean.evaluation.labels import file_hash
from docglean.evaluation.results import (
    ANSWERS,
    MANIFEST,
    ROWS,
    EngineAnswer,
    EngineRecord,
    ExamplesRecord,
    Manifest,
    ResultRow,
    Results,
    SetRecord,
)
from docglean.extractors.extraction import Confidence, Usage
from docglean.schemas.errors import Problem

LETTERS = {
    "c": "correct", "e": "correct_empty", "w": "wrong", "m": "missing", "h": "hallucinated",
    "x": "extra", "u": "unanswered",
}  # fmt: skip
HOSTED = "anthropic:claude-haiku-4-5"
SAMPLES = Path(__file__).resolve().parent.parent / "samples"
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{7*7}}{% raw %} $x^2$ `|*_ "
    "\x00\x07\u202egnp.exe \u2028 | a | b |\n# head"
)
"""What a document, a label or a server may say."""


def engine(spec: str, **facts: Any) -> EngineRecord:
    """A record with what the spec says."""
    inputs, _, rest = spec.rpartition("+")
    provider, _, model = rest.partition(":")
    embedded = spec == "local"
    return EngineRecord(
        **{
            "spec": spec, "provider": provider, "model": model, "inputs": inputs or "image",
            "embedded": embedded, "self_hosted": embedded, "host": None if embedded else "host",
            **facts,
        }
    )  # fmt: skip


@dataclass
class Made:
    """An evaluation to be written.

    Attributes:
        folder: where it is written.
        engines: records in order.
        documents: what `say` was told.
    """

    folder: Path
    engines: list[EngineRecord]
    sets: dict[str, Path] = field(default_factory=dict)
    answers: list[EngineAnswer] = field(default_factory=list)
    rows: list[ResultRow] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    examples: ExamplesRecord | None = None

    def say(
        self,
        document: str,
        engine: str,
        word: str,
        *,
        set: str = "a",
        repeat: int = 1,
        schema: str = "bill",
        cost: float | None = 0.0,
        latency: float = 1.0,
        machine: float = 1.0,
        pages: int = 1,
        tags: Mapping[str, str] | None = None,
        failed: bool = False,
        problems: tuple[Problem, ...] = (),
        values: Mapping[str, Any] | None = None,
        truths: Mapping[int, Any] | None = None,
        said: Mapping[int, Any] | None = None,
        names: Mapping[int, str] | None = None,
        places: Mapping[int, tuple[int, tuple[float, float, float, float]]] | None = None,
        signals: Mapping[int, Mapping[str, float]] | None = None,
        sure: Mapping[int, float] | None = None,
        **more: Any,
    ) -> None:
        """One answer: `word` has one letter a value, the i-th being of field ``/f<i>``."""
        given: dict[str, Any] = {}
        for place, letter in enumerate(word):
            name = (names or {}).get(place, f"f{place}")
            outcome = LETTERS[letter]
            truth: Any = (truths or {}).get(place, f"truth {place}")
            predicted: Any = (said or {}).get(place, f"other {place} of {engine}")
            if outcome in ("correct_empty", "hallucinated", "extra", "unanswered"):
                truth = None
            if outcome == "correct":
                predicted = truth
            if outcome in ("correct_empty", "missing", "unanswered"):
                predicted = None
            page, box = (places or {}).get(place, (None, None))
            given[name] = predicted
            self.rows.append(
                ResultRow(
                    f"/{name}", f"/{name}", "Text", truth, predicted,
                    "missing" if outcome == "unanswered" else outcome,  # type: ignore[arg-type]
                    float(outcome in ("correct", "correct_empty")),
                    set=set, document=document, engine=engine, repeat=repeat, schema=schema,
                    page=page, box=box, at=f"/{name}",
                    confidence=(sure or {}).get(place), cross_fitted=(sure or {}).get(place),
                )
            )  # fmt: skip
        confidence = {
            f"/{(names or {}).get(place, f'f{place}')}": Confidence(probability=0.5, signals=one)
            for place, one in (signals or {}).items()
        }
        self.answers.append(
            EngineAnswer(
                set=set, document=document, file=more.pop("file", f"{document}.pdf"),
                schema_name=schema, engine=engine, repeat=repeat, tags=dict(tags or {}),
                pages=pages, status="failed" if failed else "ok", latency=latency,
                machine_seconds=machine, cost=None if cost is None else Decimal(str(cost)),
                usage=more.pop("usage", Usage()), problems=list(problems),
                values=None if failed else dict(values or given), confidence=confidence, **more,
            )
        )  # fmt: skip

    def write(self) -> Results:
        """The folder, in the order in which an evaluation leaves it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        order = {record.spec: place for place, record in enumerate(self.engines)}
        for things in (self.answers, self.rows):
            things.sort(key=lambda one: (one.set, one.document, order[one.engine], one.repeat))
        sets = {answer.set for answer in self.answers}
        manifest = Manifest(
            id="made", started=datetime(2026, 11, 24, 12, tzinfo=UTC), state="finished",
            ended=datetime(2026, 11, 24, 13, tzinfo=UTC), engines=self.engines,
            command=self.command, options=self.options, prompt_version="7",
            price_table="genai-prices 0.2.3", price_date="2026-11-24",
            schemas={"bill": "5" * 64}, versions={"docglean": "0.1.0"}, code="c" * 64,
            examples=self.examples,
            sets=[
                SetRecord(
                    name=name, folder=str(self.sets.get(name, self.folder)), layout="own",
                    hash="a" * 64, labels=len({a.document for a in self.answers if a.set == name}),
                )
                for name in sorted(sets)
            ],
        )  # fmt: skip
        (self.folder / MANIFEST).write_text(manifest.model_dump_json(), "utf-8")
        (self.folder / ANSWERS).write_text(
            "".join(answer.to_json() + "\n" for answer in self.answers), "utf-8"
        )
        (self.folder / ROWS).write_text("".join(row.to_json() + "\n" for row in self.rows), "utf-8")
        return Results(self.folder)


def whole(folder: Path, *, hostile: str = "", documents: int = 24) -> Made:
    """Something of everything: sets, schemas, repeats, failures, suspects, pictures, cascades."""
    random = np.random.default_rng(4)
    own = engine(f"vllm:Qwen{hostile}@http://gpu:8000/v1", self_hosted=True, model="Qwen",
                 notice=f"Pages go to gpu{hostile}")  # fmt: skip
    engines = [engine("local"), engine(HOSTED), engine(f"ocr+{HOSTED}"), own]
    names = {0: f"number{hostile}", 1: "total", 2: "due"}
    made = Made(
        folder / "report", engines, sets={"samples": SAMPLES}, options={"instructions": hostile},
        command=["docglean", "evaluate", f"labels{hostile}", "--engine", "local"],
    )  # fmt: skip
    files = ["documents/invoice-scan.pdf", "documents/receipt-photo.jpg", "documents/note.wav"]
    for place in range(documents):
        for number, record in enumerate(engines):
            for repeat in (1,) if record.embedded else (1, 2):
                failed = number == 1 and place % 12 == 5
                quality = (0.5, 0.9, 0.8, 0.85)[number]
                word = "".join("c" if random.random() < quality else "w" for _ in range(2))
                word = "mmu" if failed else word + random.choice(list("eh"))
                if place == 0:
                    word = f"w{word[1:]}"
                made.say(
                    f"d{place:02}", record.spec, word, repeat=repeat,
                    set="samples" if place % 4 else f"gone{hostile}", schema=f"bill{hostile}",
                    file=files[place % 3] + ("" if place % 4 else hostile), names=names,
                    cost=(0, 0.004, 0.001, 0)[number], usage=Usage(input_tokens=900), calls=1,
                    pages=0 if place % 3 == 2 else 1, duration=2.0 if place % 3 == 2 else None,
                    truths={0: f"A-1{hostile}", 1: 12.5}, said={0: f"B-2{hostile}"},
                    places={0: (1, (60, 60, 120, 75)), 1: (1, (300, 400, 360, 415))},
                    sha256=file_hash(SAMPLES / files[place % 3]),
                    tags={"language": ("de" if place % 2 else "en") + hostile}, failed=failed,
                    sure={} if failed else {
                        at: 0.9 if (letter in "ce") != (place % 7 == at) else 0.4
                        for at, letter in enumerate(word)
                    },
                    problems=(Problem(code="refused", message=f"No.{hostile}", severity="error",
                                      way_out=f"Ask{hostile}"),) if failed else (),
                    measures={"anls_star": (0.8, 1.0), f"own{hostile}": (1.0, 2.0)},
                )  # fmt: skip
    return made
