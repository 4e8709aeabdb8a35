"""Documents past hosted models as they behave: whether all end, what is paid, and how often.

    python -m bench.hosted [--documents 300] [--seed 0] [--quick]

Against the strict stand-ins of tests/servers for Claude, GPT and Gemini, with a third of the
documents each: models that think, 0 to 40,000 tokens a call, inside the limit of the answer, and
2 % faults of each kind, of servers and of documents. Each run is killed twice (SIGKILL) and gone on
with. No accuracy follows from it: the stand-ins read the words that they are sent without fault.

Ends with 1 where a document has no result or a wrong value that is called ok, where a request takes
more than 3 answers or more than 2 in the mean, or where an answer is paid for twice that was
neither under way when the run was killed nor lost on its way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pymupdf

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS))

import loopback  # noqa: E402
from servers.anthropic import Anthropic, anthropic  # noqa: E402
from servers.billing import SCHEMA  # noqa: E402
from servers.gemini import Gemini, gemini  # noqa: E402
from servers.openai import OpenAI, openai  # noqa: E402
from servers.vendor import Part, Refused, Vendor  # noqa: E402
from strict import KEYS, reader  # noqa: E402

THINKING = (0,) * 8 + (300,) * 5 + (2_500,) * 4 + (9_000,) * 2 + (40_000,)
"""Tokens that a call thinks: mostly little, seldom very much."""
SHARE = 0.02
"""Of each kind of fault."""
REFUSALS = {"rate limit": (429, "rate_limit_error"), "server error": (500, "api_error"),
            "overloaded": (529, "overloaded_error")}  # fmt: skip
PRICE_IN, PRICE_OUT = Decimal(1), Decimal(5)
"""US dollars for a million tokens, as the spec tells."""
KILLS = 2
SETTLING = 1.0
"""Seconds before a kill in which an answer may have been sent and not yet been stored."""
MOST_CALLS, MEAN_CALLS = 3, 2.0
LEAST_GOOD = 0.9
"""Share of the documents with nothing wrong that are to end ok: a server that fails again and again
may cost one."""
ESCALATED = frozenset({"max_tokens", "max_completion_tokens", "maxOutputTokens", "thinking",
                       "thinkingConfig", "effort", "reasoning_effort", "stream"})  # fmt: skip
"""Fields of a request that more room or less thinking changes."""
OTHERS = {"claude-haiku-5-5": "claude-haiku-4-5", "gpt-6-luna": "gpt-6-sol",
          "gemini-3.5-flash-lite": "gemini-3.5-flash"}  # fmt: skip


class Broken(Exception):
    """The connection breaks."""


@dataclass
class Meter:
    """What a stand-in did.

    Attributes:
        faults: how many were drawn, by kind.
        whole: times of the answers to a request, by all that it says.
        requests: answers by the request without what an escalation changes.
        billed: US dollars for all answers.
        lost: requests whose answer was billed, and whose connection broke.
        empty: requests that were answered with nothing.
        here: of the thread: whether its answer is empty.
        in_vain: the same by the request without what an escalation changes, with those under way,
            or just answered, at a kill: answers that nobody could have kept.
        under_way: requests that are worked on.
        spared: requests that were under way, or just answered, when the run was killed.
    """

    draws: random.Random
    faults: Counter[str] = field(default_factory=Counter)
    whole: dict[str, list[float]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    billed: Decimal = Decimal(0)
    lost: Counter[str] = field(default_factory=Counter)
    in_vain: Counter[str] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)
    here: threading.local = field(default_factory=threading.local)
    bare_of: dict[str, str] = field(default_factory=dict)
    under_way: Counter[str] = field(default_factory=Counter)
    spared: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def drawn(self, kind: str) -> bool:
        """Whether this fault happens now."""
        with self.lock:
            hit = self.draws.random() < SHARE
            self.faults[kind] += hit
        return hit

    def killed(self) -> None:
        """The run has just been killed."""
        with self.lock:
            late = time.monotonic() - SETTLING
            spared = set(self.under_way)
            spared |= {key for key, times in self.whole.items() if times[-1] > late}
            self.spared.update(spared)
            self.in_vain.update(self.bare_of[key] for key in spared)

    @property
    def most(self) -> int:
        """Answers that one request took, without those that nobody could have kept."""
        return max(count - self.in_vain[key] for key, count in self.requests.items())

    @property
    def twice(self) -> int:
        """Answers too many, but for those that nobody could have kept."""
        return sum(
            max(0, len(times) - 1 - self.spared[key] - self.lost[key] - self.empty[key])
            for key, times in self.whole.items()
        )


def _key(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _bare(body: Any) -> Any:
    """A body without what an escalation changes."""
    if isinstance(body, Mapping):
        return {name: _bare(value) for name, value in body.items() if name not in ESCALATED}
    return [_bare(one) for one in body] if isinstance(body, list) else body


def _cost(message: Mapping[str, Any]) -> Decimal:
    """US dollars of an answer, by the usage that it tells in its vendor's words."""
    used = message.get("usage") or message.get("usageMetadata") or {}
    into = ("input_tokens", "prompt_tokens", "promptTokenCount")
    out = ("output_tokens", "completion_tokens", "candidatesTokenCount", "thoughtsTokenCount")
    tokens = [sum(int(used.get(name) or 0) for name in names) for names in (into, out)]
    return (tokens[0] * PRICE_IN + tokens[1] * PRICE_OUT) / 1_000_000


class Sometimes(dict[str, str]):
    """Another model answers now and then."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    def get(self, name: str, default: Any = None) -> Any:
        return OTHERS[name] if self._meter.drawn("another model") else default


def flaky(kind: type[Vendor], seed: int, meter: Meter) -> Vendor:
    """A strict stand-in that fails now and then in every way."""

    def refuse(number: int) -> None:
        for name, (status, word) in REFUSALS.items():
            if meter.drawn(name):
                raise Refused(status, word, f"told to fail: {name}")

    def read(schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
        text = reader(schema, parts, system)
        if meter.drawn("empty answer"):
            meter.here.empty = True
            return ""
        if meter.drawn("prose for JSON"):
            return "I am sorry, but I can only describe what I see on this page."
        return text[: len(text) // 2] if meter.drawn("half of the JSON") else text

    class Flaky(kind):  # type: ignore[misc, valid-type]
        def answer(self, *told: Any) -> Any:
            body = told[-1]
            key, bare = _key(told), _key((told[:-1], _bare(body)))
            with meter.lock:
                meter.under_way[key] += 1
                meter.bare_of[key] = bare
            meter.here.empty = False
            try:
                time.sleep(0.02)
                if meter.drawn("connection breaks before"):
                    raise Broken
                message = super().answer(*told)
                with meter.lock:
                    meter.billed += _cost(message)
                    meter.requests[bare] += 1
                    meter.whole.setdefault(key, []).append(time.monotonic())
                if meter.here.empty:  # asked for again as it was
                    with meter.lock:
                        meter.empty[key] += 1
                        meter.in_vain[bare] += 1
                elif meter.drawn("connection breaks after"):
                    with meter.lock:
                        meter.lost[key] += 1
                        meter.in_vain[bare] += 1
                    raise Broken
                return message
            finally:
                with meter.lock:
                    meter.under_way[key] -= 1
                    meter.under_way += Counter()

    return Flaky(read, seed=seed, thinking=THINKING, fault=refuse, reroute=Sometimes(meter))


VENDORS: dict[str, tuple[Any, Any, str]] = {
    "Claude": (Anthropic, anthropic, "anthropic:claude-haiku-5-5@{url}?key=STANDIN_ANTHROPIC"),
    "GPT": (OpenAI, openai, "openai:gpt-6-luna@{url}?key=STANDIN_OPENAI"),
    "Gemini": (Gemini, gemini, "gemini:gemini-3.5-flash-lite@{url}?key=STANDIN_GEMINI"),
}


@contextmanager
def standing(name: str, seed: int, meter: Meter) -> Iterator[tuple[Vendor, str]]:
    """One vendor's stand-in, and the spec of its model that reads text and thinks."""
    kind, opened, spec = VENDORS[name]
    with opened(flaky(kind, seed, meter)) as vendor:
        yield (
            vendor,
            f"ocr+{spec.format(url=vendor.url)}&effort=medium&price={PRICE_IN}/{PRICE_OUT}",
        )


# --- documents ----------------------------------------------------------------------------------


def draw_documents(folder: Path, count: int, seed: int) -> dict[str, int | None]:
    """Slips of one to forty pages, a few of each kind that something is wrong with.

    Returns:
        The number that each holds, by its name; None where it cannot be read.
    """
    folder.mkdir(parents=True)
    draws = random.Random(f"documents {seed}")
    found: dict[str, int | None] = {}
    for number in range(count):
        kind = next((one for one in FAULTS if draws.random() < SHARE), "")
        path = folder / f"{number:04}{'-' if kind else ''}{kind}.pdf"
        pages = draws.choices((1, 2, 3, 8, 40), (70, 12, 10, 6, 2))[0]
        content = slip(number, pages)
        path.write_bytes(FAULTS[kind](content, number) if kind else content)
        found[path.name] = number if kind in ("", "hidden") else None
    return found


def slip(number: int, pages: int, *, hidden: bool = False, password: str = "") -> bytes:
    """A slip whose fields stand on its first page; further pages have notes."""
    with pymupdf.open() as pdf:
        for page in range(pages):
            sheet = pdf.new_page(width=300, height=200)
            if page:
                sheet.insert_text((20, 30), f"note {page} of slip {number}: no field is here")
                continue
            sheet.insert_text((20, 30), f"number: {number}")
            sheet.insert_text((20, 60), f"word: w{number * number}")
            if hidden:
                sheet.insert_text((20, 90), "number: 999999", color=(1, 1, 1))
        if password:
            return bytes(pdf.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=password))
        return bytes(pdf.tobytes())


def blank(content: bytes, number: int) -> bytes:
    """A page with nothing on it."""
    with pymupdf.open() as pdf:
        pdf.new_page(width=300, height=200)
        return bytes(pdf.tobytes())


FAULTS: dict[str, Callable[[bytes, int], bytes]] = {
    "cut": lambda content, number: content[: len(content) // 2],
    "empty": lambda content, number: b"",
    "text": lambda content, number: b"This is no PDF.\n" * 20,
    "noise": lambda content, number: random.Random(number).randbytes(4_000),
    "locked": lambda content, number: slip(number, 1, password="secret"),
    "hidden": lambda content, number: slip(number, 1, hidden=True),
    "blank": blank,
}
"""Kinds of documents with which something is wrong."""


# --- a run --------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """The report on one vendor."""

    rows: dict[str, str]
    broken: list[str]


def docglean(*words: str, place: Path, wait: bool = True) -> Any:
    """The command line in a process of its own, with a ledger of this place."""
    told = os.environ | KEYS | {"DOCGLEAN_LEDGER": str(place / "ledger.sqlite")}
    command = [sys.executable, "-m", "docglean", *words]
    if not wait:
        return subprocess.Popen(command, env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def until_done(words: Sequence[str], vendor: Vendor, meter: Meter, place: Path, calls: int) -> int:
    """A run that is killed when so many calls more were made, twice; and how often it was begun."""
    for begun in range(1, KILLS + 2):
        run = docglean(*words, place=place, wait=False)
        limit = len(vendor.calls) + calls if begun <= KILLS else None
        while run.poll() is None and (limit is None or len(vendor.calls) < limit):
            time.sleep(0.02)
        if run.poll() is not None:
            _, said = run.communicate()
            if run.returncode not in (0, 1):
                raise RuntimeError(f"ended with {run.returncode}: {said.decode()}")
            return begun
        run.kill()
        meter.killed()
        run.communicate()
    raise AssertionError("not reached")


def soak(name: str, documents: int, seed: int, place: Path) -> Outcome:
    """All documents past one vendor."""
    place.mkdir()
    meter = Meter(random.Random(f"faults {seed} {name}"))
    truth = draw_documents(place / "in", documents, seed)
    (place / "slip.py").write_text(SCHEMA)
    schema = ["--schema", f"{place / 'slip.py'}:Slip"]
    first = place / "first"
    first.mkdir()
    for path in [p for p in sorted((place / "in").iterdir()) if "-" not in p.name][:3]:
        (first / path.name).write_bytes(path.read_bytes())
    with standing(name, seed, meter) as (vendor, spec):
        asking = [*schema, "--engine", spec]
        told = [_estimate(place / "in", asking, place)]
        docglean("extract", str(first), *asking, "--out", str(place / "3"), place=place)
        told.append(_estimate(place / "in", asking, place) + meter.billed)
        words = ["extract", str(place / "in"), *asking, "--out", str(place / "out"), "--quiet"]
        begun = until_done(words, vendor, meter, place, max(4, documents // 4))
        spent = json.loads(docglean("costs", "--json", "--by", "engine", place=place))
    results = [json.loads(line) for line in (place / "out" / "results.jsonl").open()]
    return told_of(results, truth, meter, told, spent, begun)


def _estimate(folder: Path, asking: Sequence[str], place: Path) -> Decimal:
    said = json.loads(docglean("estimate", str(folder), *asking, "--json", place=place))
    return Decimal(str(said["total"]["cost"]))


def told_of(
    results: list[dict[str, Any]],
    truth: Mapping[str, int | None],
    meter: Meter,
    estimates: Sequence[Decimal],
    spent: Mapping[str, Any],
    begun: int,
) -> Outcome:
    """The figures of one run, and which of the bounds it broke."""
    ended = {one["document"]["name"]: one for one in results}
    by_status = Counter(one["status"] for one in results)
    wrong = [
        name for name, one in ended.items()
        if one["status"] == "ok" and (one["data"] or {}).get("number") != truth[name]
    ]  # fmt: skip
    whole = [name for name, number in truth.items() if "-" not in name]
    answers = list(meter.requests.values())
    mean = sum(answers) / len(answers)
    ledger = sum(Decimal(str(row["cost"] or 0)) for row in spent["by"]["engine"])
    broken = []
    if set(ended) != set(truth) or len(results) != len(truth):
        broken.append(f"{len(set(truth) - set(ended))} documents have no result")
    if wrong:
        broken.append(f"ok with a wrong value: {', '.join(wrong[:5])}")
    if meter.most > MOST_CALLS or mean > MEAN_CALLS:
        broken.append(f"answers a request: {mean:.2f} in the mean, {meter.most} at the most")
    if meter.twice:
        broken.append(f"{meter.twice} answers were paid for twice")
    good = sum(ended[name]["status"] == "ok" for name in whole if name in ended)
    if good < LEAST_GOOD * len(whole):
        broken.append(f"only {good} of {len(whole)} good documents are ok")
    if ledger > meter.billed:
        broken.append(f"the ledger has ${ledger}, the server billed ${meter.billed}")
    rows = {
        "documents, ended": f"{len(truth)}, {len(ended)}",
        "begun, killed": f"{begun}, {begun - 1}",
        "ok / review": f"{by_status['ok']} / {by_status['review']}",
        "partial / failed": f"{by_status['partial']} / {by_status['failed']}",
        "good documents ok": f"{good} of {len(whole)}",
        "ok and wrong": str(len(wrong)),
        "faults of servers": str(sum(meter.faults.values())),
        "answers a document": f"{sum(answers) / len(truth):.2f}",
        "answers a request": f"{mean:.2f}, at most {meter.most}",
        "billed": f"${meter.billed:.4f}",
        "in the ledger": f"${ledger:.4f}",
        "estimated before": f"${estimates[0]:.4f}, x{meter.billed / estimates[0]:.2f}",
        "after 3 documents": f"${estimates[1]:.4f}, x{meter.billed / estimates[1]:.2f}",
        "lost with their connection": str(sum(meter.lost.values())),
        "paid twice": str(meter.twice),
    }
    return Outcome(rows, broken)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a bound is broken."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.hosted",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--documents", type=int, default=300, help="in all, a third each vendor")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="36 documents: too few to quote")
    told = parser.parse_args(arguments)
    loopback.Server.handle_error = lambda *_: None  # type: ignore[method-assign]
    count = (36 if told.quick else told.documents) // len(VENDORS)
    with TemporaryDirectory(prefix="docglean-hosted-") as place:
        found = {
            name: soak(name, count, told.seed + number, Path(place) / name)
            for number, name in enumerate(VENDORS)
        }
    print(f"{'':<27}" + "".join(f"{name:>17}" for name in found))
    for row in next(iter(found.values())).rows:
        print(f"{row:<27}" + "".join(f"{one.rows[row]:>17}" for one in found.values()))
    broken = [f"{name}: {one}" for name, outcome in found.items() for one in outcome.broken]
    print("\n".join(broken) or "All bounds are kept.")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
