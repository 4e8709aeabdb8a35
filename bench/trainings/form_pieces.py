"""What a piece of a form's page is: a caption, an entry, or neither."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docglean.extractors.rules.readers.form_pairs import ROLES

from bench.train import Example, Training
from bench.trainings.form_truth import SEEDS, WEIGHTS, layouts


def examples(evaldata: Path) -> Iterator[Example]:
    """Every piece of every page."""
    for page in layouts(evaldata):
        for number, features in enumerate(page.layout.features()):
            yield Example(
                features, page.role(number), page.document, page.document, page.data,
                WEIGHTS.get(page.data, 1.0),
            )  # fmt: skip


OPTIONS = {
    "max_iter": 100, "learning_rate": 0.07, "max_features": 0.25, "min_samples_leaf": 10,
}  # fmt: skip
TRAINING = Training(
    ROLES, examples, options={**OPTIONS, "max_iter": 90}, seeds=(SEEDS[0], SEEDS[-1])
)
