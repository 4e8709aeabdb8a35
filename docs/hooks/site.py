"""What MkDocs calls while it builds the site: pages made from the program join its files."""

from __future__ import annotations

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from reference import PAGES


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the made pages, and keep of the navigation what is there."""
    for uri, write in PAGES.items():
        files.append(File.generated(config, uri, content=write()))
    config.nav = _there(config.nav, {file.src_uri for file in files})
    return files


def _there(entry: Any, uris: set[str]) -> Any:
    if isinstance(entry, list):
        return [kept for one in entry if (kept := _there(one, uris))]
    if isinstance(entry, dict):
        return {name: kept for name, one in entry.items() if (kept := _there(one, uris))}
    return entry if entry in uris else None
