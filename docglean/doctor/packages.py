"""What is installed, in which versions, and what packages add."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files

from packaging.requirements import Requirement

from docglean.doctor.check import Case, Finding
from docglean.extractors.installation import install_extra, is_there
from docglean.extractors.versions import versions

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
    "mcp": ("mcp", "tools of an agent: docglean mcp"),
}
"""Extra -> the module that it brings, and what for."""


def installed(case: Case) -> Iterator[Finding]:
    """The packages that results depend on."""
    told = ", ".join(f"{name} {one}" for name, one in versions().items())
    yield Finding("versions", "ok", told)


def extras(case: Case) -> Iterator[Finding]:
    """The extras that are there, and how to add the others."""
    there = [extra for extra, (module, _) in EXTRAS.items() if is_there(module)]
    if there:
        yield Finding("extras", "ok", ", ".join(there))
    for extra in (one for one in EXTRAS if one not in there):
        yield Finding(f"extra {extra}", "off", EXTRAS[extra][1], install_extra(extra))


def tested_versions(case: Case) -> Iterator[Finding]:
    """Whether what is installed are the versions that were tested together."""
    other = other_versions()
    if other:
        told = ", ".join(f"{name} {ours} ({theirs})" for name, (ours, theirs) in other.items())
        told = f"not those that were tested together, which stand in brackets: {told}"
        way = "Where something breaks, take those: constraints.txt of docglean prefect init."
        yield Finding("tested", "warn", told, way)
    else:
        yield Finding("tested", "ok", "the versions that were tested together")


def other_versions() -> dict[str, tuple[str, str]]:
    """Of docglean's own requirements, those of another version than was tested: ours, tested."""
    told = files("docglean.requirements").joinpath("constraints.txt").read_text("utf-8")
    lines = [line for line in told.splitlines() if line and not line.startswith("#")]
    pins = [Requirement(line) for line in lines]
    needed = {Requirement(line).name.lower() for line in requires("docglean") or ()}
    found = {}
    for pin in pins:
        if pin.name.lower() not in needed or (pin.marker and not pin.marker.evaluate()):
            continue
        try:
            ours = version(pin.name)
        except PackageNotFoundError:
            continue
        if not pin.specifier.contains(ours, prereleases=True):
            found[pin.name] = (ours, str(pin.specifier).removeprefix("=="))
    return found


def added(case: Case) -> Iterator[Finding]:
    """What installed packages add, and those that are broken."""
    for what, (told, works) in _added().items():
        yield Finding(what, "ok" if works else "fail", told, "" if works else "Mend or remove it.")


def _added() -> dict[str, tuple[str, bool]]:
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
    return {what: (told, told.startswith("of ")) for what, told in found.items()}


def python(case: Case) -> Iterator[Finding]:
    """Where this docglean runs."""
    told = f"{sys.executable}, {sys.version.partition(' ')[0]}"
    yield Finding("python", "ok", told)
