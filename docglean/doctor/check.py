"""What the doctor looks at, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from docglean.extractors.settings import Settings

State = Literal["ok", "off", "warn", "fail"]
"""``off``: not set up, and nothing needs it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        what: was looked at; of a few words.
        told: how it is.
        way_out: what to do where it is not well, or to set it up.
    """

    what: str
    state: State
    told: str
    way_out: str = ""


@dataclass(frozen=True)
class Case:
    """What is examined.

    Attributes:
        folder: of the deployment: its prefect.yaml, and where its flows run.
        deep: also what takes long: hashes of large files.
    """

    folder: Path
    settings: Settings
    deep: bool = False

    @cached_property
    def deployments(self) -> tuple[dict[str, Any], ...]:
        """Those of the folder's prefect.yaml.

        Raises:
            ValueError: it is none.
        """
        import yaml

        path = self.folder / "prefect.yaml"
        if not path.is_file():
            return ()
        try:
            told = yaml.safe_load(path.read_text("utf-8"))
            return tuple(dict(one) for one in told["deployments"])
        except (yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is no prefect.yaml: {error!r}") from error

    def told(self, parameter: str) -> list[str]:
        """What the deployments say for a parameter, each once."""
        found = (one.get("parameters", {}).get(parameter) for one in self.deployments)
        return list(dict.fromkeys(one for one in found if isinstance(one, str)))


@dataclass(frozen=True, slots=True)
class Check:
    """Something that is looked at.

    Attributes:
        part: of the report.
        look: gives one finding or several; what it raises is a failure of the check.
        needs_settings: is left out where the settings cannot be read.
    """

    part: str
    look: Callable[[Case], Iterator[Finding]]
    needs_settings: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and the part of the report that it belongs to."""

    part: str
    finding: Finding


def examine(checks: tuple[Check, ...], case: Case) -> list[Found]:
    """All findings, in the order of the checks. Never raises what a check does."""
    found: list[Found] = []
    for check in checks:
        try:
            found += [Found(check.part, one) for one in check.look(case)]
        except Exception as error:
            # One thing that cannot be looked at must not hide all others.
            name = check.look.__name__.replace("_", " ")
            told = f"cannot be looked at: {error or type(error).__name__}"
            found.append(Found(check.part, Finding(name, "fail", told)))
    return found


def worst(found: list[Found]) -> State:
    """How it is as a whole."""
    states = {one.finding.state for one in found}
    return "fail" if "fail" in states else "warn" if "warn" in states else "ok"
