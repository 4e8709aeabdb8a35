"""Readers that are no model, by the name they have in an engine's spec.

`local` is built in; a package adds another by the entry point ``docglean.readers``:

    [project.entry-points."docglean.readers"]
    acme = "docglean_acme:KIND"
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docglean.schemas.plugins import Registry

LOCAL = "local"
"""Name of the embedded engine, which reads by rules."""


@dataclass(frozen=True, slots=True)
class ReaderKind:
    """A way to read documents without one of the models that docglean asks itself.

    Attributes:
        name: as written in an engine spec, ``acme`` or ``acme:MODEL``; a provider of that name goes
            before it.
        reader: a class of `reader.Reader`; made for each document.
        host: the machine that documents are sent to, which private mode has to allow; empty where
            nothing leaves this one.
        models: whether a spec may name a model behind the name.
        deterministic: gives the same every time, so that an evaluation has to read but once.
    """

    name: str
    reader: Callable[..., Any]
    host: str = ""
    models: bool = False
    deterministic: bool = False


READERS: Registry[ReaderKind] = Registry(
    "docglean.readers",
    ReaderKind,
    "reader",
    {LOCAL: "docglean.extractors.rules.rule_reader:KIND"},
)
