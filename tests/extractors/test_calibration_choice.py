"""Which calibration a run takes, and what is said of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from docglean.extractors.calibration_choice import (
    OFF,
    SHIPPED,
    Calibrations,
    family_of,
    known_calibrations,
    named_for,
    register,
)
from docglean.extractors.calibration_file import LARGEST_FILE, Calibration, load_calibration
from docglean.extractors.confidence.confidence import confidence_of
from docglean.extractors.extraction import Confidence
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.options import RunOptions
from docglean.extractors.run import RunContext
from docglean.extractors.run_notice import OF_TWO_ENGINES
from docglean.extractors.settings import load_settings
from docglean.extractors.versions import PROMPT_VERSION, SIGNALS_VERSION
from docglean.flows.run import new_record
from docglean.flows.run_folder import RunRecord
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema, load_schemas

LOCAL = parse_engine("local")
HAIKU = parse_engine("anthropic:claude-haiku-4-5")


def schemas() -> dict[str, Schema]:
    return {one.name: one for one in load_schemas(["invoice", "receipt"])}


def fitted(*names: str, engine: str = "local", **told: object) -> Calibration:
    known = schemas()
    facts = {
        "family": "local" if engine == "local" else "image", "engine": engine,
        "schemas": {name: known[name].hash for name in names or ("invoice",)},
        "prompt_version": PROMPT_VERSION, "signals_version": SIGNALS_VERSION,
        "fitted": "2026-11-29", "documents": 54,
        "labelled": {
            name + leaf.path: 9 for name in names or ("invoice",)
            for leaf in known[name].root.leaves()
        },
        "weights": {"exact": 2.0}, "fields": {"invoice/total": 1.0}, **told,
    }  # fmt: skip
    return Calibration.model_validate(facts)


def taken(known: Calibrations, name: str, engine: str = "local") -> Calibration | None:
    return known.fitting(engine, name, schemas()[name].hash)


async def test_a_run_takes_the_newest_that_was_fitted_to_its_engine_and_schema(
    tmp_path: Path,
) -> None:
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert await known_calibrations(None, LOCAL, ledger) == Calibrations()
        old, new = fitted(documents=20), fitted(documents=54)
        both = fitted("invoice", "receipt", documents=70)
        for one in (old, new, fitted(engine=HAIKU.spec)):
            await register(one, ledger)
        known = await known_calibrations(None, LOCAL, ledger)
        assert known.known == (new,)
        assert taken(known, "invoice") == new
        assert taken(known, "receipt") is None
        await register(both, ledger)
        known = await known_calibrations(None, LOCAL, ledger)
        assert known.known == (both, new)
        assert taken(known, "invoice") == both
        assert await known_calibrations(OFF, LOCAL, ledger) == Calibrations()
        await ledger.keep("calibration", "x", '{"of": "another version"}')
        assert await known_calibrations(None, LOCAL, ledger) == known


def test_what_another_prompt_or_schema_was_fitted_to_fits_nothing() -> None:
    schema = schemas()["invoice"]
    haiku = fitted(engine=HAIKU.spec)
    assert haiku.fits(HAIKU.spec, schema.name, schema.hash)
    assert not haiku.fits("anthropic:claude-haiku-4-6", schema.name, schema.hash)
    assert not haiku.fits(HAIKU.spec, schema.name, "0" * 64)
    other = fitted(engine=HAIKU.spec, prompt_version="0")
    assert not other.fits(HAIKU.spec, schema.name, schema.hash)
    assert fitted(prompt_version="0").fits("local", schema.name, schema.hash)  # it has no prompt


@pytest.mark.parametrize("engine", ["local", HAIKU.spec])
@pytest.mark.parametrize("version", ["0", None])
async def test_a_release_whose_signals_mean_something_else_takes_no_earlier_one(
    tmp_path: Path, engine: str, version: str | None
) -> None:
    told = fitted(engine=engine).model_dump(mode="json") | {"signals_version": version}
    if version is None:  # from before there was a version
        del told["signals_version"]
    earlier = Calibration.model_validate(told)
    path = tmp_path / "mine.json"
    path.write_text(earlier.model_dump_json(), "utf-8")
    spec, invoice = parse_engine(engine), schemas()["invoice"]
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        await register(earlier, ledger)
        kept = await known_calibrations(None, spec, ledger)
        named = await known_calibrations(str(path), spec, ledger)
    assert taken(kept, "invoice", engine) is None
    assert kept.told(engine, [invoice]) == SHIPPED
    other = taken(named, "invoice", engine)
    assert other is not None
    assert (other.calibrated, other.fields) == (False, {})
    said = named.told(engine, [invoice])
    assert said.startswith("Confidence: not calibrated.")
    assert f"signals version {version or 'unknown'}" in said


async def test_a_named_one_for_another_schema_is_used_and_promises_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(fitted().model_dump_json(), "utf-8")
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        await register(fitted("receipt"), ledger)
        known = await known_calibrations(str(path), LOCAL, ledger)
    fits, other = taken(known, "invoice"), taken(known, "receipt")
    assert fits is not None
    assert fits.calibrated
    assert other is not None
    assert (other.calibrated, other.fields, other.weights) == (False, {}, {"exact": 2.0})
    assert "not calibrated" in known.told("local", [schemas()["receipt"]])


def test_a_file_that_is_none_or_of_another_family_ends_the_run_before_it_begins(
    tmp_path: Path,
) -> None:
    broken, endless, other = (tmp_path / name for name in ("broken", "endless", "other"))
    broken.write_text("{", "utf-8")
    endless.write_text(fitted().model_dump_json().replace("2.0", "1e999"), "utf-8")
    other.write_text(fitted(engine=HAIKU.spec).model_dump_json(), "utf-8")
    for path in (tmp_path / "none.json", tmp_path, broken, endless, other):
        with pytest.raises(ConfigError) as caught:
            named_for(str(path), [LOCAL])
        assert caught.value.code == "bad_calibration"
        assert str(path) in str(caught.value)
        assert len(caught.value.message.splitlines()) == 1
    with pytest.raises(ConfigError, match=r"weights\.exact"):
        load_calibration(endless)


def test_what_is_no_file_or_far_too_large_is_not_waited_for(tmp_path: Path) -> None:
    pipe, large, device = (tmp_path / name for name in ("pipe", "large", "device"))
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    with large.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    for path, why in ((pipe, "no file"), (device, "no file"), (large, "larger than")):
        with pytest.raises(ConfigError, match=why) as caught:
            load_calibration(path)
        assert caught.value.code == "bad_calibration"


def test_weights_whose_sum_may_be_no_number_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    path.write_text(fitted().model_dump_json().replace("2.0", "1e308"), "utf-8")
    with pytest.raises(ConfigError, match=r"weights\.exact"):
        load_calibration(path)


async def test_a_prior_that_is_named_is_told_as_one(tmp_path: Path) -> None:
    path = tmp_path / "prior.json"
    path.write_text(Calibration(family="local").model_dump_json(), "utf-8")
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        known = await known_calibrations(str(path), LOCAL, ledger)
    assert "fitted to no engine alone" in known.told("local", [schemas()["receipt"]])


def test_a_file_is_for_the_engine_of_a_chain_that_it_was_fitted_to(tmp_path: Path) -> None:
    path = str(tmp_path / "haiku.json")
    (tmp_path / "haiku.json").write_text(fitted(engine=HAIKU.spec).model_dump_json(), "utf-8")
    gemini = parse_engine("gemini:gemini-2.5-flash")
    assert named_for(path, [LOCAL, HAIKU]) == [None, path]
    assert named_for(path, [gemini, HAIKU]) == [None, path]
    assert named_for(path, [LOCAL, gemini]) == [None, path]  # like a prior, and said to be
    assert named_for(OFF, [LOCAL, HAIKU]) == [OFF, OFF]
    assert named_for(None, [LOCAL, HAIKU]) == [None, None]


def test_one_sentence_says_which_is_used() -> None:
    known = schemas()
    invoice, receipt = known["invoice"], known["receipt"]
    assert Calibrations().told("local", [invoice]) == SHIPPED
    both = Calibrations((fitted("invoice", "receipt"),))
    expected = "Confidence: calibrated on 54 documents, 2026-11-29."
    assert both.told("local", [invoice, receipt]) == expected
    partly = Calibrations((fitted("invoice"),)).told("local", [invoice, receipt])
    assert partly == (
        "Confidence: calibrated on 54 documents, 2026-11-29 for invoice; "
        "not calibrated for other schemas."
    )


@pytest.mark.parametrize(
    ("spec", "family"),
    [
        ("local", "local"), ("anthropic:claude-haiku-4-5", "image"),
        ("ocr+anthropic:claude-haiku-4-5", "ocr"), ("pdf+anthropic:claude-haiku-4-5", "image"),
    ],
)  # fmt: skip
def test_engines_that_fail_alike_are_one_family(spec: str, family: str) -> None:
    engine = parse_engine(spec)
    assert family_of(engine.provider, engine.inputs) == family


def test_a_reader_of_a_package_is_not_taken_for_our_rules() -> None:
    assert family_of("elsewhere", "ocr") == "ocr"


def test_a_field_or_null_that_nobody_labelled_is_not_called_calibrated() -> None:
    labelled = {"invoice/total": 30, "invoice/lines/*/total": 80}
    one = fitted(labelled=labelled)
    empty = fitted(labelled=labelled, nulls=3)

    def sure(used: Calibration, pointer: str, **signals: float) -> Confidence:
        return confidence_of(used, signals, "invoice", pointer)

    assert sure(one, "/total", exact=1.0).calibrated
    assert sure(one, "/lines/3/total", exact=1.0).calibrated
    other = sure(one, "/buyer_name", exact=1.0)
    assert not other.calibrated
    assert other.probability == pytest.approx(0.8808, abs=1e-4)  # by the same weights
    assert not sure(one, "/total", absent=1.0).calibrated
    assert sure(empty, "/total", absent=1.0).calibrated
    assert sure(one, "/total", exact=1.0, absent=0.0).calibrated
    assert not sure(one, "/total", exact=1.0, engines_agree=0.9).calibrated


def test_the_sentence_says_how_many_fields_were_labelled() -> None:
    invoice = schemas()["invoice"]
    first, *others = invoice.root.leaves()
    known = Calibrations((fitted(labelled={f"invoice{first.path}": 30, "invoice/gone": 2}),))
    assert f"2026-11-29 (1 of {1 + len(others)} fields)." in known.told("local", [invoice])


def test_what_a_run_took_is_told_once_and_a_prior_is_not() -> None:
    invoice, receipt = schemas()["invoice"], schemas()["receipt"]
    assert Calibrations().used("local", [invoice]) == []
    both = Calibrations((fitted("invoice", "receipt", data="ab"),))
    [record] = both.used("local", [invoice, receipt])
    assert (record.engine, record.fitted_to) == ("local", "local")
    assert (record.fitted, record.documents, record.data) == ("2026-11-29", 54, "ab")
    named = Calibrations((fitted(),), "mine.json")
    [record] = named.used("local", [receipt])
    assert (record.fitted_to, record.file) == ("", "mine.json")


@pytest.mark.parametrize("then", [(), ("vllm:foo@http://127.0.0.1:9/v1",)])
async def test_a_run_with_a_second_engine_says_that_agreement_is_not_calibrated(
    tmp_path: Path, then: tuple[str, ...]
) -> None:
    settings = load_settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"))
    invoice = schemas()["invoice"]
    told = []
    for known in (None, fitted()):
        if known is not None:
            async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
                await register(known, ledger)
        options = RunOptions(then=then)
        async with await RunContext.open(settings, [invoice], options=options) as context:
            told.append(OF_TWO_ENGINES in context.notice)
            record = new_record(context, {})
    assert told == [False, bool(then)]
    assert [one.documents for one in record.calibrations] == [54]
    assert RunRecord.model_validate_json(record.model_dump_json()) == record
