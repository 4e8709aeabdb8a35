"""Where files are divided, as it was asked for; plans are checked as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.extractors.split_choice import AUTO, parse_plan, parse_split
from docglean.schemas.errors import ConfigError

PAGES = tuple(range(1, 8))


def test_auto_has_the_pages_looked_at() -> None:
    assert parse_split("auto") is AUTO
    assert AUTO.ranges("a.pdf", PAGES) is None


def test_off_is_one_part() -> None:
    assert parse_split("off").ranges("a.pdf", PAGES) == ((1, 7),)


def test_every_so_many_pages_the_last_part_may_be_shorter() -> None:
    assert parse_split("3").ranges("a.pdf", PAGES) == ((1, 3), (4, 6), (7, 7))
    assert parse_split("2").ranges("a.pdf", (2, 5, 6)) == ((2, 5), (6, 6))


def test_a_plan_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text('{"parts": [{"pages": "1-3", "kind": "invoice"}, {"pages": 5}, "6-7"]}')
    choice = parse_split(str(path))
    assert choice.ranges("any.pdf", PAGES) == ((1, 3), (5, 5), (6, 7))


def test_plans_of_several_files_go_by_name_and_others_are_looked_at() -> None:
    (one, two) = parse_plan(
        '{"documents": [{"name": "a.pdf", "parts": ["1"]}, {"name": "b.pdf", "parts": ["1-2"]}]}',
        "plan.json",
    )
    assert (one.name, one.ranges, two.name, two.ranges) == ("a.pdf", ((1, 1),), "b.pdf", ((1, 2),))
    choice = type(AUTO)("plan", plans=(one, two))
    assert choice.ranges("b.pdf", PAGES) == ((1, 2),)
    assert choice.ranges("c.pdf", PAGES) is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", 'no list of "parts"'),
        ('{"parts": []}', 'no list of "parts"'),
        ('{"parts": [{"pages": "3-1"}]}', "part 1 wants"),
        ('{"parts": [{"pages": "0-1"}]}', "part 1 wants"),
        ('{"parts": [{"page": "1"}]}', "part 1 wants"),
        ('{"parts": [true]}', "part 1 wants"),
        ('{"parts": ["1-3", "3-4"]}', "part 2 begins on page 3"),
        ('{"documents": []}', "no list of plans"),
        ('{"documents": [{"parts": ["1"]}]}', '"name" of its own'),
        ('{"parts": ["1"], "name": 3}', "is no text"),
        ('{"parts": ["1"], "sha256": "12"}', "no SHA-256"),
        ('{"parts": [{"pages": "1", "kind": 3}]}', '"kind" is no text'),
        ('{"parts": ["1"], "leave_out": ["x"]}', 'each entry of "leave_out" wants'),
    ],
)
def test_what_is_no_plan_says_what_is_wrong(content: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        parse_plan(content, "plan.json")
    assert caught.value.code == "bad_split"
    assert caught.value.message.startswith(("plan.json", "plan.json:"))


@pytest.mark.parametrize("text", ["0", "-1", "2.5", "none", "missing.json", "."])
def test_what_is_neither_a_mode_nor_a_plan(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_split(text)
    assert caught.value.code == "bad_split"
    assert caught.value.way_out


def test_a_plan_file_that_is_not_there_is_told_without_the_systems_words() -> None:
    with pytest.raises(ConfigError, match=r"^There is no plan file nofile\.json\."):
        parse_split("nofile.json")
    with pytest.raises(ConfigError, match=r"no plan file atuo\. Did you mean auto\?"):
        parse_split("atuo")
    with pytest.raises(ConfigError) as caught:
        parse_split(".")
    assert "Errno" not in caught.value.message


def test_a_plan_that_docglean_wrote_serves_its_own_content_only() -> None:
    ours, other = "a" * 64, "b" * 64
    content = f'{{"name": "a.pdf", "sha256": "{ours}", "parts": ["1-7"]}}'
    choice = type(AUTO)("plan", plans=parse_plan(content, "plan.json"))
    assert choice.ranges("renamed.pdf", PAGES, 7, ours) == ((1, 7),)
    with pytest.raises(ConfigError, match=r"of a\.pdf \(SHA-256 a{12}.*not of b\.pdf") as caught:
        choice.ranges("b.pdf", PAGES, 7, other)
    assert caught.value.code == "bad_split"
    listed = type(AUTO)("plan", plans=parse_plan(f'{{"documents": [{content}]}}', "plan.json"))
    assert listed.ranges("b.pdf", PAGES, 7, other) is None
    assert listed.ranges("renamed.pdf", PAGES, 7, ours) == ((1, 7),)
    with pytest.raises(ConfigError):
        listed.ranges("a.pdf", PAGES, 7, other)


def test_what_is_told_is_settled_but_not_of_files_that_no_plan_names() -> None:
    plans = parse_plan('{"documents": [{"name": "a.pdf", "parts": ["1"]}]}', "plan.json")
    choice = type(AUTO)("plan", plans=plans)
    assert parse_split("2").settles("a.pdf")
    assert choice.settles("a.pdf")
    assert not choice.settles("b.pdf")
    assert not AUTO.settles("a.pdf")


def test_a_plan_of_another_file_is_refused() -> None:
    choice = type(AUTO)("plan", plans=parse_plan('{"parts": ["1-9"]}', "plan.json"))
    with pytest.raises(ConfigError, match=r"page 9 of a\.pdf, whose last page is 7"):
        choice.ranges("a.pdf", PAGES)


def test_of_a_plan_what_is_read_is_left() -> None:
    choice = type(AUTO)("plan", plans=parse_plan('{"parts": ["1-3", "4", "5-7"]}', "plan.json"))
    assert choice.ranges("a.pdf", (2, 3, 6), 7) == ((2, 3), (6, 6))
    assert choice.ranges("a.pdf", (9,), 9) == ()


@pytest.mark.parametrize("text", ["9" * 5000, "a\0b"])
def test_what_no_file_is_called_is_no_fault_of_ours(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_split(text)
    assert caught.value.code == "bad_split"
