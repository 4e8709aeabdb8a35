"""Notebooks as pages: run, and written as Markdown with what they print."""

from __future__ import annotations

import os
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbconvert import MarkdownExporter
from nbformat import NotebookNode
from traitlets.config import Config

SECONDS = 300
"""For one cell."""


def page(notebook: Path, checkout: Path) -> str:
    """The page of a notebook, which is run in the root of the checkout.

    Raises:
        CellExecutionError: a cell fails.
    """
    # Beside the package, whose environment need not be the one that runs.
    templates = distribution("nbconvert").locate_file("../../../share/jupyter/nbconvert/templates")
    where = [str(templates)]
    exporter = MarkdownExporter(extra_template_basedirs=where, extra_template_paths=where)
    text, _ = exporter.from_notebook_node(done(notebook, checkout))
    name = notebook.name
    return f"{text}\n\nThis page is the notebook [{name}]({name}), run when the page was made.\n"


def done(notebook: Path, checkout: Path) -> NotebookNode:
    """A notebook with what its cells give, by a kernel of this Python and with an empty ledger."""
    read = nbformat.read(notebook, as_version=4)
    with TemporaryDirectory() as folder:
        told = {**os.environ, "DOCGLEAN_LEDGER": str(Path(folder) / "ledger.sqlite")}
        client = NotebookClient(
            read, timeout=SECONDS, kernel_name="python3",
            resources={"metadata": {"path": str(checkout)}},
            config=Config(KernelManager={"transport": "ipc"}),
        )  # fmt: skip
        return client.execute(env=told)
