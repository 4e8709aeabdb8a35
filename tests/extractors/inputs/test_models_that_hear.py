"""Recordings as audio blocks: who hears, what is sent by the vendor's own types, what it costs."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest
from contracts import check_openai_request
from docglean.extractors.extraction import Usage
from docglean.extractors.models import openai
from docglean.extractors.models.base import AudioPart, Call, TextPart
from docglean.extractors.models.capabilities import capability, check, warnings
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.prices import price
from docglean.schemas.errors import ConfigError

CALL = Call(
    system="Read.",
    parts=(TextPart("Part 1 of 1:"), AudioPart(b"RIFF....", "wav", 2.0), TextPart("Extract.")),
    json_schema={"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
                 "additionalProperties": False},
    schema_name="note",
    max_tokens=500,
)  # fmt: skip


@pytest.mark.parametrize("spec", ["audio+openai:gpt-audio", "audio+gemini:gemini-3.5-flash",
                                  "audio+vllm:Qwen/Qwen2.5-Omni-7B"])  # fmt: skip
def test_sound_goes_as_the_vendor_has_it(spec: str) -> None:
    body = openai.body(CALL, capability(parse_engine(spec)))
    check_openai_request(body)
    content = body["messages"][1]["content"]
    assert [part["type"] for part in content][:3] == ["text", "input_audio", "text"]
    sound = content[1]["input_audio"]
    assert (base64.b64decode(sound["data"]), sound["format"]) == (b"RIFF....", "wav")


def test_what_hears_at_openai_is_not_held_to_a_schema_and_so_is_shown_it() -> None:
    body = openai.body(CALL, capability(parse_engine("audio+openai:gpt-audio-1.5")))
    assert "response_format" not in body
    assert '"additionalProperties"' in body["messages"][1]["content"][-1]["text"]


@pytest.mark.parametrize(
    ("spec", "hears"),
    [
        ("audio+openai:gpt-audio-mini", True),
        ("audio+openai:gpt-6-luna", False),
        ("audio+openai:gpt-6-luna?hearing=yes", True),
        ("audio+anthropic:claude-haiku-5-5", False),
        ("audio+gemini:gemini-3.5-flash", True),
        ("audio+mistral:voxtral-small-latest", False),
        ("audio+vllm:mistralai/Voxtral-Mini-3B-2507", True),
        ("audio+ollama:gemma3n", True),
        ("audio+vllm:somebody/model", None),
        ("audio+openai:gpt-6-luna@http://gpu:8000/v1", None),
    ],
)
def test_who_hears(spec: str, hears: bool | None) -> None:
    engine = parse_engine(spec)
    known = capability(engine)
    assert known.hearing is hears
    if hears is False:
        with pytest.raises(ConfigError) as caught:
            check(engine, known)
        assert caught.value.code == "no_hearing"
        assert engine.spec.removeprefix("audio+") in caught.value.way_out
    else:
        check(engine, known)
    unsure = any("hears sound" in warning for warning in warnings(known))
    assert unsure is (hears is None)


def test_sound_has_a_price_and_a_length_of_its_own() -> None:
    engine = parse_engine("audio+openai:gpt-audio")
    text = price(engine, Usage(input_tokens=1_000_000))
    sound = price(engine, Usage(input_tokens=1_000_000, audio_tokens=1_000_000))
    assert (text, sound) == (Decimal("2.5"), Decimal("32"))
    assert capability(engine).sound_tokens == 10
    assert capability(parse_engine("audio+gemini:gemini-3.5-flash")).sound_tokens == 32


def test_tokens_of_sound_are_read_from_the_answer() -> None:
    answer: dict[str, Any] = {
        "id": "x", "model": "gpt-audio",
        "choices": [{"message": {"role": "assistant", "content": '{"a": "b"}'},
                     "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 120, "completion_tokens": 4, "total_tokens": 124,
                  "prompt_tokens_details": {"audio_tokens": 100, "cached_tokens": 0}},
    }  # fmt: skip
    usage = openai.read(answer, CALL, parse_engine("audio+openai:gpt-audio")).usage
    assert (usage.input_tokens, usage.audio_tokens) == (120, 100)
