"""An evaluation is opened: its engines, its calibrations, what is measured already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from docglean.evaluation.labels import LabelSet, usable
from docglean.evaluation.open_engines import open_engines
from docglean.evaluation.runner import MOST_REPEATS, Evaluation
from docglean.extractors.calibration_choice import OFF, Calibrations
from docglean.extractors.calibration_file import load_calibration
from docglean.extractors.documents.workers import Workers
from docglean.extractors.installation import install_extra
from docglean.extractors.options import RunOptions
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError


@asynccontextmanager
async def opened(
    sets: Sequence[LabelSet],
    engines: Sequence[str],
    folder: Path,
    settings: Settings,
    *,
    repeats: int = 1,
    options: RunOptions | None = None,
    sending: bool = True,
    command: Sequence[str] = (),
    asking: int = 0,
    hourly_price: Decimal | None = None,
    workers: Workers | None = None,
) -> AsyncIterator[Evaluation]:
    """An evaluation with its engines opened and its tasks planned.

    Args:
        engines: specs; the same one twice is one.
        repeats: times that each model is asked for each document, `MOST_REPEATS` at the most.
        options: its budgets are those of all engines together.
        asking, hourly_price: see `Evaluation`.
        sending: False to price only: no keys are needed.
        workers: processes to share with others, whose owner closes them.

    Raises:
        ConfigError: an engine, a key, the ledger or the folder can't be used.
    """
    _needs_extra()
    _check_labels(sets)
    if not 1 <= repeats <= MOST_REPEATS:
        raise ConfigError(
            "bad_repeats", f"{repeats} is no number of repeats.", f"Take 1 to {MOST_REPEATS}."
        )
    options = options or RunOptions()
    calibrations = Calibrations()
    if options.calibration and options.calibration != OFF:
        one = load_calibration(Path(options.calibration).expanduser())
        calibrations = Calibrations((one,), options.calibration)
    run_id = uuid4().hex
    # Engines are measured by what they read of the pages, not by data that tells the values.
    embedded = options.embedded or "ignore"
    options = replace(options, run=run_id, calibration=OFF, embedded=embedded)
    async with AsyncExitStack() as stack:
        if workers is None:
            workers = Workers(settings.limits)
            stack.push_async_callback(asyncio.to_thread, workers.close)
        found, examples = await open_engines(
            stack, sets, engines, settings, options, sending=sending, workers=workers
        )
        evaluation = Evaluation(
            sets, folder, found, repeats, options, command, asking, hourly_price, run_id=run_id,
            calibrations=calibrations, examples=examples,
        )  # fmt: skip
        await asyncio.to_thread(evaluation.plan)
        yield evaluation


def _check_labels(sets: Sequence[LabelSet]) -> None:
    """Refuse to measure where no label names a schema that can be used.

    Raises:
        ConfigError: ``bad_labels``.
    """
    labels = [(label_set, label) for label_set in sets for label in label_set.labels]
    if labels and all(usable(*one) for one in labels):
        raise ConfigError(
            "bad_labels",
            f"Not one of {len(labels)} labels can be used. {usable(*labels[0])}",
            "Mend the schemas that they name; `docglean labels check` tells what is wrong.",
        )


def _needs_extra() -> None:
    for package in ("grits", "jiwer", "statsmodels"):
        if find_spec(package) is None:
            raise ConfigError(
                "no_extra",
                f"Evaluation needs the package {package}.",
                install_extra("evaluate"),
            )
