"""Every format of labels is told by itself and read into the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from docglean.evaluation.labels import LabelSet, canonical
from docglean.evaluation.layouts import LAYOUTS, load_labels
from docglean.schemas.errors import ConfigError


def one(path: Path, schema: str | None = None, layout: str | None = None) -> LabelSet:
    [found] = load_labels([path], schema=schema, layout=layout)
    return found


def write(path: Path, *lines: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


# --- CSV --------------------------------------------------------------------------------------


def test_csv_tells_empty_from_not_labelled(tmp_path: Path) -> None:
    write(
        tmp_path / "labels.csv",
        "file;invoice_number;due_date;iban;line_items[0].line_total;tag:language",
        "a.pdf;A-1;null;;7.50;de",
        "b.pdf;B-2;2024-05-01;DE1;;",
    )
    found = one(tmp_path, schema="invoice")
    assert found.layout == "csv"
    first, second = found.labels
    assert first.id == "a"
    assert first.expected == {
        "invoice_number": "A-1",
        "due_date": None,
        "line_items": [{"line_total": "7.50"}],
    }
    assert first.tags == {"language": "de"}
    assert second.expected == {"invoice_number": "B-2", "due_date": "2024-05-01", "iban": "DE1"}


def test_csv_without_a_schema_says_so(tmp_path: Path) -> None:
    write(tmp_path / "labels.csv", "file,total", "a.pdf,1")
    with pytest.raises(ConfigError, match="--schema"):
        one(tmp_path)


def test_a_csv_without_files_is_no_label_set(tmp_path: Path) -> None:
    write(tmp_path / "labels.csv", "document,total", "a.pdf,1")
    with pytest.raises(ConfigError, match="line 2, is not a label: it names no file"):
        one(tmp_path, schema="receipt")


# --- Label Studio -----------------------------------------------------------------------------

REGION = {"x": 10.0, "y": 20.0, "width": 30.0, "height": 5.0, "rotation": 0}


def studio_task(**more: Any) -> dict[str, Any]:
    def part(kind: str, name: str, value: dict[str, Any]) -> dict[str, Any]:
        region = {"id": "r1", "to_name": "image", "original_width": 1000, "original_height": 500}
        return {**region, "from_name": name, "type": kind, "value": {**REGION, **value}}

    results = [
        part("rectanglelabels", "label", {"rectanglelabels": ["total"]}),
        part("textarea", "transcription", {"text": ["12.50"]}),
        {"id": "c1", "from_name": "currency", "to_name": "image", "type": "choices",
         "value": {"choices": ["EUR"]}},
        {"id": "t1", "from_name": "company", "to_name": "image", "type": "textarea",
         "value": {"text": ["Acme"]}},
    ]  # fmt: skip
    current = {"result": results, "was_cancelled": False, "updated_at": "2024-01-01"}
    cancelled = {"result": [], "was_cancelled": True, "updated_at": "2024-03-03"}
    return {
        "id": 7,
        "data": {"image": "/data/upload/1/0123abcd-scan%201.png"},
        "annotations": [current, cancelled],
        **more,
    }  # fmt: skip


def test_label_studio_regions_are_values_with_boxes(tmp_path: Path) -> None:
    (tmp_path / "scan 1.png").write_bytes(b"")
    write(tmp_path / "export.json", json.dumps([studio_task()]))
    found = one(tmp_path / "export.json", schema="receipt")
    assert found.layout == "label_studio"
    [label] = found.labels
    assert (label.id, label.file) == ("7", "scan 1.png")
    assert label.expected == {"total": "12.50", "currency": "EUR", "company": "Acme"}
    [box] = label.boxes["/total"]
    assert (box.page, box.box) == (1, pytest.approx((0.1, 0.2, 0.4, 0.25)))


def test_label_studio_minimal(tmp_path: Path) -> None:
    task = {"id": 3, "image": "s3://b/x/a.png", "annotator": 1, "annotation_id": 2,
            "lead_time": 4.1, "total": "12.50", "currency": {"choices": ["EUR"]},
            "label": [{**REGION, "rectanglelabels": ["total"]}]}  # fmt: skip
    write(tmp_path / "export.json", json.dumps([task]))
    [label] = one(tmp_path, schema="receipt").labels
    assert label.file == "a.png"
    assert label.expected == {"total": "12.50", "currency": ["EUR"]}


# --- CORD -------------------------------------------------------------------------------------


def test_cord_image_folder(tmp_path: Path) -> None:
    truth = {
        "gt_parse": {
            "menu": {"nm": "TEH BOTOL", "cnt": "2", "price": "25.000"},
            "sub_total": {"subtotal_price": "25,000", "tax_price": "2,500"},
            "total": {"total_price": "27.500", "cashprice": "50.000", "changeprice": "22.500"},
        },
        "meta": {"image_size": {"width": 100, "height": 200}},
        "valid_line": [
            {"category": "total.total_price", "group_id": 1, "words": [
                {"text": "Total", "is_key": 1, "quad": dict.fromkeys(
                    [f"{a}{i}" for a in "xy" for i in (1, 2, 3, 4)], 1)},
                {"text": "27.500", "is_key": 0, "quad": {
                    "x1": 60, "x2": 90, "x3": 90, "x4": 60, "y1": 100, "y2": 100, "y3": 120,
                    "y4": 120}},
            ]},
        ],
    }  # fmt: skip
    line = {"file_name": "receipt_0.png", "ground_truth": json.dumps(truth)}
    write(tmp_path / "metadata.jsonl", line)
    found = one(tmp_path)
    assert found.layout == "cord"
    [label] = found.labels
    assert found.truth(label) == {
        "subtotal": "25000", "tax_total": "2500", "total": "27500", "paid": "50000",
        "change": "22500",
        "line_items": [{"description": "TEH BOTOL", "quantity": "2", "line_total": "25000"}],
    }  # fmt: skip
    assert label.boxes["/total"][0].box == pytest.approx((0.6, 0.5, 0.9, 0.6))


def test_cord_as_first_published(tmp_path: Path) -> None:
    def word(text: str, key: int = 0) -> dict[str, Any]:
        return {"text": text, "is_key": key, "quad": {}, "row_id": 1}

    lines = [
        {"category": "menu.nm", "group_id": 3, "words": [word("NASI"), word("GORENG")]},
        {"category": "menu.price", "group_id": 3, "words": [word("30.000")]},
        {"category": "menu.nm", "group_id": 4, "words": [word("AIR")]},
        {"category": "subtotal.tax_price", "group_id": 5, "words": [word("TAX", 1), word("3.000")]},
        {"category": "total.total_price", "group_id": 6, "words": [word("33.000")]},
    ]
    write(tmp_path / "json" / "r.json", {"valid_line": lines})
    (tmp_path / "image").mkdir()
    [label] = one(tmp_path).labels
    assert label.file == "image/r.png"
    assert label.expected == {
        "tax_total": "3000",
        "total": "33000",
        "line_items": [
            {"description": "NASI GORENG", "line_total": "30000"},
            {"description": "AIR"},
        ],
    }  # fmt: skip


# --- ExtractBench -----------------------------------------------------------------------------

SCHEMA = {
    "type": "object",
    "title": "Order",
    "properties": {
        "number": {"type": "string"},
        "lines": {"type": "array", "items": {
            "type": "object", "properties": {"amount": {"type": "number"}}}},
    },
}  # fmt: skip


def test_contextual_folders(tmp_path: Path) -> None:
    folder = tmp_path / "dataset" / "finance" / "order"
    write(folder / "order-schema.json", SCHEMA)
    write(folder / "pdf+gold" / "one.gold.json", {"number": "A", "lines": [{"amount": 2}]})
    found = one(tmp_path / "dataset")
    assert found.layout == "extract_bench_contextual"
    [label] = found.labels
    assert (label.id, label.file) == ("order/one", "finance/order/pdf+gold/one.pdf")
    assert found.truth(label) == {"number": "A", "lines": [{"amount": 2.0}]}
    assert label.tags == {"kind": "order", "domain": "finance"}


CASE = {
    "data_schema": json.dumps(SCHEMA),
    "expected_output": json.dumps({"number": "A", "lines": [{"amount": 2.5}]}),
    "_field_rules": {
        "number": {"evidence": [
            {"page": 2, "bbox": [0.1, 0.2, 0.3, 0.1], "quote": "A", "value": "A"},
            {"page": 1, "bbox": None, "value": "No. A"},
        ]},
        "lines[0].amount": {"evidence": [{"page": 1, "value": 2.5}]},
    },
    "tags": ["source:real", "T1"],
}  # fmt: skip


def check_case(found: LabelSet) -> None:
    [label] = found.labels
    assert found.layout == "extract_bench_llamaindex"
    assert found.truth(label) == {"number": "A", "lines": [{"amount": 2.5}]}
    assert found.accept(label)["/number"] == ["A", "No. A"]
    first, second = label.boxes["/number"]
    assert (first.page, first.box) == (2, pytest.approx((0.1, 0.2, 0.4, 0.3)))
    assert (second.page, second.box) == (1, None)
    assert label.boxes["/lines/0/amount"][0].page == 1
    assert label.tags == {"source": "real", "task": "T1"}


def test_llamaindex_lines(tmp_path: Path) -> None:
    write(tmp_path / "short.jsonl", {"id": "short/a", "pdf": "docs/short/a.pdf", **CASE})
    found = one(tmp_path)
    check_case(found)
    assert found.labels[0].id == "short/a"


def test_llamaindex_sidecars(tmp_path: Path) -> None:
    write(tmp_path / "short" / "a.test.json", CASE)
    (tmp_path / "short" / "a.pdf").write_bytes(b"")
    found = one(tmp_path)
    check_case(found)
    assert found.labels[0].file == "short/a.pdf"


def test_llamaindex_rules_as_a_list(tmp_path: Path) -> None:
    rules = [
        {"type": "extract_field", "field_path": name, **rule}
        for name, rule in CASE["_field_rules"].items()
    ]  # type: ignore[attr-defined]
    case = {name: value for name, value in CASE.items() if name != "_field_rules"}
    write(tmp_path / "a.test.json", {**case, "test_rules": rules})
    check_case(one(tmp_path))


# --- public sets ------------------------------------------------------------------------------

SETS = {
    "sroie": "sroie",
    "funsd": "funsd",
    "forms_filled": "forms_filled",
    "invoices_zugferd": "invoices_zugferd",
    "invoice2data": "invoice2data",
    "tables_icdar2013": "tables_icdar2013",
    "tables_pubtabnet": "tables_pubtabnet",
    "speech": "speech",
    "extract_bench": "docglean",
    "sroie_more": "sroie",
    "funsd_more": "funsd",
}


@pytest.mark.parametrize(("name", "layout"), SETS.items())
def test_public_sets_are_told_and_fit_their_schemas(evaldata: Path, name: str, layout: str) -> None:
    found = one(evaldata / name)
    assert found.layout == layout
    assert found.labels
    for label in found.labels:
        assert found.document(label).is_file()
        values, wrong = canonical(found.schema(label).root, label.expected, found.style)
        if name != "extract_bench":  # whose gold has keys that its schemas don't have
            assert not wrong, label.id
        assert values or label.transcript is not None


def test_a_folder_of_sets_is_several_and_files_that_should_fail_are_none(evaldata: Path) -> None:
    assert {found.name for found in load_labels([evaldata])} == set(SETS)
    with pytest.raises(ConfigError, match="nothing to measure"):
        load_labels([evaldata / "robust_pdfs"])


def test_sroie_is_malaysian(evaldata: Path) -> None:
    found = one(evaldata / "sroie")
    truths = {label.id: found.truth(label) for label in found.labels}
    assert truths["sroie_156"]["total"] == "29.70"  # RM 29.70
    assert truths["sroie_497"]["date"] == "2017-07-08"  # 08/07/2017, the eighth of July


def test_unanswered_questions_are_captions_without_a_value(evaldata: Path) -> None:
    for label in one(evaldata / "funsd").labels:
        blank = [pair for pair in label.expected["fields"] if pair["value"] is None]
        assert all(pair["key"] for pair in blank)
        for pointer, boxes in label.boxes.items():
            for box in boxes:
                assert box.box is not None
                assert 0 <= box.box[0] < box.box[2] <= 1.001, (label.id, pointer)


def test_a_credit_note_may_have_either_sign(evaldata: Path) -> None:
    found = one(evaldata / "invoices_zugferd")
    label = next(label for label in found.labels if "rechnungskorrektur" in label.id)
    accept = found.accept(label)
    assert accept["/grand_total"] == [found.truth(label)["grand_total"].lstrip("-")]
    assert "/line_items/0/line_total" in accept
    assert "/invoice_number" not in accept
    others = [other for other in found.labels if other.id != label.id]
    assert not any(other.accept for other in others)
    for other in found.labels:  # a null within a line is not labelled
        for entry in other.expected.get("line_items", []):
            assert None not in entry.values()


# --- which one --------------------------------------------------------------------------------


def test_a_layout_can_be_named(tmp_path: Path) -> None:
    line = {"id": "sroie_1", "file": "a.jpg", "schema": "receipt",
            "expected": {"total": "1.00", "date": None}}  # fmt: skip
    write(tmp_path / "labels.jsonl", line)
    assert one(tmp_path).labels[0].expected == {"total": "1.00"}
    assert one(tmp_path, layout="docglean").labels[0].expected == {"total": "1.00", "date": None}
    with pytest.raises(ConfigError, match="There is no layout 'sroi'"):
        one(tmp_path, layout="sroi")
    with pytest.raises(ConfigError, match="of the layout cord"):
        one(tmp_path, layout="cord")


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There are no labels"):
        load_labels([tmp_path])
    with pytest.raises(ConfigError, match="does not exist"):
        load_labels([tmp_path / "none"])


def test_every_layout_says_what_it_is() -> None:
    assert all(layout.about and layout.name == name for name, layout in LAYOUTS.items())
