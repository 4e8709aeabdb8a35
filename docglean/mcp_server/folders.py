"""The folders that an agent may look into, and nothing outside of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docglean.extractors.printable import path_of, printable
from docglean.flows.sources import Source, find_sources
from docglean.schemas.errors import ConfigError


class Folders:
    """Files below some folders, by their path there or by their whole path.

    Links are followed and then looked at: one that leads outside leads nowhere. Names that begin
    with a dot are hidden.

    Raises:
        ConfigError: ``no_folder``, one of them is none.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            if not folder.is_dir():
                raise ConfigError("no_folder", f"{folder} is no folder.", "Name one that is there.")
        self._roots = tuple(folder.resolve() for folder in folders)

    def file(self, told: str) -> Path:
        """The file that is meant.

        Raises:
            ConfigError: ``outside``, also of what may or may not be there; ``not_there``.
        """
        inside = [path for path in self._meant(told) if self._holds(path)]
        if not inside:
            raise ConfigError(
                "outside",
                f"{printable(told)} is in none of the folders that may be looked into.",
                "Ask for `documents`, and name one of them.",
            )
        there = next((path for path in inside if path.is_file()), None)
        if there is None:
            raise ConfigError(
                "not_there",
                f"There is no file {printable(told)}.",
                "Ask for `documents`, and name one of them.",
            )
        return there

    def _meant(self, told: str) -> list[Path]:
        """The real paths that a name may stand for, in each folder."""
        try:
            return [(root / path_of(told)).resolve() for root in self._roots]
        except (OSError, ValueError, RuntimeError):  # no path at all, or links in a circle
            return []

    def _holds(self, path: Path) -> bool:
        """Whether a real path is below one of the folders, and not hidden there."""
        return any(
            path.is_relative_to(root)
            and not any(part.startswith(".") for part in path.relative_to(root).parts)
            for root in self._roots
        )

    def name(self, path: Path) -> str:
        """What a file is called here: its path in the folder where there is one only."""
        only = self._roots[0]
        return printable(str(path.relative_to(only) if len(self._roots) == 1 else path))

    def documents(self) -> list[str]:
        """Names of the documents that are there."""
        found = find_sources([str(root) for root in self._roots], may_be_empty=True)
        return [self.name(path) for path in map(self._real, found.sources) if path is not None]

    def _real(self, source: Source) -> Path | None:
        path = None if source.path is None else source.path.resolve()
        return path if path is not None and self._holds(path) else None
