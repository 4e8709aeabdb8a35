"""Files below a folder that anybody may have filled: each folder once, whatever links say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

Identity = tuple[int, int] | str


class Stopped(Exception):
    """The search was cancelled: its caller no longer waits for the answer."""


@dataclass(slots=True)
class Tree:
    """What is below a folder.

    Attributes:
        files: in the order of their names; hidden ones and run folders are left out.
        unread: folders that could not be listed, with the system's reason.
    """

    files: list[Path] = field(default_factory=list)
    unread: dict[Path, str] = field(default_factory=dict)


def files_below(folder: Path, stopped: Callable[[], bool] = lambda: False) -> Tree:
    """The files of a folder and of all folders in it.

    A link to a folder is followed once all that is truly here has been seen, and only to folders
    not seen yet; one to a folder that holds this one is a loop. Pipes, sockets and devices are no
    files.

    Args:
        stopped: looked at again and again; ends the search where it is true.

    Raises:
        Stopped: the search was ended.
    """
    walk = _Walk(folder, stopped)
    walk.search(folder)
    while walk.links:
        links, walk.links = sorted(walk.links), []
        for link in links:
            walk.follow(link)
    tree = walk.tree
    tree.files.sort(key=lambda file: file.relative_to(folder).parts)
    return tree


def identity(path: Path, status: os.stat_result) -> Identity:
    """The same for two ways to one file or folder; some network file systems number nothing."""
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


class _Walk:
    """One search of a tree, without recursion: trees may be deeper than Python's stack."""

    def __init__(self, root: Path, stopped: Callable[[], bool]) -> None:
        self.tree = Tree()
        self.links: list[Path] = []
        self._stopped = stopped
        real = Path(os.path.realpath(root))
        # A link to one of these would bring all of this again, and the rest of the machine.
        self._seen = set(_identities(real.parents))

    def search(self, top: Path) -> None:
        waiting = [top]
        while waiting:
            waiting += self._list(waiting.pop())

    def follow(self, link: Path) -> None:
        try:
            if link.is_dir():
                if not _is_run(link):
                    self.search(link)
            elif link.is_file():
                self.tree.files.append(link)
        except OSError:  # it leads in circles, or nowhere
            return

    def _list(self, folder: Path) -> list[Path]:
        """Take the files of one folder; the folders in it."""
        try:
            status = folder.stat()
            which = identity(folder, status)
            if which in self._seen:
                return []
            self._seen.add(which)
            return [below for entry in _entries(folder) for below in self._take(folder, entry)]
        except OSError as error:
            self.tree.unread[folder] = error.strerror or type(error).__name__
            return []

    def _take(self, folder: Path, entry: os.DirEntry[str]) -> list[Path]:
        if self._stopped():
            raise Stopped
        if entry.name.startswith("."):
            return []
        path = folder / entry.name
        if entry.is_symlink():
            self.links.append(path)
        elif entry.is_dir(follow_symlinks=False):
            return [] if _is_run(path) else [path]
        elif entry.is_file(follow_symlinks=False):
            self.tree.files.append(path)
        return []


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from entries


def _identities(folders: Iterable[Path]) -> Iterator[Identity]:
    for folder in folders:
        try:
            yield identity(folder, folder.stat())
        except OSError:
            continue


def _is_run(folder: Path) -> bool:
    """Whether a run has left its results here."""
    return os.path.isfile(folder / "run.json")  # noqa: PTH113 (says False where a path is too long)
