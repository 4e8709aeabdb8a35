"""Which reader reads a document for the engine of a run."""

from __future__ import annotations

from docglean.extractors.calls.batch import BatchReader
from docglean.extractors.calls.model_reader import ModelReader
from docglean.extractors.package_reader import PackageReader
from docglean.extractors.reader import Reader, Shown
from docglean.extractors.reader_kinds import LOCAL, READERS
from docglean.extractors.run import RunContext


def reader_for(run: RunContext, shown: Shown) -> Reader:
    """Whatever reads a document for the run's engine."""
    if not run.engine.is_model:
        if run.engine.provider != LOCAL:
            return PackageReader(run, shown)
        reader: Reader = READERS[LOCAL].reader(run, shown)
        return reader
    return model_reader(run, shown)


def model_reader(run: RunContext, shown: Shown) -> ModelReader:
    """The reader that asks a model: now, or in a batch."""
    return ModelReader(run, shown) if run.submitter is None else BatchReader(run, shown)
