"""What somebody wants deployed, checked before anything is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import PurePosixPath
from zoneinfo import available_timezones

from docglean.extractors.config_files import only_names
from docglean.schemas.errors import ConfigError

UNWRITABLE = re.compile(r"[\x00-\x1f{}$:*?\[\]\"'\\]")
"""What YAML, Prefect or Compose would read as something else than a letter of a path."""


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """Where documents come from, where results go, by what, and when.

    Attributes:
        source: a folder, of the deployment's folder or by its whole path, or an fsspec URL.
        out: the run folder, in the same way.
        engine: a spec; empty: what the settings say.
        cron: when the nightly run begins; empty: 02:00, switched off until somebody says so.
        timezone: by whose clock, as ``Europe/Berlin``.
        pool: the Prefect work pool.
        daily_budget: US dollars a day that all runs may spend together.
        own: it is a folder of the user's own, beside which no checkout of docglean lies.
    """

    source: str = "inbox"
    out: str = "out"
    engine: str = ""
    cron: str = ""
    timezone: str = "UTC"
    pool: str = "docglean"
    daily_budget: Decimal | None = None
    own: bool = True

    def check(self) -> None:
        """Refuse what no worker could run.

        Raises:
            ConfigError: ``bad_option``, ``bad_engine``.
        """
        self._check_schedule()
        if self.engine and self.engine != "auto":
            from docglean.extractors.models.engines import parse_engine

            parse_engine(self.engine)
        source = ("--source", self.source.partition("://")[2] if self.is_url else self.source)
        for option, text in (source, ("--out", self.out), ("--pool", self.pool)):
            found = UNWRITABLE.search(text)
            if found or not text.strip():
                cause = f"has a {found[0]!r} in it" if found else "is empty"
                raise ConfigError(
                    "bad_option",
                    f"{option} {text} {cause}, which prefect.yaml cannot hold.",
                    "Name a plain folder (for --source also a URL such as s3://bucket/in).",
                )

    def _check_schedule(self) -> None:
        wrong = [] if _is_schedule(timezone=self.timezone) else [_no_timezone(self.timezone)]
        if not _is_schedule(cron=self.schedule):
            wrong.append(
                f"--cron {self.schedule!r} is no time: it takes minute, hour, day of the month, "
                "month and day of the week."
            )
        if wrong:
            way_out = "As in: --cron '0 2 * * *' --timezone Europe/Berlin, every night at two."
            raise ConfigError("bad_option", " ".join(wrong), way_out)

    @property
    def schedule(self) -> str:
        """When the nightly run begins."""
        return self.cron or "0 2 * * *"

    @property
    def active(self) -> bool:
        """Whether it is on from the start: somebody has said when."""
        return bool(self.cron)

    @property
    def is_url(self) -> bool:
        """Whether the source is none of this machine's folders."""
        return "://" in self.source

    @property
    def plain_engine(self) -> str:
        """The engine, where a docglean.toml in the folder may name it; else empty."""
        return self.engine if self.engine and only_names(self.engine) else ""

    @property
    def addressed_engine(self) -> str:
        """The engine with its address or key, which the environment has to name; else empty."""
        return "" if self.plain_engine else self.engine

    def inside(self, path: str) -> str:
        """A path of the deployment's folder as a container sees it; URLs as they are."""
        return path if "://" in path else str(PurePosixPath("/app") / path)

    def outside(self, path: str) -> str:
        """A path of the deployment's folder as Compose takes it."""
        return path if path.startswith("/") else f"./{PurePosixPath(path)}"


def _is_schedule(cron: str = "0 2 * * *", timezone: str = "UTC") -> bool:
    from prefect.client.schemas.schedules import CronSchedule
    from pydantic import ValidationError

    try:
        CronSchedule(cron=cron, timezone=timezone)
    except ValidationError:
        return False
    return True


def _no_timezone(name: str) -> str:
    near = get_close_matches(name, sorted(available_timezones()), 1, cutoff=0.75)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"--timezone {name!r} is no time zone.{meant}"
