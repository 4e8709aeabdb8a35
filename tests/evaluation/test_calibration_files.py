"""What an evaluation leaves of its calibrations: files, and what rows and manifest say of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from docglean.evaluation.calibration import FILES, calibrate, judged_rows
from docglean.evaluation.reliability import JudgedConfidence, reliability
from docglean.evaluation.results import Manifest, ResultRow, Results
from docglean.extractors.calibration_choice import Calibrations
from docglean.extractors.calibration_file import Calibration, load_calibration
from docglean.extractors.confidence.confidence import confidence_of
from docglean.extractors.versions import SIGNALS_VERSION
from made_results import HOSTED, Made, engine

FIELDS = 6


def made(folder: Path, documents: int = 30, *, names: tuple[str, ...] = ("local",)) -> Made:
    """Values that are right nine times in ten where marked ``exact``, the others one in five."""
    random = np.random.default_rng(11)
    result = Made(folder, [engine(name) for name in names])
    for name in names:
        for document in range(documents):
            marks = [random.random() < 0.7 for _ in range(FIELDS)]
            word = "".join(
                "c" if random.random() < (0.9 if marked else 0.2) else "w" for marked in marks
            )
            signals = {
                place: {"exact": 1.0} if marked else {"nowhere": 1.0}
                for place, marked in enumerate(marks)
            }
            result.say(f"d{document:03}", name, word, signals=signals)
    return result


def calibrated(made: Made, told: Calibrations | None = None) -> tuple[Manifest, list[ResultRow]]:
    results = made.write()
    manifest = results.manifest()
    calibrate(made.folder, manifest, told)
    return manifest, list(results.rows())


def test_what_is_stored_gives_the_numbers_that_were_fitted(tmp_path: Path) -> None:
    manifest, rows = calibrated(made(tmp_path, 200))
    record = manifest.calibrations["local"]
    assert (record.documents, record.values, record.note) == (200, 200 * FIELDS, "")
    found = load_calibration(tmp_path / record.file)
    assert found == Calibration.model_validate_json(found.model_dump_json())
    assert found.calibrated
    assert (found.engine, found.family, found.prompt_version) == ("local", "local", "7")
    assert found.signals_version == SIGNALS_VERSION
    assert (found.schemas, found.fitted) == ({"bill": "5" * 64}, "2026-11-24")
    assert (found.documents, found.values) == (record.documents, record.values)
    assert found.labelled == {f"bill/f{place}": 200 for place in range(FIELDS)}
    assert found.nulls == 0
    sure = confidence_of(found, {"exact": 1.0}, "bill", "/f0")
    unsure = confidence_of(found, {"nowhere": 1.0}, "bill", "/f0")
    assert sure.probability == pytest.approx(0.9, abs=0.05)
    assert unsure.probability == pytest.approx(0.2, abs=0.07)
    judged = [
        JudgedConfidence(row.cross_fitted, row.right, row.document, row.set)
        for row in rows
        if row.cross_fitted is not None
    ]
    again = reliability(judged)
    assert again is not None
    assert again.auroc is not None
    assert found.measures["auroc"] == pytest.approx(again.auroc.estimate, abs=1e-4)
    assert found.measures["ece"] == pytest.approx(again.ece.estimate, abs=1e-4)
    assert again.ece.estimate < 0.05


def test_too_few_documents_make_no_file_and_say_so(tmp_path: Path) -> None:
    manifest, rows = calibrated(made(tmp_path, 14))
    assert "too few" in manifest.calibrations["local"].note
    assert list(tmp_path.glob(FILES)) == []
    assert all(row.confidence is not None and row.cross_fitted is None for row in rows)


def test_the_file_of_an_engine_that_is_measured_no_more_goes(tmp_path: Path) -> None:
    calibrated(made(tmp_path, names=("local", HOSTED)))
    assert len(list(tmp_path.glob(FILES))) == 2
    calibrated(made(tmp_path))
    assert [path.name for path in tmp_path.glob(FILES)] == ["calibration-local.json"]


def test_no_run_takes_by_itself_what_was_fitted_to_drafts(tmp_path: Path) -> None:
    results = made(tmp_path).write()
    manifest = results.manifest()
    manifest.sets[0].drafts = 1
    calibrate(tmp_path, manifest)
    record = manifest.calibrations["local"]
    assert "drafts" in record.note
    assert load_calibration(tmp_path / record.file).note == record.note


def test_repeats_of_a_document_are_one_document(tmp_path: Path) -> None:
    result = Made(tmp_path, [engine(HOSTED)])
    for document in range(10):
        for repeat in (1, 2):
            result.say(f"d{document}", HOSTED, "cw", repeat=repeat,
                       signals={0: {"exact": 1.0}, 1: {"nowhere": 1.0}})  # fmt: skip
    manifest, _ = calibrated(result)
    record = manifest.calibrations[HOSTED]
    assert (record.documents, record.values) == (10, 40)
    assert "10 documents are too few" in record.note


def test_a_document_that_is_in_two_sets_does_not_judge_itself(tmp_path: Path) -> None:
    result = Made(tmp_path, [engine("local")])
    for document in range(10):
        for group, name in (("a", f"d{document}"), ("b", f"copy of d{document}")):
            result.say(name, "local", "cw", set=group, sha256=f"content {document}",
                       signals={0: {"exact": 1.0}, 1: {"nowhere": 1.0}})  # fmt: skip
    manifest, _ = calibrated(result)
    record = manifest.calibrations["local"]
    assert (record.documents, record.values) == (10, 40)


def test_what_a_list_lacks_has_no_confidence_and_is_counted(tmp_path: Path) -> None:
    result = made(tmp_path)
    result.say("e", "local", "cm", signals={0: {"exact": 1.0}})
    manifest, rows = calibrated(result)
    assert manifest.calibrations["local"].unplaced == 1
    lacking = [row for row in rows if row.outcome == "missing"]
    assert [(row.confidence, row.cross_fitted) for row in lacking] == [(None, None)]


def test_a_file_that_is_named_tells_how_sure_stored_answers_were(tmp_path: Path) -> None:
    first, held = made(tmp_path / "first", 100), made(tmp_path / "held", 40)
    manifest, _ = calibrated(first)
    one = load_calibration(first.folder / manifest.calibrations["local"].file)
    _, shipped = calibrated(held)
    told, named = calibrated(held, Calibrations((one,), "first.json"))
    assert told.calibrations["local"].ran == "first.json"
    assert [row.confidence for row in named] != [row.confidence for row in shipped]
    rows = judged_rows(Results(held.folder), Calibrations((one,), "first.json"))["local"]
    expected = [
        confidence_of(one, value.signals, "bill", value.field.removeprefix("bill")).probability
        for value in rows.values
    ]
    assert [row.confidence for row in named] == expected


def test_folders_of_earlier_versions_have_no_confidence(tmp_path: Path) -> None:
    result = Made(tmp_path, [engine("local")])
    result.say("d", "local", "cw")
    manifest, rows = calibrated(result)
    assert manifest.calibrations == {}
    assert {row.confidence for row in rows} == {None}
    line = rows[0].to_json().replace(', "confidence": null, "cross_fitted": null', "")
    assert "confidence" not in line
    assert ResultRow.from_json(line) == rows[0]
