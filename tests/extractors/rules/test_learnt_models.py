"""A learnt model read from its file says what the learner said that it was made by."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from docglean.extractors.rules.ranker.model import Features, Model, model_of
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from bench.train import Example, Training, train, trees_of, written

NAMES = ("near", "digits", "right")


def rows(count: int, seed: int = 0) -> list[dict[str, float]]:
    """Things with features, of which some are missing."""
    draw = random.Random(seed)
    return [{name: draw.random() for name in NAMES if draw.random() < 0.8} for _ in range(count)]


def label_of(row: Features, labels: tuple[str, ...]) -> str:
    score = row.get("near", 0.3) + row.get("digits", 0.6) ** 2
    return labels[min(len(labels) - 1, int(score * len(labels) / 1.6))]


def trained(labels: tuple[str, ...]) -> Model:
    examples = [
        Example(row, label_of(row, labels), str(at), str(at // 10), "drawn")
        for at, row in enumerate(rows(800))
    ]
    training = Training(labels, lambda _: examples)
    return model_of(json.loads(written(train(training, Path()))))


@pytest.mark.parametrize("labels", [("other", "value"), ("other", "name", "address")])
def test_what_was_learnt_is_told_of_new_things(labels: tuple[str, ...]) -> None:
    model = trained(labels)
    new = rows(300, seed=1)
    shares = model.shares(new)
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(new)))
    told = [labels[at] for at in shares.argmax(axis=1)]
    right = [label_of(row, labels) for row in new]
    assert sum(map(str.__eq__, told, right)) > 0.9 * len(new)
    assert 0 < model.record["cross_fitted_log_loss"] < 0.7
    assert model.record["documents"] == {"drawn": 800}


@pytest.mark.parametrize("classes", [2, 3])
@threadpool_limits.wrap(limits=1)
def test_trees_say_what_the_learner_says_with_missing_features_too(classes: int) -> None:
    draw = np.random.default_rng(2)
    matrix = draw.random((600, 3))
    matrix[draw.random((600, 3)) < 0.2] = np.nan
    truth = np.digitize(np.nan_to_num(matrix).sum(axis=1), [1.2, 1.7][: classes - 1])
    fitted = HistGradientBoostingClassifier(max_iter=40, max_depth=4).fit(matrix, truth)
    told = {
        "labels": [str(at) for at in range(classes)], "features": list(NAMES), "threshold": 0.5,
        "record": {}, "trees": trees_of(fitted, 3),
    }  # fmt: skip
    model = model_of(json.loads(written(told)))
    things = [{n: v for n, v in zip(NAMES, row, strict=True) if not np.isnan(v)} for row in matrix]
    assert model.shares(things) == pytest.approx(fitted.predict_proba(matrix), abs=2e-4)
    # What the model has not learnt is not looked at.
    assert model.shares([{**thing, "new": 1.0} for thing in things[:3]]) == pytest.approx(
        model.shares(things[:3])
    )
    assert model.shares([]).shape == (0, classes)
