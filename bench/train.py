"""Train the small models of the engine `local`, and write them into the package.

    python -m bench.train NAME [--evaldata FOLDER] [--dry]

NAME is a module of bench/trainings. Examples are learnt in folds of whole groups (a document, a
sender), so that the log loss in the model's record is one of groups that it has not seen; then all
of them make the model that is written to extractors/rules/ranker/NAME.json. With --dry the figures
are printed alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

RANKER = Path(__file__).parents[1] / "extractors" / "rules" / "ranker"
FOLDS = 3


@dataclass(frozen=True)
class Example:
    """One thing to learn from.

    Attributes:
        features: by name; what is not told is missing.
        label: what it is.
        document: where it is from.
        group: what is learnt and tried as a whole: its document, or all of a sender.
        data: the set of documents, or "generated".
        weight: how much it counts.
        note: whatever a training's `threshold` needs to know.
    """

    features: Mapping[str, float]
    label: str
    document: str
    group: str
    data: str
    weight: float = 1.0
    note: Any = None


@dataclass(frozen=True)
class Training:
    """How one model is learnt.

    Attributes:
        labels: what a thing may be; of two, the second is what is looked for.
        examples: gives what is learnt from; its argument is the folder of labelled documents.
        options: of the boosted trees of scikit-learn, in place of those below.
        seeds: of the documents that were generated for it.
        threshold: from examples and their cross-fitted probabilities (a column a label) the least
            probability that is worth telling.
        report: prints what else is to be known of examples and cross-fitted probabilities.
        known: what the model's record tells beside.
    """

    labels: tuple[str, ...]
    examples: Callable[[Path], Iterable[Example]]
    options: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    threshold: Callable[[Sequence[Example], NDArray[np.float64]], float] = lambda _, __: 0.5
    report: Callable[[Sequence[Example], NDArray[np.float64]], None] = lambda _, __: None
    known: Callable[[Sequence[Example]], Mapping[str, Any]] = lambda _: {}


def _learner(training: Training) -> Any:
    usual = {
        "max_iter": 120, "max_depth": 4, "learning_rate": 0.1, "min_samples_leaf": 20,
        "l2_regularization": 1.0, "random_state": 0, "early_stopping": False,
    }  # fmt: skip
    return HistGradientBoostingClassifier(**{**usual, **training.options})


@threadpool_limits.wrap(limits=1)  # of small trees several threads make no quicker work
def train(training: Training, evaldata: Path) -> dict[str, Any]:
    """Learn a model; the content of its file."""
    examples = list(training.examples(evaldata))
    data = _data_of(training, examples)
    shares = cross_fitted(training, examples)
    record = {**_record(training, examples, data.truth, shares), **training.known(examples)}
    training.report(examples, shares)
    fitted = _learner(training).fit(data.matrix, data.truth, sample_weight=data.weights)
    return {
        "labels": training.labels, "features": data.names, "record": record,
        "threshold": round(float(training.threshold(examples, shares)), 3),
        "trees": trees_of(fitted, len(data.names)),
    }  # fmt: skip


@dataclass(frozen=True)
class _Data:
    """Examples as the learner wants them."""

    names: list[str]
    matrix: NDArray[np.float64]
    truth: NDArray[np.int64]
    weights: NDArray[np.float64]


def _data_of(training: Training, examples: Sequence[Example]) -> _Data:
    told = {name for one in examples for name, value in one.features.items() if value == value}
    names = sorted(told)
    rows = [[one.features.get(name, np.nan) for name in names] for one in examples]
    matrix = np.array(rows, dtype=np.float64)
    truth = np.array([training.labels.index(one.label) for one in examples])
    weights = np.array([one.weight for one in examples])
    return _Data(names, matrix, truth, weights)


@threadpool_limits.wrap(limits=1)
def cross_fitted(training: Training, examples: Sequence[Example]) -> NDArray[np.float64]:
    """Probabilities of each example by a model that has not seen its group, a column a label."""
    data = _data_of(training, examples)
    groups = [one.group for one in examples]
    shares = np.zeros((len(examples), len(training.labels)))
    for seen, unseen in GroupKFold(FOLDS).split(data.matrix, data.truth, groups):
        fold = _learner(training).fit(
            data.matrix[seen], data.truth[seen], sample_weight=data.weights[seen]
        )
        shares[np.ix_(unseen, fold.classes_)] = fold.predict_proba(data.matrix[unseen])
    return shares


def _record(
    training: Training, examples: Sequence[Example], truth: NDArray[np.int64],
    shares: NDArray[np.float64],
) -> dict[str, Any]:  # fmt: skip
    documents = {name: len({one.document for one in examples if one.data == name})
                 for name in sorted({one.data for one in examples})}  # fmt: skip
    labels = range(len(training.labels))
    record: dict[str, Any] = {
        "trained": dt.date.today().isoformat(),
        "documents": documents,
        "seeds": training.seeds,
        "examples": {label: int((truth == at).sum()) for at, label in enumerate(training.labels)},
        "folds": FOLDS,
        "cross_fitted_log_loss": round(float(log_loss(truth, shares, labels=labels)), 4),
    }
    if len(labels) == 2:
        record["cross_fitted_auc"] = round(float(roc_auc_score(truth, shares[:, 1])), 4)
    return record


# --- files -------------------------------------------------------------------------------------


def trees_of(fitted: HistGradientBoostingClassifier, features: int) -> dict[str, Any]:
    """Boosted trees, as `docglean.extractors.rules.ranker.model` reads them."""
    nodes: list[list[float]] = []
    roots = []
    depth = 1
    for turn in fitted._predictors:
        for predictor in turn:
            first = len(nodes)
            roots.append(first)
            for node in predictor.nodes:
                depth = max(depth, int(node["depth"]))
                if node["is_leaf"]:
                    nodes.append([round(float(node["value"]), 5)])
                else:
                    assert node["feature_idx"] < features
                    nodes.append([
                        int(node["feature_idx"]), min(float(node["num_threshold"]), 1e300),
                        first + int(node["left"]), first + int(node["right"]),
                        int(node["missing_go_to_left"]), 0,
                    ])  # fmt: skip
    base = [round(float(value), 5) for value in np.ravel(fitted._baseline_prediction)]
    return {"base": base, "roots": roots, "depth": depth, "nodes": nodes}


def written(told: Mapping[str, Any]) -> str:
    """The file's text: readable where people read it, close where they do not."""
    lines = json.dumps({k: v for k, v in told.items() if k != "trees"}, indent=1)[:-2]
    trees = json.dumps(told["trees"], separators=(",", ":"))
    return f'{lines},\n "trees": {trees}\n}}\n'


def main() -> None:
    """Train the model named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("name")
    parser.add_argument("--evaldata", type=Path, default=os.environ.get("DOCGLEAN_EVALDATA"))
    parser.add_argument("--dry", action="store_true", help="write nothing")
    told = parser.parse_args()
    if told.evaldata is None:
        parser.error("name the folder of labelled documents: --evaldata or DOCGLEAN_EVALDATA")
    training: Training = importlib.import_module(f"bench.trainings.{told.name}").TRAINING
    content = train(training, Path(told.evaldata))
    print(json.dumps(content["record"], indent=1), "threshold", content["threshold"])
    if not told.dry:
        (RANKER / f"{told.name}.json").write_text(written(content), "utf-8")


if __name__ == "__main__":
    main()
