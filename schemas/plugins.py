"""Registries: what is built in under a name, and what installed packages add to it.

A package adds a record by an entry point, whose name is the record's:

    [project.entry-points."docglean.sinks"]
    ods = "my_package.ods:SINK"

Entry points are looked up (50 ms) and loaded only when something is asked for that is not built in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from typing import Any, Protocol, TypeVar

from docglean.schemas.errors import ConfigError, DocgleanError


class Named(Protocol):
    """A record that a registry holds."""

    @property
    def name(self) -> str:
        """What it is asked for by."""


T = TypeVar("T", bound=Named)


class Registry(Mapping[str, T]):
    """Records by name. What is built in goes before what packages add; iteration loads nothing.

    Args:
        group: of entry points, such as ``docglean.sinks``.
        kind: the type of the records.
        noun: what a record is, for messages.
        built_in: records, or where they are (``module:attribute``), by name.
        package: whose modules define the built-in records, each at the top of a module.

    Raises:
        ConfigError: ``bad_plugin``: by ``registry[name]``, where the package that adds it is
            broken; names the package and the cause.
    """

    def __init__(
        self,
        group: str,
        kind: type[T],
        noun: str,
        built_in: Mapping[str, T | str] | None = None,
        *,
        package: str = "",
    ) -> None:
        self.group = group
        self._kind = kind
        self._noun = noun
        self._told = built_in or {}
        self._package = package
        self._built_in: dict[str, T | str] | None = None
        self._all_built_in: tuple[T, ...] | None = None
        self._loaded: dict[EntryPoint, T | ConfigError] = {}

    def __getitem__(self, name: str) -> T:
        own = self._own()
        if name in own:
            return self._resolved(name)
        found = self._load(self._added()[name])
        if isinstance(found, ConfigError):
            raise found.with_traceback(None)
        return found

    def __iter__(self) -> Iterator[str]:
        own = self._own()
        yield from own
        yield from (name for name in self._added() if name not in own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._own() or name in self._added()

    def built_in(self) -> tuple[T, ...]:
        """The records that come with docglean; no entry point is looked up."""
        if self._all_built_in is None:
            self._all_built_in = tuple(self._resolved(name) for name in self._own())
        return self._all_built_in

    def added(self) -> tuple[T, ...]:
        """The records that packages add, but for those that are broken (`faults`)."""
        own = self._own()
        loaded = [self._load(entry) for name, entry in self._added().items() if name not in own]
        return tuple(one for one in loaded if not isinstance(one, ConfigError))

    def records(self) -> tuple[T, ...]:
        """All of them, but for those that are broken."""
        return (*self.built_in(), *self.added())

    def faults(self) -> tuple[ConfigError, ...]:
        """Why records that packages add are left out."""
        return tuple(one for one in self._checked().values() if isinstance(one, ConfigError))

    def states(self) -> dict[str, str]:
        """Who adds what, or why it cannot be used, for people."""
        return {
            f"{self._noun} {entry.name}": f"of {_package(entry)}"
            if not isinstance(found, ConfigError)
            else str(found)
            for entry, found in self._checked().items()
        }

    @contextmanager
    def blamed(self, name: str) -> Iterator[None]:
        """What goes wrong in this block is the package's that adds this record, and is told so.

        Raises:
            ConfigError: ``bad_plugin``; what is built in raises as it does.
        """
        try:
            yield
        except DocgleanError:
            raise
        except (Exception, SystemExit) as error:
            if name in self._own():
                raise
            cause = f"{type(error).__name__}: {error}"
            raise self._fault(self._added()[name], cause) from error

    def packages(self) -> tuple[str, ...]:
        """What packages add, with their versions; nothing is loaded."""
        return tuple(f"{name} {_package(entry)}" for name, entry in self._added().items())

    def _own(self) -> dict[str, T | str]:
        if self._built_in is None:
            # Whole before another thread sees it.
            found: dict[str, T | str] = dict(self._told)
            if self._package:
                found |= {one.name: one for one in _defined_in(self._package, self._kind)}
            self._built_in = found
        return self._built_in

    def _resolved(self, name: str) -> T:
        own = self._own()
        found = own[name]
        if isinstance(found, str):
            found = own[name] = loaded(found)
        assert not isinstance(found, str)
        return found

    def _added(self) -> dict[str, EntryPoint]:
        return _entries(self.group, tuple(sys.path))

    def _checked(self) -> dict[EntryPoint, T | ConfigError]:
        own = self._own()
        return {
            entry: self._fault(entry, "that name is built in") if name in own else self._load(entry)
            for name, entry in self._added().items()
        }

    def _load(self, entry: EntryPoint) -> T | ConfigError:
        if entry not in self._loaded:
            self._loaded[entry] = self._read(entry)
        return self._loaded[entry]

    def _read(self, entry: EntryPoint) -> T | ConfigError:
        try:
            found = entry.load()
        except (Exception, SystemExit) as error:  # a stranger's module, while it is imported
            return self._fault(entry, f"{type(error).__name__}: {error}")
        if not isinstance(found, self._kind):
            wanted = f"{self._kind.__module__}.{self._kind.__qualname__}"
            return self._fault(entry, f"it is a {type(found).__name__}, not a {wanted}")
        if found.name != entry.name:
            return self._fault(entry, f"its own name is {found.name!r}")
        return found

    def _fault(self, entry: EntryPoint, cause: str) -> ConfigError:
        return ConfigError(
            "bad_plugin",
            f"The {self._noun} {entry.name!r} of {_package(entry)} ({entry.value}) cannot be used: "
            f"{cause}.",
            "Update that package or remove it.",
        )


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an installed package"


def loaded(place: str) -> Any:
    """What stands at ``module:attribute``."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


@cache
def _entries(group: str, path: tuple[str, ...]) -> dict[str, EntryPoint]:
    """Entry points of a group by name, the first found of each, as imports go.

    Args:
        path: `sys.path`, which may grow while a process runs.
    """
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        found.setdefault(entry.name, entry)
    return found


def _defined_in(package: str, kind: type[T]) -> Iterator[T]:
    """What the modules of a package define of this kind."""
    for info in iter_modules(import_module(package).__path__):
        for value in vars(import_module(f"{package}.{info.name}")).values():
            if isinstance(value, kind):
                yield value
