"""Every option of a run is offered at every door: same name, type, default, help and effect."""

from __future__ import annotations

import pydoc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from inspect import signature
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from docglean.extractors.options import (
    Embedded,
    Keywords,
    Option,
    RunOptions,
    Tier,
    offered_options,
)
from docglean.extractors.run import RunContext
from docglean.flows import evaluate as evaluate_flow
from docglean.flows import extract as extract_flow
from docglean.flows.batch_run import BatchOrder
from docglean.flows.request import RunRequest
from docglean.schemas.errors import ConfigError
from pydantic import TypeAdapter

import docglean.cli.all_commands  # noqa: F401 (they register themselves)
from docglean import AsyncExtractor, Extractor, api
from docglean.cli.app import app, run_command
from docglean.cli.speech import HEARD
from docglean.client.keywords import Choices
from docglean.commands import (
    batch,
    engines,
    evaluate,
    extract,
    label,
    mcp,
    review,
    serve,
    split,
    transcribe,
    watch,
)

LATER = "answers come within a day, and there is no run folder in which documents wait for them"
WHOLE = "labels are of whole files"
SEVERAL = "measures several engines: --engine as often as there are, or the flow's `engines`"
ALONE = "measures each engine alone; the report tells what one after the other would come to"
DAILY = "has its own: what it measures on one day is kept apart from runs, and from other days"
HEARS = "hears recordings, and asks no model"
RESUMES = "goes on with runs as they were told; passwords alone are written down nowhere"
ONCE = "reads each document when it arrives, and never again"
LISTS = "reads no document"
SHOWS = "shows what was read, and reads nothing"
EACH = "who asks says it of each document"
ONE = "reads a file as one document"
DIVIDES = "reads no values: it asks where a file is divided at the most"

COMMANDS: dict[str, tuple[Any, str, dict[str, str]]] = {
    "extract": (extract, "extract_command", {}),
    "estimate": (extract, "estimate_command", {}),
    "evaluate": (
        evaluate,
        "evaluate_command",
        {
            "engine": SEVERAL,
            "then": ALONE,
            "when": ALONE,
            "batch": LATER,
            "split": WHOLE,
            "fresh": DAILY,
        },
    ),
    "label": (label, "label_command", {"batch": LATER, "split": WHOLE}),
    "transcribe": (
        transcribe,
        "transcribe_command",
        {one.name: HEARS for one in offered_options() if one.name not in HEARD},
    ),
    "split": (
        split,
        "split_command",
        {
            one.name: DIVIDES
            for one in offered_options()
            if one.name not in ("engine", "password", "pages", "split", "budget")
        },
    ),
    "collect": (
        batch,
        "collect",
        {one.name: RESUMES for one in offered_options() if one.name != "password"},
    ),
    "engines": (
        engines,
        "list_engines",
        {one.name: LISTS for one in offered_options() if one.name != "private"},
    ),
    "watch": (watch, "asked_reading", {"batch": LATER, "fresh": ONCE}),
    "serve": (serve, "serve_command", {"batch": LATER, "pages": EACH}),
    "mcp": (mcp, "mcp_command", {"batch": LATER, "pages": EACH, "split": ONE}),
    "review": (
        review,
        "review_command",
        {one.name: SHOWS for one in offered_options() if one.name not in ("private", "password")},
    ),
}
"""Each command with what carries it out, and the options that it does not take, each with why."""
WORDS = {"label": ["--out", "labels"], "serve": ["--folder", "service"]}

FLOWS: dict[str, tuple[Any, dict[str, str]]] = {
    "extract": (extract_flow.extract, {}),
    "evaluate": (
        evaluate_flow.evaluate,
        {
            "engine": SEVERAL,
            "then": ALONE,
            "when": ALONE,
            "batch": LATER,
            "split": WHOLE,
            "fresh": DAILY,
        },
    ),
}
ITS_OWN = ("engine", "fresh", "language", "tier")
"""What `evaluate` and `engines` have parameters of their own for."""
AS_JSON: dict[Any, Any] = {Decimal | None: float | None, tuple[str, ...]: list[str] | None}
PYTHON = {"batch": LATER}

VALUES: dict[Any, Any] = {
    str: "x", str | None: "x", int | None: 3, bool: True, bool | None: True,
    tuple[str, ...]: ("x", "y"), Tier: "flex", Decimal | None: Decimal("2.50"),
    float | None: 0.5, Embedded | None: "compare",
}  # fmt: skip
"""A value of each type that is the default of none."""


class Told(Exception):
    """What a door passes on: as soon as it does, a test has seen enough."""


def values(without: dict[str, str]) -> dict[str, Any]:
    return {one.name: VALUES[one.kind] for one in offered_options() if one.name not in without}


def catch(*_: Any, **said: Any) -> Any:
    raise Told(said)


def told(door: Callable[[], object]) -> dict[str, Any]:
    with pytest.raises(Told) as caught:
        door()
    [said] = caught.value.args
    options = said.get("options") or said.get("order")
    return options.offered() if options else said


def flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def written(name: str, value: Any) -> list[str]:
    """The words for an option on a command line."""
    if value is True:
        return [flag(name)]
    each = value if isinstance(value, tuple) else (value,)
    return [word for one in each for word in (flag(name), str(one))]


def expected(said: dict[str, Any]) -> dict[str, Any]:
    return RunOptions.of(said).offered()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_passes_on_what_it_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, function, without = COMMANDS[name]

    def keep(*_: Any, **said: Any) -> int:
        given = {"evaluate": lambda: _[0].options, "watch": lambda: _[0]}
        raise Told({**said, **({"options": given[name]()} if name in given else {})})

    monkeypatch.setattr(module, function, keep)
    said = values(without)
    words = [word for option, value in said.items() for word in written(option, value)]
    found = told(lambda: run_command([name, *words, *WORDS.get(name, [])], debug=True))
    if name == "transcribe":
        said["engine"] = "local"
    if name in ("collect", "engines"):
        assert {option: found[option] for option in said} == said
    else:
        assert found == expected(said)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_shows_type_and_help_of_each_option(name: str) -> None:
    without = COMMANDS[name][2]
    shown = {one.name: one for one in app[name].assemble_argument_collection(parse_docstring=True)}
    for option in offered_options():
        if option.name in without:
            assert option.name in ITS_OWN or flag(option.name) not in shown
            continue
        one = shown[flag(option.name)]
        assert one.hint == (str | None if option.kind == Decimal | None else option.kind)
        assert one.field_info.default == option.default
        assert one.parameter.help == option.text
        assert not one.parameter.negative


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_has_type_default_and_help_of_each_option(name: str) -> None:
    flow, without = FLOWS[name]
    shown = flow.parameters.properties
    for option in offered_options():
        if option.name in without:
            assert option.name in ITS_OWN or option.name not in shown
            continue
        assert shown[option.name]["description"] == option.text
        assert shown[option.name]["default"] == (None if option.default == () else option.default)
        schema = TypeAdapter(AS_JSON.get(option.kind, option.kind)).json_schema()
        assert {key: shown[option.name][key] for key in schema} == schema


def test_the_flows_pass_on_what_they_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (extract_flow, evaluate_flow):
        monkeypatch.setattr(module, "get_run_logger", lambda: None)
        monkeypatch.setattr(module, "own_process", lambda: None)
    monkeypatch.setattr(evaluate_flow, "load_labels", lambda *_, **__: [])
    monkeypatch.setattr(evaluate_flow, "opened", catch)
    monkeypatch.setattr(RunRequest, "from_options", lambda options, **_: catch(options=options))
    for name, (flow, without) in FLOWS.items():
        said = values(without)
        plain = said | {"password": ["x", "y"], "budget": 2.5, "daily_budget": 2.5}
        parameters = flow.validate_parameters({name_of_first(flow): "x", **plain})
        assert told(lambda: flow.fn(**parameters)) == expected(said), name  # noqa: B023  # at once


def name_of_first(flow: Any) -> str:
    return str(next(iter(flow.parameters.properties)))


def test_python_has_each_option_as_a_keyword(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = get_type_hints(Keywords)
    assert set(kinds) == {one.name for one in offered_options()} - set(PYTHON)
    for option in offered_options():
        if option.name not in PYTHON:
            assert takes(kinds[option.name], option.kind), option.name
    monkeypatch.setattr(RunContext, "open", catch)
    said = values(PYTHON)
    for read in (api.extract, lambda *a, **b: list(api.extract_many(*a, **b))):
        assert told(lambda: read(__file__, "invoice", **said)) == expected(said)  # noqa: B023  # at once


PYTHON_DOORS = (
    Extractor.__init__, AsyncExtractor.__init__, api.extract, api.extract_async, api.extract_many,
    api.extract_many_async,
)  # fmt: skip


@pytest.mark.parametrize("door", PYTHON_DOORS, ids=lambda door: str(door.__qualname__))
def test_help_shows_each_option_with_type_default_and_text(door: Callable[..., Any]) -> None:
    shown = signature(door).parameters
    kinds = get_type_hints(Keywords)
    for option in offered_options():
        if option.name in PYTHON:
            assert option.name not in shown
            continue
        one = shown[option.name]
        assert (one.default, one.annotation) == (option.default, kinds[option.name])
        assert one.kind is one.KEYWORD_ONLY
        assert f"{option.name}: {option.text}" in str(door.__doc__)
    assert {*Choices.__annotations__} <= {*shown}
    assert not any(one.kind is one.VAR_KEYWORD for one in shown.values())
    assert "choices" not in pydoc.plain(pydoc.render_doc(door))


def takes(wide: Any, kind: Any) -> bool:
    """Whether a keyword of one type takes every value of another, or None for its default."""

    def parts(of: Any) -> set[Any]:
        return set(get_args(of)) if type(None) in get_args(of) or of is Tier else {of}

    if kind == tuple[str, ...]:
        return bool(TypeAdapter(wide).validate_python(("x",)))
    return parts(kind) <= parts(wide)


def test_a_request_that_is_stored_has_every_option() -> None:
    said = values({})
    request = RunRequest.from_options(RunOptions.of(said), schemas=("invoice",))
    assert request.offered() == expected(said)
    stored = TypeAdapter(RunRequest).dump_json(request)
    assert TypeAdapter(RunRequest).validate_json(stored) == request
    assert set(request.written()) == {"schemas", *said} - {"password"}
    assert request.told() == request.written()
    assert RunRequest().told() == {"schemas": ["auto"]}


def test_a_run_in_batches_that_an_earlier_version_began_is_gone_on_with() -> None:
    order = RunRequest(
        run="r1", schemas=("invoice",), engine="openai:gpt-6-luna", concurrency=4, pages="1-2",
        instructions="x", batch=True, budget=Decimal("2.50"), password=("hush",), account="a",
    )  # fmt: skip
    started = datetime(2026, 1, 1, tzinfo=UTC)
    begun = BatchOrder(order=order, sources=(), out="/out", started=started)
    # As version 0.1.0 wrote it, before options and request were one list.
    assert begun.key == "92bac5ba26b61fc0b7c280c9d4875529ea101546e68de8df151eb63b3714e7de"
    kept = BatchOrder.model_validate_json(
        '{"version": 1, "order": {"run": "r1", "schemas": ["invoice"], '
        '"engine": "openai:gpt-6-luna", "private": null, "concurrency": 4, "speech": null, '
        '"language": null, "download": false, "pages": "1-2", "instructions": "x", "batch": true, '
        '"tier": "standard", "budget": "2.50", "daily_budget": null, "account": "a"}, '
        '"sources": [], "out": "/out", "started": "2026-01-01T00:00:00Z", "with_password": false}'
    )
    # What it has handed in is for whole files.
    assert kept == begun.model_copy(update={"order": replace(order, password=(), split="off")})


def test_what_is_a_setting_too_goes_before_the_settings() -> None:
    said = values({})
    base = RunOptions(concurrency=7, budget=Decimal(1)).settings()
    changed = RunOptions.of(said).settings(base)
    for name in ("engine", "private", "concurrency", "speech", "budget", "daily_budget"):
        assert getattr(changed, name) == said[name]
    assert RunOptions().settings(base) == base


def test_what_decides_the_answer_is_told_apart_from_what_does_not() -> None:
    assert RunOptions().decisive() == {}
    decided = {"speech", "language", "pages", "instructions"}
    assert set(RunOptions.of(values({})).decisive()) >= decided
    assert not RunOptions(concurrency=1, budget=Decimal(1), tier="flex", run="r").decisive()


def test_amounts_and_passwords_may_be_written_as_people_do() -> None:
    options = RunOptions.of({"budget": "$2.50", "daily_budget": 3.5, "password": "open"})
    assert (options.budget, options.daily_budget) == (Decimal("2.50"), Decimal("3.5"))
    assert options.password == ("open",)
    assert RunOptions.of({"review_below": "0.9"}).review_below == 0.9


@pytest.mark.parametrize("told", ["0,9", "nan", "", "90", [0.9]])
def test_what_is_no_share_is_refused(told: object) -> None:
    with pytest.raises(ConfigError, match="not from 0 to 1"):
        RunOptions.of({"review_below": told})


def test_the_test_has_a_value_for_every_type() -> None:
    missing: list[Option] = [one for one in offered_options() if one.kind not in VALUES]
    assert not missing
    assert all(VALUES[one.kind] != one.default for one in offered_options())
