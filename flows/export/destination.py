"""Where results go, and in which format: what a file name, a folder or a URL says.

results.csv, .parquet     one file with a row a document; lists beside it, results-LIST.csv
results.xlsx              one workbook with a sheet for each table
results.jsonl, .json      documents whole, with evidence and confidence
results.sqlite, .duckdb   a database, as its URL: documents that are there are replaced
somewhere/csv, /parquet   a folder with a file for each table
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from types import MappingProxyType

from docglean.extractors.settings import load_settings
from docglean.flows.export.layout import Layout
from docglean.flows.export.sink import SINKS, Sink, SinkFormat, check_storage
from docglean.flows.export.tables import flattener
from docglean.flows.schema_shape import Shaped
from docglean.schemas.errors import ConfigError

COPY = "folder"
"""What `export` takes for the run folder as it is, which is no format of tables."""
PREFIX = "docglean_"
"""Of tables in a database."""
NO_SCHEMAS: Mapping[str, Shaped] = MappingProxyType({})
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]*(-[a-z0-9]+)?$")


@dataclass(frozen=True, slots=True)
class Destination:
    """A place and its format.

    Attributes:
        prefix: of the tables in a database.
        table: that goes there alone; None: all, or a row a document where it is one file.
    """

    to: str
    format: SinkFormat
    prefix: str = PREFIX
    table: str | None = None

    def __post_init__(self) -> None:
        """Refuse one table where there are none, or where the others would be taken out."""
        if self.table is not None and (self.format.whole or self.format.keeps):
            raise ConfigError(
                "bad_option",
                f"The format {self.format.name} has no single table.",
                "Leave out --table, or name a .csv, .parquet or .xlsx.",
            )

    def open(self) -> Sink:
        """A sink that writes there.

        Raises:
            ConfigError: ``no_database``, an extra is not installed, or ``is_ledger``: it is the
                file that every model's answer stands in.
        """
        _refuse_ledger(self.to)
        with SINKS.blamed(self.format.name):
            return self.format.open(self.to, self.prefix)

    def below(self, folder: str) -> Destination:
        """The same in a folder."""
        return replace(self, to=f"{folder}/{self.to}")

    def check(self, schemas: Mapping[str, Shaped] = NO_SCHEMAS) -> None:
        """Whether it can be written, as far as that can be told before there are results.

        Args:
            schemas: by hash, those that documents are going to be read by.

        Raises:
            ConfigError: as `open`; ``no_storage``; ``table_taken``, ``other_type``,
                ``file_taken``: what stands there forbids it.
        """
        if "://" not in self.to:
            _check_place(Path(self.to))
        elif not self.format.schemes:
            check_storage(self.to)
        with TemporaryDirectory(prefix="docglean-") as folder:
            there = "://" in self.to or Path(self.to).exists()
            # A database that is opened is made.
            new = replace(self, to=f"{folder}/{Path(self.to).name}")
            with (self if there or self._is_file else new).open() as sink:
                # Which of several is used, and which table is meant then, the documents tell.
                if schemas and (self.table is None or len(schemas) == 1):
                    flat = flattener((), schemas, always=schemas)
                    sink.check(Layout(flat, single=sink.single, table=self.table).tables)

    @property
    def _is_file(self) -> bool:
        """Whether it is made elsewhere, and opening it leaves nothing."""
        return not self.format.keeps and self.format in SINKS.built_in()


def destination(
    to: str, kind: str | None = None, *, prefix: str = PREFIX, table: str | None = None
) -> Destination:
    """The destination that is named, of the format that is named or that it looks like.

    Raises:
        ConfigError: ``bad_format``, ``bad_option``.
    """
    return Destination(to, guess(to) if kind is None else _named(kind), prefix, table)


def file_destination(
    out: str, kind: str | None = None, *, table: str | None = None
) -> Destination | None:
    """What ``--out`` names where it is no run folder: a file or a database.

    A folder that is there, and a name without a suffix or with a slash at its end, is a run folder.

    Args:
        kind: the format that was asked for.

    Raises:
        ConfigError: ``bad_format``: nobody knows the suffix, or it is another format's;
            ``bad_option``.
    """
    found = looks_like(out)
    suffix = _suffix(out)
    if found is None and suffix and "://" not in out and not _is_folder(out):
        raise _unknown_suffix(out, suffix)
    if kind is not None:
        wanted = _named(kind)
        if found is None or not (found == wanted or _fits(out, wanted)):
            raise _other_format(out, wanted, found)
        found = wanted
    return None if found is None else Destination(out, found, table=table)


def guess(to: str) -> SinkFormat:
    """The format that a destination looks like.

    Raises:
        ConfigError: ``bad_format``.
    """
    place = to.lower().rstrip("/")
    scheme = place.split("://")[0].split("+")[0] if "://" in place else ""
    for known in (SINKS.built_in, SINKS.added):  # packages are asked where nothing built in fits
        for one in known():
            if scheme in one.schemes:
                return one
        for one in known():
            if one.suffixes and place.endswith(one.suffixes):
                return one
    raise _unknown(f"Nobody can tell what {to} is to be.{_meant(_suffix(to))}")


def looks_like(out: str) -> SinkFormat | None:
    """The format of a file or URL by its whole suffix or its scheme; None of a folder."""
    if _is_folder(out):
        return None
    scheme = out.lower().partition("://")[0].split("+")[0] if "://" in out else ""
    for one in SINKS.records() if scheme or _suffix(out) else ():
        if scheme in one.schemes or _suffix(out) in file_suffixes(one):
            return one
    return None


def _fits(out: str, wanted: SinkFormat) -> bool:
    """Whether a place of this name may be of this format; those of packages may have any name."""
    is_ours = wanted.name in {one.name for one in SINKS.built_in()}
    return not is_ours or _suffix(out) in file_suffixes(wanted)


def file_suffixes(one: SinkFormat) -> tuple[str, ...]:
    """How files of a format end, the usual way first."""
    return tuple(f".{suffix.lstrip('.')}" for suffix in one.suffixes)


def _known_suffixes() -> list[str]:
    every = (suffix for one in SINKS.records() for suffix in file_suffixes(one))
    return list(dict.fromkeys(every))


def _suffix(to: str) -> str:
    """The end of a file's name, in small letters; figures alone are none (``2026.11``)."""
    found = _SUFFIX.search(to.lower().rpartition("/")[2])
    return found[0] if found else ""


def _is_folder(out: str) -> bool:
    return out.endswith(("/", os.sep)) or Path(out).is_dir()


def _refuse_ledger(to: str) -> None:
    place, ledger = (_local(told) for told in (to, load_settings().ledger))
    if place and ledger and place.exists() and ledger.exists() and place.samefile(ledger):
        raise ConfigError(
            "is_ledger",
            f"{to} is docglean's ledger, where the answers stand that were paid for.",
            "Name another file.",
        )


def _local(to: str) -> Path | None:
    """The file on this machine that a path or the URL of a database means."""
    _, is_url, place = to.partition(":///")
    if is_url:
        return Path(place.partition("?")[0]) if place else None
    return None if "://" in to else Path(to)


def _check_place(path: Path) -> None:
    path = path.absolute()
    folder = next(parent for parent in path.parents if parent.exists())
    cause = ""
    if not folder.is_dir():
        cause = f"{folder} is no folder"
    else:
        try:  # what a folder may be asked for is not what a read-only or virtual one does
            with NamedTemporaryFile(prefix=".docglean-", dir=folder):
                pass
        except OSError as error:
            cause = f"{folder} takes no files ({error.strerror})"
    if cause:
        raise ConfigError(
            "no_storage", f"{path} cannot be written: {cause}.", "Name another place."
        )


def _named(kind: str) -> SinkFormat:
    found = SINKS.get(kind)
    if found is None:
        near = get_close_matches(kind, SINKS, 1)
        raise _unknown(
            f"There is no output format {kind!r}.{f' Did you mean {near[0]}?' if near else ''}"
        )
    return found


def _meant(suffix: str) -> str:
    near = get_close_matches(suffix, _known_suffixes(), 1) if suffix else []
    return f" Did you mean {near[0]}?" if near else ""


def _unknown(message: str) -> ConfigError:
    broken = " ".join(fault.message for fault in SINKS.faults())
    return ConfigError(
        "bad_format", f"{message} {broken}".strip(), f"Add --to {', '.join((*SINKS, COPY))}."
    )


def _unknown_suffix(out: str, suffix: str) -> ConfigError:
    broken = " ".join(fault.message for fault in SINKS.faults())
    return ConfigError(
        "bad_format",
        f"Nobody can tell what {out} is to be.{_meant(suffix)} {broken}".strip(),
        f"A file's name ends in {', '.join(_known_suffixes())}; for a run folder write {out}/ "
        "with a slash.",
    )


def _other_format(out: str, wanted: SinkFormat, found: SinkFormat | None) -> ConfigError:
    is_other = "a run folder" if found is None else found.name
    ends = " or ".join(file_suffixes(wanted))
    return ConfigError(
        "bad_format",
        f"--format {wanted.name} was asked for, but by its name {out} is {is_other}.",
        f"End the name in {ends}, or leave out --format.",
    )
