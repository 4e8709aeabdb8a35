"""What somebody wants read: plain data that can be stored, and sent to another machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from docglean.extractors.models.engine_resolution import resolve
from docglean.extractors.options import RunOptions
from docglean.extractors.progress import Progress
from docglean.extractors.run import RunContext
from docglean.extractors.versions import PROMPT_VERSION
from docglean.flows.earlier_runs import KnownDocument, next_engines
from docglean.schemas.schema import load_schemas
from docglean.schemas.specs import from_anywhere
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic_core import to_jsonable_python

if TYPE_CHECKING:
    from docglean.extractors.examples.labelled import Labelled

RECORDING_SCHEMAS = frozenset({"note", "recording"})
"""Built-in schemas that are for recordings alone."""


def _read_examples(folder: str) -> Labelled:
    """Layouts of labels are loaded for runs that have examples only."""
    from docglean.evaluation.example_labels import read_examples

    return read_examples(folder)


def new_run() -> str:
    """A name for a run."""
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Asked:
    """By what documents would be read now.

    Attributes:
        schemas: name to hash.
        prompt_version: empty for an engine that is asked nothing.
        next_engines: as `earlier_runs.next_engines` says it.
    """

    engine: str
    schemas: Mapping[str, str]
    prompt_version: str = ""
    next_engines: tuple[str, ...] = ()

    def made(self, known: KnownDocument) -> bool:
        """Whether a result is as it would be made now, as far as its record tells."""
        if known.parts:
            return all(self.made(one) for one in known.parts)
        facts = known.facts
        same_prompt = not self.prompt_version or facts.prompt_version in ("", self.prompt_version)
        same_next = facts.next_engines in (None, self.next_engines)
        same_next = same_next and not (known.next_failed and self.next_engines)
        same_schema = not known.schema or self.schemas.get(known.schema) == known.schema_hash
        return known.engine == self.engine and same_prompt and same_schema and same_next


@pydantic_dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class RunRequest(RunOptions):
    """How documents are to be read: options, and what they are read as.

    Attributes:
        run: its name in the ledger's accounts and in the run folder.
        schemas: specs, as on the command line.
    """

    run: str = Field(default_factory=new_run)
    schemas: tuple[str, ...] = ("auto",)

    @classmethod
    def from_options(cls, options: RunOptions, **more: Any) -> RunRequest:
        """From the options that a door was given."""
        return cls(**options.offered(), **more)

    def asks_for_recordings(self) -> bool:
        """Whether recordings are asked for: by a schema of theirs, or how they are heard."""
        named = not RECORDING_SCHEMAS.isdisjoint(self.schemas)
        heard = self.speech or self.language or self.download
        spec = self.settings()
        return bool(named or heard or spec.speech != "auto" or spec.engine.startswith("audio+"))

    def definite(self) -> RunRequest:
        """The same order where schemas, examples and a plan of parts mean the same from any
        folder."""
        plan = Path(self.split).expanduser()
        examples = self.examples and str(Path(self.examples).expanduser().absolute())
        return replace(
            self,
            schemas=tuple(map(from_anywhere, self.schemas)),
            examples=examples,
            split=str(plan.absolute()) if plan.is_file() else self.split,
        )

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
        then = [(await resolve(spec, settings))[0].spec for spec in settings.then]
        schemas = {schema.name: schema.hash for schema in load_schemas(self.schemas)}
        return Asked(
            engine.spec,
            schemas,
            PROMPT_VERSION if engine.is_model else "",
            next_engines(then, settings.when),
        )

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
        return await RunContext.open(
            self.settings(),
            load_schemas(self.schemas),
            options=replace(self, recordings=self.asks_for_recordings()),
            on_progress=on_progress,
            read_labels=_read_examples,
            **how,
        )

    def written(self) -> dict[str, Any]:
        """Schemas and options as plain data, without passwords, which are written down nowhere."""
        said = {"schemas": self.schemas} | self.offered()
        del said["password"]
        return cast("dict[str, Any]", to_jsonable_python(said))

    def told(self) -> dict[str, Any]:
        """What was said, for run.json."""
        unsaid = RunRequest().written() | {"schemas": None}
        return {name: value for name, value in self.written().items() if value != unsaid[name]}
