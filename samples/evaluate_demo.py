"""Measure `local` and real OCR+LLM baselines on samples/ and on the evaluation documents, if any.

    python -m samples.evaluate_demo [--out evaluate-demo] [--first 3] [--sets samples sroie]
                                    [--models qwen smollm2] [--hourly-price 0.10]

Small language models are served on this machine by llama.cpp: nothing leaves it, nothing is paid.
What is measured is kept in --out: interrupt it when you like, a rerun goes on where it stopped.
Hosted models are not in it; the README says how to add one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from docglean.extractors.extraction import Usage
from docglean.extractors.installation import command as program

from samples.demo import WEIGHTS
from samples.small_models import MODELS, serving, speed

REPOSITORY = Path(__file__).resolve().parent.parent
SETS = ("samples", "sroie", "invoices_zugferd", "invoice2data", "funsd", "forms_filled")
"""In this order; those of the evaluation documents where they are present."""
PORT = 18111
"""Of the first model; the same in every run, because it is a part of the engine's name."""
LOCAL_SECONDS = 3
"""A document by `local`, OCR included, on 2 processors that others used too."""


def main() -> None:
    """Serve the models, measure, write the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("evaluate-demo"))
    parser.add_argument("--first", type=int, help="only the first documents of each set")
    parser.add_argument("--sets", nargs="+", default=SETS, help="folders of the sets, in order")
    parser.add_argument("--models", nargs="*", choices=MODELS, default=list(MODELS))
    parser.add_argument("--port", type=int, default=PORT, help="of the first model's server")
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count() or 1,
        help="of a model; 1 where others use the machine too: threads wait for each other",
    )  # fmt: skip
    parser.add_argument("--hourly-price", help="US dollars for an hour of this machine")
    told = parser.parse_args()
    out = told.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    folders = found_sets(told.sets)
    counts = [documents(folder, told.first) for folder in folders]
    for count, folder in zip(counts, folders, strict=True):
        print(f"{folder.name}: {count} documents", flush=True)
    with ExitStack() as stack:
        engines = ["local"]
        for place, name in enumerate(MODELS):
            if name in told.models:
                log = out / f"{name}.log"
                engines.append(
                    stack.enter_context(serving(name, told.port + place, log, threads=told.threads))
                )
        say_first(sum(counts), seconds(folders, engines[1:], told.first, out), out)
        # One document at a time: two would share the processors, and look slower than they are.
        command = ["docglean", "evaluate", *map(str, folders), "--out", str(out)]
        command += ["--concurrency", "1", "--private"]
        for engine in engines:
            command += ["--engine", engine]
        if told.first:
            command += ["--first", str(told.first)]
        if told.hourly_price:
            command += ["--hourly-price", told.hourly_price]
        print("$ " + " ".join(command), flush=True)
        command[0] = str(Path(sys.executable).with_name("docglean"))
        code = subprocess.run(command, check=False, env=environment(out)).returncode
    sys.exit(code)


def found_sets(named: list[str]) -> list[Path]:
    """Their folders; those that are not here are said and left out."""
    told = os.environ.get("DOCGLEAN_EVALDATA")
    shared = Path(told) if told else REPOSITORY.parent / "shared" / "evaldata"
    folders = []
    for name in named:
        folder = REPOSITORY / "samples" if name == "samples" else shared / name
        if (folder / "labels.jsonl").is_file():
            folders.append(folder)
        else:
            print(f"{name}: not here (DOCGLEAN_EVALDATA names the folder), left out", flush=True)
    if not folders:
        sys.exit("There is nothing to measure.")
    return folders


def documents(folder: Path, first: int | None) -> int:
    """Labels of a set that will be read."""
    lines = (folder / "labels.jsonl").read_text("utf-8").splitlines()
    return len([json.loads(line) for line in lines if line.strip()][:first])


def say_first(count: int, needed: dict[str, float], out: Path) -> None:
    """What will be read, and how long that may take."""
    minutes = {"local": count * LOCAL_SECONDS / 60}
    minutes |= {engine: each / 60 for engine, each in needed.items()}
    for engine, each in minutes.items():
        print(f"  {engine}: about {each:.0f} minutes" if each >= 1 else f"  {engine}: a minute")
    print(
        f"{count} documents take about {max(1, sum(minutes.values())):.0f} minutes at the speed of "
        "this machine now, the shortest first; answers that have to be asked for again come on "
        "top. Interrupt it when you like: the same command goes on, and "
        f"`{program()} report {out}` shows what is measured so far.",
        flush=True,
    )


def seconds(
    folders: list[Path], engines: list[str], first: int | None, out: Path
) -> dict[str, float]:
    """How long each model will take: the tokens that are still to come, at its speed here."""
    from docglean.evaluation.open_evaluation import opened
    from docglean.extractors.settings import Settings

    from docglean.commands.label_sets import first_of, read_sets

    sets = first_of(read_sets([str(folder) for folder in folders], None, None), first)

    async def usages() -> dict[str, Usage]:
        settings = Settings(ledger=str(out / "ledger.sqlite"), private=True)
        async with opened(sets, engines, out, settings, sending=False) as evaluation:
            return {price.engine: price.usage for price in await evaluation.price()}

    found = {}
    for engine, usage in asyncio.run(usages()).items() if engines else ():
        reading, writing = speed(engine)
        found[engine] = usage.input_tokens / reading + usage.output_tokens / writing
    return found


def environment(out: Path) -> dict[str, str]:
    """With a ledger of its own, and the demo's weights for speech."""
    told = {**os.environ, "DOCGLEAN_LEDGER": str(out / "ledger.sqlite")}
    weights = find_spec(WEIGHTS)
    if weights is not None and weights.submodule_search_locations:
        folder = Path(next(iter(weights.submodule_search_locations))) / "model"
        told.setdefault("DOCGLEAN_SPEECH_WEIGHTS", str(folder))
    return told


if __name__ == "__main__":
    main()
