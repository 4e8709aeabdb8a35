"""The built-in schema ``recording`` and its times."""

from __future__ import annotations

import pytest
from docglean.schemas.kinds import Offset
from docglean.schemas.schema import is_built_in, load_schema, schema_of
from pydantic import BaseModel


@pytest.mark.parametrize(
    ("told", "leaf"),
    [("0:01:05", "0:01:05"), ("1:05", "0:01:05"), ("[0:01:05]", "0:01:05"), ("65", "0:01:05"),
     ("65.9 s", "0:01:05"), (65, "0:01:05"), (3725.5, "1:02:05"), ("100:00:00", "100:00:00"),
     ("01:02:05,250", "1:02:05"), ("", None), (None, None), ("n/a", None)],
)  # fmt: skip
def test_a_time_since_the_beginning(told: object, leaf: str | None) -> None:
    assert Offset().coerce(told) == leaf


@pytest.mark.parametrize("told", ["noon", "12h", True, "9999999"])
def test_what_is_no_time(told: object) -> None:
    with pytest.raises(ValueError, match="time since the beginning"):
        Offset().coerce(told)


def test_times_are_alike_by_the_seconds_between_them() -> None:
    kind = Offset()
    assert kind.same("1:05", "0:01:05")
    assert kind.similarity("0:01:05", "0:01:05") == 1.0
    assert kind.similarity("0:01:05", "0:01:07") == pytest.approx(0.8)
    assert kind.similarity("0:01:05", "0:02:05") == 0.0


def test_a_chapter_does_not_end_before_it_begins() -> None:
    schema = load_schema("recording")
    values = {"chapters": [{"start": "0:00:00", "end": "0:01:05"},
                           {"start": "0:10:00", "end": "0:09:59"}]}  # fmt: skip
    [problem] = schema.checks(values)
    assert (problem.path, problem.severity) == ("/chapters/1/end", "review")
    assert "0:09:59" in problem.message


def test_a_users_own_schema_of_the_same_name_is_not_the_built_in_one() -> None:
    class Recording(BaseModel):
        title: str | None = None

    assert is_built_in(load_schema("recording"))
    assert not is_built_in(schema_of(Recording))
