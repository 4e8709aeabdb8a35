"""What an engine is needed for, in words, and what vendors claim in theirs."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from importlib.resources import files

import pytest
from docglean.extractors.models.claims import SPEED_CLASSES, claim
from docglean.extractors.models.need import Need, language_code, read_need, seconds_of
from docglean.schemas.errors import ConfigError


@pytest.mark.parametrize(
    ("words", "need"),
    [
        (
            "vision, private, german, 5 s, $2/1000 pages",
            Need(
                vision=True,
                private=True,
                languages=("de",),
                max_seconds=5.0,
                max_price=Decimal(2),
            ),
        ),
        ("batch; up to 2.50 usd", Need(tier="batch", max_price=Decimal("2.50"))),
        ("hearing, within 10 seconds", Need(hearing=True, max_seconds=10.0)),
        ("deutsch, ja, 中文", Need(languages=("de", "ja", "zh"))),
        ("$1 per 1,000 pages", None),
        ("", Need()),
    ],
)
def test_a_need_is_read(words: str, need: Need | None) -> None:
    if need is None:
        # The comma of a thousand divides: it is told, not misread.
        with pytest.raises(ConfigError):
            read_need(words)
    else:
        assert read_need(words) == need


@pytest.mark.parametrize("word", ["klingonese", "fast-ish", "5 minutes", "$"])
def test_a_word_that_is_no_need_is_told_with_those_that_are(word: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_need(f"vision, {word}")
    assert error.value.code == "bad_need"
    assert word in error.value.message
    assert "vision" in error.value.way_out


@pytest.mark.parametrize("words", ["5 s, 2 s", "$1, $2", "batch, interactive"])
def test_two_of_one_thing_are_no_need(words: str) -> None:
    with pytest.raises(ConfigError, match="two of one thing"):
        read_need(words)


def test_what_is_told_later_stands() -> None:
    both = read_need("german, 5 s").also(Need(languages=("fr",), max_seconds=2.0))
    assert both == Need(languages=("de", "fr"), max_seconds=2.0)


@pytest.mark.parametrize(
    ("name", "code"),
    [("German", "de"), ("pt-BR", "pt"), ("norwegian", "nb"), ("no", "nb"), ("polski", "pl")],
)
def test_a_language_is_known_by_its_names(name: str, code: str) -> None:
    assert language_code(name) == code


def test_every_claim_has_its_source_and_known_words() -> None:
    told = tomllib.loads(
        files("docglean.extractors.models").joinpath("claims.toml").read_text("utf-8")
    )
    for one in told["speed"]:
        assert one["speed"] in SPEED_CLASSES
    for one in told["languages"]:
        assert {language_code(code) for code in one.get("languages", "").split()} == set(
            one.get("languages", "").split()
        )
        assert ("languages" in one) != ("unnamed" in one)
    for one in (*told["speed"], *told["languages"]):
        assert one["source"]
        re.compile(one["pattern"])


def test_a_model_that_nobody_speaks_of_has_no_claim() -> None:
    nothing = claim("some-model-of-mine")
    assert nothing.speed is None
    assert nothing.reads("en") is None
    assert claim("claude-haiku-5-5").speed == "fastest"
    assert claim("llama3.2-vision:11b").reads("de") is False
    assert claim("qwen3-vl:8b").reads("de") is None


@pytest.mark.parametrize("told", [-5.0, float("nan"), float("inf")])
def test_seconds_that_are_none_are_refused(told: float) -> None:
    with pytest.raises(ConfigError, match="no number of seconds"):
        seconds_of(told)
