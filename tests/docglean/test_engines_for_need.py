"""Which engine for which need: what was measured stands before what is claimed."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from docglean.evaluation.resampling import Interval
from docglean.extractors.ledger.latencies import Latency
from docglean.extractors.models.capabilities import known_engine
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.need import Need, read_need
from docglean.schemas.errors import ConfigError

from docglean.cli.app import run_command
from docglean.commands.engine_choice import Evidence, Measured, break_even, choose, left_out
from docglean.commands.proposed_engines import proposed

HAIKU, OPUS = "anthropic:claude-haiku-5-5", "anthropic:claude-opus-5-5"
LLAMA, OWN = "ollama:llama3.2-vision", "ollama:qwen3-vl"


def chosen(
    need: str, evidence: Evidence | None = None, **prices: str
) -> dict[str, tuple[str, ...]]:
    engines = [
        (known_engine(parse_engine(spec)), Decimal(prices.get(spec.partition(":")[2], "0.001")))
        for spec in (HAIKU, OPUS, LLAMA, OWN, "local")
    ]
    found = choose(engines, read_need(need), evidence or Evidence())
    return {one.known.engine.spec: one.against for one in found}


def test_the_vendors_class_counts_where_nothing_was_measured() -> None:
    against = chosen("5 s")
    assert against[OPUS] == ("slower than 5 s",)
    assert against[HAIKU] == against[OWN] == ()
    assert chosen("60 s")[OPUS] == ()


def test_what_the_ledger_measured_counts_before_the_vendors_class() -> None:
    slow = Evidence(latencies={("anthropic", "claude-haiku-5-5"): Latency(40, 4.0, 9.0)})
    assert chosen("5 s", slow)[HAIKU] == ("slower than 5 s",)
    quick = Evidence(latencies={("anthropic", "claude-opus-5-5"): Latency(40, 2.0, 4.5)})
    assert chosen("5 s", quick)[OPUS] == ()


def test_a_language_that_the_card_does_not_name_is_no_language_of_it() -> None:
    against = chosen("german")
    assert against[LLAMA] == ("not said to read de",)
    # A card that names none leaves it open, and stands behind those that are sure.
    assert list(against).index(HAIKU) < list(against).index(OWN)
    assert chosen("thai")["local"] == ("not said to read th",)


def test_price_and_tiers() -> None:
    dear = chosen("$2", **{"claude-opus-5-5": "0.00475"})
    assert dear[OPUS] == ("dearer than $2",)
    assert chosen("batch")[LLAMA] == ()
    assert chosen("interactive")[OPUS] == ("not interactive",)
    assert chosen("reasoning")[HAIKU] == ("not reasoning",)
    assert "does not think first" in chosen("reasoning")["local"]


def test_what_was_measured_on_own_labels_stands_first() -> None:
    measured = {
        OPUS: Measured(Interval(0.93, 0.90, 0.96), 21.5),
        "local": Measured(Interval(0.80, 0.74, 0.86), 0.0),
    }
    assert list(chosen("vision", Evidence(measured=measured)))[:2] == [OPUS, "local"]
    # And its price is the one that was measured, answers included.
    assert chosen("$20", Evidence(measured=measured))[OPUS] == ("dearer than $20",)


def test_where_a_machine_of_ones_own_breaks_even() -> None:
    known = [(known_engine(parse_engine(HAIKU)), Decimal("0.002"))]
    (one,) = choose(known, Need(), Evidence())
    assert break_even([one], Decimal("1.20")) == [f"{HAIKU}: from 600 pages an hour on"]
    mine = replace(
        one,
        known=known_engine(parse_engine(OWN)),
        price=Decimal(0),
        latency=Latency(9, 4.0, 6.0),
    )
    assert break_even([mine], Decimal(1)) == [
        f"{OWN} answered 900 calls an hour here, one after the other"
    ]
    assert left_out([replace(one, against=("no batches",)), one]) == "1 no batches"


def test_the_command_shows_what_serves_and_what_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    assert run_command(["engines", "--for", "vision, german, 5 s, $2/1000 pages"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "local" in shown
    assert "Left out:" in shown
    assert "fastest" in shown
    words = ["engines", "--language", "german", "--tier", "interactive", "--json"]
    assert run_command(words) == 0
    told = json.loads(capsys.readouterr().out)
    haiku = next(one for one in told if one["engine"] == HAIKU)
    assert haiku["speed_class"] == "fastest"
    assert "platform.claude.com" in haiku["speed_source"]
    assert haiku["seconds"] is None


def test_candidates_of_an_evaluation_are_those_that_are_usable_and_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "MISTRAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
    engines = proposed("vision, german, 5 s", (), None, tmp_path)
    assert engines[0] == "local"
    assert any("haiku" in one for one in engines)
    # One of a vendor, and the same model shown words, as the baseline.
    assert len([one for one in engines if one.startswith("anthropic:")]) == 1
    assert len([one for one in engines if one.startswith("ocr+anthropic:")]) == 1
    assert proposed("german", ("local",), None, tmp_path) == ("local",)
    with pytest.raises(ConfigError) as error:
        proposed("reasoning, private", (), None, tmp_path)
    assert error.value.code == "no_engine"


def test_a_folder_that_has_no_report_of_ours_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    (tmp_path / "report.json").write_text("{}")
    assert run_command(["engines", "--for", "german", "--report", str(tmp_path)]) == 2
    assert "docglean report" in capsys.readouterr().err
