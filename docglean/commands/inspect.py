"""The commands that tell what there is: schemas and doctor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK, SOME_FAILED
from docglean.extractors.notices import tell

if TYPE_CHECKING:
    from docglean.extractors.settings import Settings
    from docglean.schemas.schema import Schema

EXTRAS = {
    "speech": ("faster_whisper", "transcribing recordings with faster-whisper"),
    "whisper": ("whisper", "transcribing recordings with openai-whisper"),
    "evaluate": ("statsmodels", "comparing engines with labels"),
    "postgres": ("psycopg", "a ledger that machines share"),
    "dask": ("prefect_dask", "flows on several machines"),
    "s3": ("s3fs", "sources and exports in S3"),
    "parquet": ("pyarrow", "exports as Parquet"),
    "duckdb": ("duckdb", "exports into DuckDB"),
    "pandas": ("pandas", "results as pandas frames"),
    "telemetry": ("opentelemetry.sdk", "sending traces and metrics"),
    "bedrock": ("botocore", "Claude on Amazon Bedrock"),
    "vertex": ("google.auth", "Claude and Gemini on Vertex AI"),
    "azure": ("azure.identity", "Azure without a key: tokens of Entra"),
}
"""Extra -> the module that it brings, and what for."""


def list_schemas() -> int:
    """``docglean schemas``: the built-in ones."""
    from docglean.cli.terminal import TerminalTable, figure, named, print_table
    from docglean.schemas.schema import load_schemas

    table = TerminalTable(named("schema"), figure("fields"), "what it is")
    for schema in load_schemas(["auto"]):
        about = schema.description.partition("\n")[0]
        table.add_row(schema.name, str(len(list(schema.root.leaves()))), about)
    print_table(table)
    return OK


def show_schema(spec: str, *, as_json: bool) -> int:
    """``docglean schemas NAME``: its fields and kinds, and what each provider takes of it."""
    from docglean.schemas.schema import load_schema

    schema = load_schema(spec)
    if as_json:
        facts = {
            "name": schema.name,
            "hash": schema.hash,
            "description": schema.description,
            "fields": [
                {
                    "path": leaf.path,
                    "kind": type(leaf.kind).__name__,
                    "nullable": leaf.nullable,
                    "optional": leaf.optional,
                    "description": leaf.description,
                    "labels": list(leaf.labels),
                }
                for leaf in schema.root.leaves()
            ],
            "providers": {name: _accepted(schema, name) for name in _dialects()},
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return OK
    understood = _understood(spec)
    if understood:
        print(f"Understood as: {understood}\n")
    _show_fields(schema)
    print()
    _show_providers(schema)
    return OK


def _understood(spec: str) -> str:
    """A schema on one line with the kinds that its names told; empty for any other."""
    from docglean.schemas.inline.grammar import parse, render
    from docglean.schemas.specs import kind_of_spec

    return render(parse(spec)) if kind_of_spec(spec) == "text" else ""


def _show_fields(schema: Schema) -> None:
    from docglean.cli.terminal import TerminalTable, named, print_table

    table = TerminalTable(
        named("field"), named("kind"), "may be absent", "what the model reads", title=schema.name
    )
    for field in schema.root.walk():
        if field.shape == "value":
            kind = type(field.kind).__name__
            table.add_row(
                field.path,
                kind,
                "yes" if field.nullable or field.optional else "no",
                field.description,
            )
        elif field.shape == "list":
            table.add_row(field.path, "list", "", field.description)
    print_table(table)


def _show_providers(schema: Schema) -> None:
    from docglean.cli.terminal import TerminalTable, figure, named, print_table

    table = TerminalTable(
        named("provider"), figure("requests a window"), "what it does not take as declared"
    )
    for name in _dialects():
        accepted = _accepted(schema, name)
        table.add_row(name, str(accepted["requests"]), "\n".join(accepted["notes"]))
    print_table(table)


def _dialects() -> list[str]:
    from docglean.schemas.wire.dialects import DIALECTS

    return list(DIALECTS)


def _accepted(schema: Schema, dialect_name: str) -> dict[str, Any]:
    from docglean.schemas.errors import SchemaError
    from docglean.schemas.wire.dialects import DIALECTS, groups, lint

    dialect = DIALECTS[dialect_name]
    notes = [problem.message for problem in lint(schema, dialect)]
    try:
        return {"requests": len(groups(schema, dialect, paged=False)), "notes": notes}
    except SchemaError as error:
        return {"requests": 0, "notes": [error.message, *notes]}


def doctor(*, as_json: bool) -> int:
    """``docglean doctor``: 0 when the embedded engine can work."""
    from docglean.extractors.settings import load_settings

    settings = load_settings()
    facts: dict[str, dict[str, str]] = {
        "installed": _installed(),
        "engines": _keys_and_servers(),
        "speech": _speech(settings),
        "ledger": _ledger(settings),
        "added": _added_by_packages(),
    }
    if as_json:
        print(json.dumps(facts, indent=2))
    else:
        from docglean.cli.terminal import TerminalTable, named, print_table

        table = TerminalTable(named(""), named("what"), "state")
        for part, lines in facts.items():
            for number, (what, state) in enumerate(lines.items()):
                table.add_row("" if number else part, what, state)
            table.add_section()
        print_table(table)
    return OK if facts["ledger"].get("usable", "yes") == "yes" else SOME_FAILED


def _installed() -> dict[str, str]:
    from docglean.extractors.installation import install_extra, is_there
    from docglean.extractors.versions import versions

    found = versions()
    for extra, (module, use) in EXTRAS.items():
        there = "installed" if is_there(module) else f"missing: {install_extra(extra)}"
        found[f"extra {extra}"] = f"{there} ({use})"
    return found


def _added_by_packages() -> dict[str, str]:
    from docglean.evaluation.layouts.port import LAYOUTS
    from docglean.evaluation.metrics.metric import METRICS
    from docglean.extractors.documents.formats import FORMATS
    from docglean.extractors.models.providers import PROVIDERS
    from docglean.extractors.reader_kinds import READERS
    from docglean.flows.export.sink import SINKS

    found: dict[str, str] = {}
    for states in (
        READERS.states(), PROVIDERS.states(), FORMATS.states(), SINKS.states(), METRICS.states(),
        LAYOUTS.states(),
    ):  # fmt: skip
        found |= states
    return found


def _keys_and_servers() -> dict[str, str]:
    import asyncio

    from docglean.commands.engines import way_in
    from docglean.extractors.models.discovery import served_engines
    from docglean.extractors.models.engines import api_key, parse_engine
    from docglean.extractors.models.providers import PROVIDERS

    found = {"local": "the embedded engine, always there"}
    served: dict[str, list[str]] = {}
    for engine in asyncio.run(served_engines()):
        served.setdefault(engine.provider, []).append(engine.model)
    for provider in PROVIDERS.records():
        name = provider.name
        if provider.self_hosted:
            models = served.get(name)
            found[name] = f"answers, with {', '.join(models)}" if models else "no server answers"
        else:
            key, _ = api_key(parse_engine(name))
            found[name] = f"key found (...{key[-4:]})" if key else f"no key: {way_in(provider)}"
    return found


def _speech(settings: Settings) -> dict[str, str]:
    from docglean.extractors.speech import speech_status

    found: dict[str, str] = {}
    for status in speech_status(settings):
        found[status.engine] = status.message
        for weights in status.weights:
            size = f"{weights.bytes / 1e6:,.0f} MB"
            knows = ", English only" if weights.english_only else ""
            found[f"{status.engine}:{weights.name}"] = f"{size} in {weights.path}{knows}"
    return found


def _ledger(settings: Settings) -> dict[str, str]:
    import asyncio

    from docglean.extractors.ledger.ledger import Ledger
    from docglean.schemas.errors import ConfigError

    async def look() -> str:
        async with await Ledger.open(settings.ledger):
            return "yes"

    try:
        return {"where": settings.ledger.partition("@")[2] or settings.ledger,
                "usable": asyncio.run(look())}  # fmt: skip
    except ConfigError as error:
        tell(str(error), error=True)
        return {"where": settings.ledger, "usable": f"no: {error.message}"}
