"""Tables of 80 columns: descriptions are folded, names never."""

from __future__ import annotations

import io
import json
import os
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console

from docglean.cli.app import run_command
from docglean.cli.progress import Display
from docglean.cli.terminal import TerminalTable, columns_of, figure, named, print_table

ENGINE = "openai:Qwen/Qwen2.5-VL-7B-Instruct@http://127.0.0.1:8000/v1?temperature=0.2"


def test_a_description_is_folded_and_a_name_is_not() -> None:
    table = TerminalTable(named("engine"), "what it is")
    table.add_row("a" * 40, "a reader of pages with many words " * 3)
    lines = list(table.lines(80))
    assert max(map(len, lines)) <= 80
    assert lines[2].startswith("a" * 40 + "  a reader")
    assert len(lines) > 3


def test_what_does_not_fit_beside_a_name_stands_below_it_in_columns() -> None:
    table = TerminalTable(named("engine"), *map(figure, ("calls", "tokens", "cost")))
    table.add_row(ENGINE, "12", "3,400", "$0.01")
    table.add_row("local", "1", "0", "$0.00")
    lines = list(table.lines(80))
    assert ENGINE in lines
    after = lines[lines.index(ENGINE) + 1]
    assert after == "     12   3,400  $0.01"
    assert lines[-1] == "      1       0  $0.00"


def test_many_names_of_one_row_stand_each_on_a_line_of_its_own() -> None:
    table = TerminalTable(named("batch"), named("engine"), named("into"))
    table.add_row("0123abcd", ENGINE, "/a/long/way/" + "x" * 60)
    lines = list(table.lines(80))
    assert lines == ["0123abcd", f"  engine: {ENGINE}", "  into: /a/long/way/" + "x" * 60]


def test_a_word_that_is_longer_than_a_column_is_kept_whole() -> None:
    command = "/a/rather/long/path/to/python -m pip install 'docglean[speech]'"
    table = TerminalTable(named("what"), "state")
    table.add_row("extra speech", f"missing: {command} (transcribing recordings)")
    told = " ".join(" ".join(table.lines(50)).split())
    assert "/a/rather/long/path/to/python" in told
    assert "'docglean[speech]'" in told


def test_wide_letters_keep_columns_in_line() -> None:
    table = TerminalTable(named("file"), figure("pages"))
    table.add_row("請求書.pdf", "1")
    table.add_row("a.pdf", "12")
    from rich.cells import cell_len

    assert {cell_len(line) for line in table.lines(80)} == {len("請求書.pdf") + 3 + 2 + 5}


def test_a_pipe_has_80_columns_unless_it_is_told_otherwise(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert columns_of(sys.stdout) == 80
    monkeypatch.setenv("COLUMNS", "40")
    table = TerminalTable("words")
    table.add_row("word " * 30)
    print_table(table)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40


@pytest.mark.parametrize(
    "words", [["schemas"], ["schemas", "invoice"], ["engines"], ["engines", "--all"]]
)
def test_screens_have_80_columns_and_cut_no_name(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert run_command(words) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_engines_shows_what_is_usable_first_and_the_key_that_each_provider_wants(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-a-test")
    assert run_command(["engines"]) == 0
    usable, others = capsys.readouterr().out.split("Not usable now")
    assert usable.startswith("Usable now")
    assert "\nlocal " in usable
    assert "\nanthropic:claude" in usable
    assert "set MISTRAL_API_KEY" in others
    assert "mistral:" not in others
    assert run_command(["engines", "--all"]) == 0
    assert "\nmistral:" in capsys.readouterr().out


def test_engines_names_gateways_and_clouds_whose_models_nobody_lists(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*os.environ, "AWS_PROFILE"):
        if name.startswith(("AWS_", "AZURE_", "ANTHROPIC_", "GOOGLE_", "CLOUD_ML_")):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-of-a-test")
    assert run_command(["engines"]) == 0
    usable, others = capsys.readouterr().out.split("Not usable now")
    assert "\nopenrouter:MODEL " in usable
    assert "\nopenrouter " not in others
    assert {"azure", "foundry", "bedrock", "bedrock-openai", "vertex", "vertex-gemini"} <= {
        line.split(" ")[0] for line in others.splitlines()
    }
    told = " ".join(others.split())
    assert "azure any unknown set AZURE_OPENAI_AD_TOKEN or set AZURE_OPENAI_API_KEY or be" in told
    assert "add ?resource= or set AZURE_OPENAI_ENDPOINT" in told
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://me.openai.azure.com")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "sk-of-a-test")
    assert run_command(["engines", "--json"]) == 0
    by_name = {one["engine"]: one for one in json.loads(capsys.readouterr().out)}
    assert by_name["azure:MODEL"]["usable"] is True
    assert by_name["bedrock:MODEL?region=my-region"]["why_not"] == "no region is told"


def test_arguments_that_a_command_does_not_take_are_named_in_our_own_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["engines", "openrouter"]) == 2
    told = capsys.readouterr().err
    assert told.endswith("engines takes no argument 'openrouter'. See docglean engines --help.\n")


def test_a_name_between_colons_is_no_picture_above_the_live_line() -> None:
    display = Display(1)
    out = io.StringIO()
    display._bar = SimpleNamespace(console=Console(file=out, force_terminal=True, width=80))
    display.say_lines("Engine ollama:x: page images go to 127.0.0.1.\n[red]a[/b].pdf")
    assert out.getvalue() == "Engine ollama:x: page images go to 127.0.0.1.\n[red]a[/b].pdf\n"
