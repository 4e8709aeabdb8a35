"""What MkDocs calls while it builds the site: what is made from the program is put into pages."""

from __future__ import annotations

import contextlib
import re
import tomllib
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from notebook import page
from reference import MAKERS
from tables import fitting

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "build" / "docs-source"
"""Where the source lies as it is installed: rooms below `docglean`."""


MADE = re.compile(r"^\{\{ (\w+)(.*) \}\}$", re.MULTILINE)


def on_startup(**_: Any) -> None:
    """Put the source where mkdocstrings looks for it."""
    below = SOURCE / "docglean"
    below.mkdir(parents=True, exist_ok=True)
    layout = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    rooms = layout["tool"]["setuptools"]["package-dir"].values()
    tops = {REPOSITORY / room for room in rooms if "/" not in room and room != "docglean"}
    for part in [*(REPOSITORY / "docglean").iterdir(), *tops]:
        with contextlib.suppress(FileExistsError):
            (below / part.name).symlink_to(part)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """A page for each notebook, beside it."""
    for found in sorted(Path(config.docs_dir).rglob("*.ipynb")):
        uri = found.relative_to(config.docs_dir).with_suffix(".md").as_posix()
        files.append(File.generated(config, uri, content=page(found, REPOSITORY)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put in what is made: ``{{ maker words }}`` on a line of its own."""
    return MADE.sub(lambda found: MAKERS[found[1]](*found[2].split()), markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Let tables fit narrow screens."""
    return fitting(html)


def on_post_build(config: MkDocsConfig, **_: Any) -> None:
    """Let pages that are opened as files search, too: they may load scripts, but no data."""
    folder = Path(config.site_dir, "search")
    index = (folder / "search_index.json").read_text("utf-8")
    (folder / "search_index.js").write_text(f"var __index = {index}", "utf-8")
