"""Labels as examples: what of them may be shown to a model beside another document."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from docglean.evaluation.labels import Label, LabelSet, canonical, file_hash, usable
from docglean.evaluation.layouts import load_labels
from docglean.extractors.examples.labelled import Labelled, LabelledDocument

DRAFT = "as drafts that nobody has checked"
NO_SCHEMA = "of a schema that can't be used"
NO_FILE = "without their file"
EMPTY = "for saying nothing of their document"
BROKEN = "for values that their schema does not take"


def read_examples(folder: str) -> Labelled:
    """The labels in a folder that may be shown as examples: those that a person has checked.

    Args:
        folder: as `load_labels` takes it.

    Raises:
        ConfigError: there are no labels, or they can't be read.
    """
    return examples_of(load_labels([Path(folder).expanduser()]), folder)


def examples_of(sets: list[LabelSet], named: str) -> Labelled:
    """The labels of these sets that may be shown as examples.

    Args:
        named: what they are called for people.
    """
    documents: list[LabelledDocument] = []
    left_out: Counter[str] = Counter()
    for label_set in sets:
        for label in label_set.labels:
            found = _example(label_set, label)
            if isinstance(found, str):
                left_out[found] += 1
            else:
                documents.append(found)
    return Labelled(named, tuple(documents), dict(left_out))


def _example(label_set: LabelSet, label: Label) -> LabelledDocument | str:
    """What a label says of its document, or why it is not shown."""
    if label.drafted_by:
        return DRAFT
    if usable(label_set, label) is not None:
        return NO_SCHEMA
    schema = label_set.schema(label)
    values, wrong = canonical(schema.root, label.expected, label_set.style)
    path = label_set.document(label)
    content = file_hash(path)
    if not content:
        return NO_FILE
    if wrong:
        return BROKEN
    if not values:
        return EMPTY
    return LabelledDocument(path, label.file, content, schema.name, schema.hash, values)
