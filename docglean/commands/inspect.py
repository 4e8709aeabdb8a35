"""The commands that tell what there is: schemas, engines, doctor."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK, SOME_FAILED
from docglean.extractors.notices import tell

if TYPE_CHECKING:
    from docglean.extractors.models.capabilities import KnownEngine
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
    "bedrock": ("botocore", "Claude on Amazon Bedrock"),
    "vertex": ("google.auth", "Claude and Gemini on Vertex AI"),
    "azure": ("azure.identity", "Azure without a key: tokens of Entra"),
}
"""Extra -> the module that it brings, and what for."""


def list_schemas() -> int:
    """``docglean schemas``: the built-in ones."""
    from docglean.cli.terminal import TerminalTable, print_table
    from docglean.schemas.schema import load_schemas

    table = TerminalTable("schema", "fields", "what it is")
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
    _show_fields(schema)
    _show_providers(schema)
    return OK


def _show_fields(schema: Schema) -> None:
    from docglean.cli.terminal import TerminalTable, print_table

    table = TerminalTable(
        "field", "kind", "may be absent", "what the model reads", title=schema.name
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
    from docglean.cli.terminal import TerminalTable, print_table

    table = TerminalTable("provider", "requests a window", "what it does not take as declared")
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


def list_engines(
    *, vision: bool, private: bool | None, max_price: float | None, as_json: bool
) -> int:
    """``docglean engines``."""
    import asyncio
    from dataclasses import replace

    from docglean.extractors.models.capabilities import known_engine, known_engines
    from docglean.extractors.models.discovery import served_engines
    from docglean.extractors.models.engines import is_allowed
    from docglean.extractors.settings import load_settings

    settings = load_settings(private=private)
    served = [
        replace(known_engine(engine), usable=True, why_not="")
        for engine in asyncio.run(served_engines())
    ]
    answering = {one.engine.provider for one in served}
    known = [one for one in known_engines() if one.engine.provider not in answering] + served
    rows = []
    for one in known:
        price = page_price(one)
        if vision and not (not one.engine.is_model or one.capability.vision):
            continue
        if settings.private and not is_allowed(one.engine, settings):
            continue
        if max_price is not None and (price is None or price * 1000 > Decimal(str(max_price))):
            continue
        rows.append((one, price))
    if as_json:
        print(json.dumps([_engine_facts(one, price) for one, price in rows], indent=2))
    else:
        _show_engines(rows)
    return OK


def page_price(known: KnownEngine) -> Decimal | None:
    """US dollars for the image of an A4 page at the size sent, answer not counted.

    None where the price is unknown or no image is taken.
    """
    from docglean.extractors.documents.page_info import PageInfo
    from docglean.extractors.documents.render import image_size
    from docglean.extractors.render_policy import image_tokens

    if known.engine.host is None:
        return Decimal(0)
    if known.input_price is None:
        return None
    page = PageInfo(1, 595.0, 842.0, 0, True, None)
    policy = known.capability.render
    tokens = image_tokens(*image_size(page, policy), policy)
    return known.input_price * tokens / 1_000_000


def _engine_facts(known: KnownEngine, price: Decimal | None) -> dict[str, Any]:
    capability = known.capability
    return {
        "engine": known.engine.spec,
        "vision": True if not known.engine.is_model else capability.vision,
        "hearing": capability.hearing,
        "schema_mode": capability.schema_mode,
        "context_tokens": capability.context_tokens,
        "input_price": None if known.input_price is None else str(known.input_price),
        "output_price": None if known.output_price is None else str(known.output_price),
        "price_1000_pages": None if price is None else str(price * 1000),
        "batch": capability.batch,
        "retires": capability.retires.isoformat() if capability.retires else None,
        "usable": known.usable,
        "why_not": known.why_not,
    }


def _show_engines(rows: list[tuple[KnownEngine, Decimal | None]]) -> None:
    from docglean.cli.terminal import TerminalTable, print_table

    table = TerminalTable(
        "engine",
        "sees",
        "answers held to the schema",
        "$ in / out a million tokens",
        "$ 1,000 page images",
        "usable now",
    )
    for known, price in rows:
        capability = known.capability
        sees = {True: "yes", False: "no", None: "?"}[capability.vision]
        prices = "unknown"
        if known.input_price is not None and known.output_price is not None:
            prices = f"{known.input_price} / {known.output_price}"
        usable = {True: "yes", False: "no: ", None: "? "}[known.usable] + known.why_not
        if capability.retires:
            usable += f" (ends {capability.retires})"
        table.add_row(
            known.engine.spec,
            sees if known.engine.is_model else "words",
            capability.schema_mode if known.engine.is_model else "",
            prices,
            "unknown" if price is None else f"{price * 1000:.2f}",
            usable,
        )
    print_table(table)
    print("Prices are of genai-prices; a page is A4 at the size sent, the answer not counted.")


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
        from docglean.cli.terminal import TerminalTable, print_table

        table = TerminalTable("", "what", "state")
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
            key, names = api_key(parse_engine(name))
            chain = provider.cloud.chain if provider.cloud else ""
            ways = [f"set {name}" for name in names] + ([f"sign in to {chain}"] if chain else [])
            wanted = " or ".join(ways)
            found[name] = f"key found (...{key[-4:]})" if key else f"no key: {wanted}"
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
