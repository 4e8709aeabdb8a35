"""What somebody wants read: plain data that can be stored, and sent to another machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from docglean.extractors.ledger.budget import BudgetLimits
from docglean.extractors.models.base import Tier
from docglean.extractors.models.engine_resolution import resolve
from docglean.extractors.options import Progress, RunOptions
from docglean.extractors.requests.prompts import PROMPT_VERSION
from docglean.extractors.run import RunContext
from docglean.extractors.settings import Settings, load_settings
from docglean.flows.earlier_runs import Known
from docglean.schemas.schema import load_schemas
from pydantic import BaseModel, ConfigDict, Field

RECORDING_SCHEMAS = frozenset({"note", "recording"})
"""Built-in schemas that are for recordings alone."""


def new_run() -> str:
    """A name for a run."""
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Asked:
    """By what documents would be read now.

    Attributes:
        schemas: name to hash.
        prompt_version: empty for an engine that is asked nothing.
    """

    engine: str
    schemas: Mapping[str, str]
    prompt_version: str = ""

    def made(self, known: Known) -> bool:
        """Whether a result is as it would be made now, as far as its record tells."""
        same_prompt = not self.prompt_version or known.prompt_version in ("", self.prompt_version)
        same_schema = not known.schema or self.schemas.get(known.schema) == known.schema_hash
        return known.engine == self.engine and same_prompt and same_schema


class RunRequest(BaseModel):
    """How documents are to be read. What is None comes from the settings of whoever reads.

    Attributes:
        run: its name in the ledger's accounts and in the run folder.
        schemas: specs, as on the command line.
        language: of recordings.
        download: weights of the speech engine that are missing may be downloaded.
        passwords: tried on PDFs that want one.
        batch: hand requests in at half price and wait for them.
        tier: ``flex``: at a batch's price within minutes, where the vendor has room.
        budget, daily_budget: US dollars for this run, and a day for all runs of `account`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str = Field(default_factory=new_run)
    schemas: tuple[str, ...] = ("auto",)
    engine: str | None = None
    private: bool | None = None
    concurrency: int | None = None
    speech: str | None = None
    language: str | None = None
    download: bool = False
    pages: str | None = None
    passwords: tuple[str, ...] = ()
    instructions: str = ""
    batch: bool = False
    tier: Tier = "standard"
    budget: Decimal | None = None
    daily_budget: Decimal | None = None
    account: str = "docglean"

    @property
    def recordings(self) -> bool:
        """Whether recordings are asked for: by a schema of theirs, or how they are heard."""
        named = not RECORDING_SCHEMAS.isdisjoint(self.schemas)
        heard = self.speech or self.language or self.download
        spec = self.settings()
        return bool(named or heard or spec.speech != "auto" or spec.engine.startswith("audio+"))

    def settings(self) -> Settings:
        """The settings here, with what the order says.

        Raises:
            ConfigError: ``bad_setting``.
        """
        names = ("engine", "private", "concurrency", "speech", "budget", "daily_budget")
        return load_settings(**{name: getattr(self, name) for name in names})

    def definite(self) -> RunRequest:
        """The same order where schemas mean the same from any folder."""
        return self.model_copy(update={"schemas": tuple(map(_from_anywhere, self.schemas))})

    async def engine_here(self) -> str:
        """The engine that this order is read with, where it names none or ``auto``.

        Raises:
            ConfigError: as `engine_resolution.resolve`.
        """
        settings = self.settings()
        return (await resolve(settings.engine, settings))[0].spec

    async def asked(self) -> Asked:
        """By what documents would be read now.

        Raises:
            ConfigError, SchemaError: nothing can be read like this.
        """
        settings = self.settings()
        engine, _ = await resolve(settings.engine, settings)
        schemas = {schema.name: schema.hash for schema in load_schemas(self.schemas)}
        return Asked(engine.spec, schemas, PROMPT_VERSION if engine.is_model else "")

    async def open(
        self,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        **how: Any,
    ) -> RunContext:
        """A RunContext for this order; the caller has to close it. `how` as `RunContext.open`.

        Raises:
            ConfigError, SchemaError: nothing can be read like this.
        """
        settings = self.settings()
        options = RunOptions(
            pages=self.pages,
            passwords=self.passwords,
            instructions=self.instructions,
            language=self.language,
            download=self.download,
            recordings=self.recordings,
            run=self.run,
            batch=self.batch,
            tier=self.tier,
            budget_limits=BudgetLimits(settings.budget, settings.daily_budget, self.account),
        )
        schemas = load_schemas(self.schemas)
        return await RunContext.open(
            settings, schemas, options=options, on_progress=on_progress, **how
        )

    def told(self) -> dict[str, Any]:
        """What was said, without what must not be written down; for run.json."""
        said = self.model_dump(mode="json", exclude={"run", "passwords", "account"})
        return {
            name: value
            for name, value in said.items()
            if value not in (None, "", [], False, "standard")
        }


def _from_anywhere(schema: str) -> str:
    """A schema's spec with its file named by the whole path."""
    found = re.fullmatch(r"(.+\.(?:py|json))(:\w+)?", schema, re.IGNORECASE)
    path = None if found is None else Path(found[1]).expanduser()
    if found is None or path is None or not path.is_file():
        return schema
    return f"{path.absolute()}{found[2] or ''}"
