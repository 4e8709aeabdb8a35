"""What other packages add, used by the command line: metrics, layouts of labels, providers."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from docglean.evaluation.layouts import LAYOUTS, load_labels
from docglean.evaluation.metrics.metric import METRICS
from docglean.evaluation.report.report import HTML
from docglean.evaluation.results import Results
from docglean.extractors.models.providers import CLOUDS, PROVIDERS, VENDORS
from docglean.schemas.errors import ConfigError
from servers.billing import KEYS, MODELS, PayingServer, paying, slips

import docglean
from docglean.cli.app import run_command
from docglean.cli.exits import OK, WRONG
from tests.plugin_packages import install

METRIC = '''
"""Values that are text and in capitals where the label has capitals."""

from docglean.evaluation.metrics.metric import Metric

def share(answer):
    texts = {name: text for name, text in answer.truth.items() if isinstance(text, str)}
    if not texts:
        return None
    given = answer.values or {}
    alike = [str(given.get(name)).isupper() == text.isupper() for name, text in texts.items()]
    return float(sum(alike)), float(len(alike))

RECORD = Metric("capitals", "Capitals kept", "Texts in capitals where the label is.", share)
'''
LAYOUT = '''
"""Lines of `FILE NUMBER WORD`."""

from docglean.evaluation.labels import Label
from docglean.evaluation.layouts.port import Layout

def fits(path):
    return (path / "truth.txt").is_file()

def read(path, schema):
    for line in (path / "truth.txt").read_text("utf-8").splitlines():
        file, number, word = line.split()
        values = {"number": int(number), "word": word}
        yield Label(id=file, file=file, schema="slip.py:Slip", expected=values)

RECORD = Layout("truth_lines", "truth.txt, a line a document", fits, read)
'''


PROVIDER = """
from docglean.extractors.models.provider import Provider

RECORD = Provider(
    "acme",
    "Acme Inference",
    "openai",
    "{url}",
    key_variables=("ACME_KEY",),
    default_model="{model}",
    images_per_request=3,
    model_starts=("acme-",),
)
"""


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")


@pytest.mark.slow
def test_a_package_adds_a_metric_and_a_layout(
    server: PayingServer, packages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(packages, "docglean.metrics", "capitals", METRIC)
    install(packages, "docglean.metrics", "bent", "RECORD = 1")
    install(packages, "docglean.label_layouts", "truth_lines", LAYOUT)
    labels, out = tmp_path / "labels", tmp_path / "report"
    slips(labels / "docs", 2)
    (labels / "truth.txt").write_text("docs/0000.pdf 0 w0\ndocs/0001.pdf 1 OTHER\n")
    command = ["evaluate", str(labels), "--engine", server.engine(), "--out", str(out), "--yes"]
    assert run_command(command) == OK
    assert "The metric 'bent' of plugin-bent 1.5" in " ".join(capsys.readouterr().err.split())
    answers = {answer.document: answer for answer in Results(out).answers()}
    assert answers.keys() == {"docs/0000.pdf", "docs/0001.pdf"}
    assert answers["docs/0000.pdf"].measures["capitals"] == (1.0, 1.0)
    assert answers["docs/0001.pdf"].measures["capitals"] == (0.0, 1.0)
    assert "list_length" not in answers["docs/0000.pdf"].measures
    assert answers["docs/0000.pdf"].measures["anls_star"] == (1.0, 1.0)
    assert "Capitals kept" in (out / HTML).read_text("utf-8")


def test_a_broken_layout_is_told_where_none_fits(packages: Path, tmp_path: Path) -> None:
    install(packages, "docglean.label_layouts", "creased", "import nothing_of_this_name")
    (tmp_path / "labels.csv").write_text("file,schema,total\na.png,receipt,1.00\n")
    assert load_labels([tmp_path / "labels.csv"])[0].layout == "csv"
    with pytest.raises(ConfigError, match=r"plugin-creased 1\.5 .*nothing_of_this_name"):
        load_labels([packages])
    with pytest.raises(ConfigError, match=r"plugin-creased 1\.5 .*nothing_of_this_name"):
        load_labels([tmp_path / "labels.csv"], layout="creased")


def test_all_that_is_built_in_is_found() -> None:
    assert {one.name for one in METRICS.built_in()} == {
        "list_length", "grounding_word", "grounding_page", "cell_f1", "grits_con", "grits_top",
        "teds", "teds_struct", "word_error_rate", "character_error_rate", "words_from_nothing",
        "anls_star", "json_accuracy",
    }  # fmt: skip
    layouts = [one.name for one in sorted(LAYOUTS.built_in(), key=lambda one: one.general)]
    assert layouts[-3:] == ["docglean", "csv", "label_studio"]
    assert {"sroie", "cord", "extract_bench_contextual", "speech", "robust_pdfs"} <= set(layouts)


# --- providers ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_package_adds_a_provider(
    server: PayingServer,
    packages: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(
        packages,
        "docglean.providers",
        "acme",
        PROVIDER.format(url=f"{server.url}/v1", model=MODELS["openai"].rpartition(":")[2]),
    )
    slip = slips(tmp_path / "docs", 1) / "0000.pdf"
    command = ["extract", str(slip), "--engine", "ocr+acme", "--schema", f"{tmp_path}/slip.py:Slip"]
    assert run_command(command) == WRONG
    assert "ACME_KEY" in capsys.readouterr().err
    monkeypatch.setenv("ACME_KEY", KEYS["STANDIN_OPENAI"])
    assert run_command(command) == OK
    found = json.loads(capsys.readouterr().out)
    assert found["engine"] == "ocr+acme:gpt-6-luna"
    assert found["data"] == {"number": 0, "word": "w0"}
    assert run_command(["extract", str(slip), "--engine", "acme-reader-2"]) == WRONG
    assert "acme:acme-reader-2" in capsys.readouterr().err


def test_a_broken_provider_leaves_the_others(
    packages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(packages, "docglean.providers", "acme-torn", "import nothing_of_this_name")
    assert run_command(["extract", "no-such.pdf", "--engine", "acme-torn:m"]) == WRONG
    error = " ".join(capsys.readouterr().err.split())
    assert "The provider 'acme-torn' of plugin-acme-torn 1.5" in error
    assert "No module named 'nothing_of_this_name'" in error
    assert run_command(["extract", "no-such.pdf", "--engine", "acme-tron:m"]) == WRONG
    assert "Did you mean acme-torn?" in " ".join(capsys.readouterr().err.split())


def test_the_doctor_tells_who_adds_what(packages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(packages, "docglean.metrics", "doctored", METRIC.replace("capitals", "doctored"))
    install(packages, "docglean.sinks", "shred", "import nothing_of_this_name")
    run_command(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)["findings"]
    added = {one["what"]: (one["state"], one["told"]) for one in found if one["part"] == "added"}
    assert added["metric doctored"] == ("ok", "of plugin-doctored 1.5")
    assert added["output format shred"][0] == "fail"
    assert "No module named 'nothing_of_this_name'" in added["output format shred"][1]


def test_no_code_asks_for_a_provider_by_its_name() -> None:
    names = {provider.name for provider in (*VENDORS, *CLOUDS)}
    assert names == {provider.name for provider in PROVIDERS.built_in()}
    top = Path(docglean.__file__).parent
    top = top if (top / "extractors").is_dir() else top.parent
    found = [
        f"{path.relative_to(top)}:{node.lineno}"
        for room in ("docglean", "evaluation", "extractors", "flows", "schemas")
        for path in (top / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Compare)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and part.value in names
    ]
    assert not found, "what differs between providers is a field of `Provider`"
