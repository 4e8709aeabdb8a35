"""Public benchmarks with a labels.jsonl of their own kind (id, file, schema, expected)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docglean.evaluation.labels import Label, LabelBox, json_lines
from docglean.evaluation.layouts.port import LabelLine, of_lines
from docglean.schemas.errors import ConfigError
from docglean.schemas.kinds import Style

CREDIT = re.compile(r"avoir|gutschrift|korrektur|storno|credit|rectificativ|nota_?di_?credito")
"""Names of documents that print amounts negative where the truth is positive, or the reverse."""


def _label(
    line: LabelLine, schema: str | dict[str, Any], expected: Mapping[str, Any], **more: Any
) -> Label:
    return Label(id=line["id"], file=line["file"], schema=schema, expected=dict(expected), **more)


def _tags(line: LabelLine, **more: Any) -> dict[str, str]:
    """What the line says about the document beside its truth."""
    told: dict[str, Any] = {"language": line.get("lang") or line.get("language"), **more}
    if isinstance(line.get("scanned"), bool):
        told["source"] = "scan" if line["scanned"] else "text"
    return {name: str(value) for name, value in told.items() if value}


def _labelled(expected: Mapping[str, Any]) -> dict[str, Any]:
    """Without nulls, where these mean: not labelled."""
    return {name: value for name, value in expected.items() if value is not None}


# --- SROIE: receipts --------------------------------------------------------------------------

SROIE = of_lines(
    "sroie",
    "SROIE (ICDAR 2019): company, date, address and total of scanned receipts",
    lambda line: (
        line.get("schema") == "receipt"
        and str(line.get("id")).startswith("sroie")
        and set(line["expected"]) <= {"company", "date", "address", "total"}
    ),
    lambda line, folder: _label(line, "receipt", _labelled(line["expected"]), tags=_tags(line)),
    # Malaysian: 04/12/2017 is the fourth of December, 1,234.50 an amount.
    Style(decimal=".", day_first=True),
)

# --- forms ------------------------------------------------------------------------------------


def _funsd(line: LabelLine, folder: Path) -> Label:
    pairs = [{"key": pair["key"], "value": pair["value"]} for pair in line["expected"]["fields"]]
    # A question without an answer is a caption with nothing filled in.
    blank = [{"key": key, "value": None} for key in line["expected"].get("unanswered_keys", ())]
    boxes = _funsd_boxes(line, folder, pairs)
    return _label(line, "form", {"fields": pairs + blank}, boxes=boxes, tags=_tags(line))


def _funsd_boxes(
    line: LabelLine, folder: Path, pairs: Sequence[Mapping[str, Any]]
) -> dict[str, list[LabelBox]]:
    """Where the texts of boxes.jsonl stand; a text that occurs more than once is not told."""
    from PIL import Image

    file = folder / "boxes.jsonl"
    rows = (row for _, row in json_lines(file)) if file.is_file() else iter(())
    items: list[LabelLine] = next((row["items"] for row in rows if row.get("id") == line["id"]), [])
    if not items or not (folder / line["file"]).is_file():
        return {}
    with Image.open(folder / line["file"]) as image:
        width, height = image.size
    found: dict[str, list[LabelBox]] = {}
    for index, pair in enumerate(pairs):
        for name, role in (("key", "question"), ("value", "answer")):
            same = [i["box"] for i in items if i["role"] == role and i["text"] == pair[name]]
            if len(same) == 1:
                x0, y0, x1, y1 = same[0]
                box = (x0 / width, y0 / height, x1 / width, y1 / height)
                found[f"/fields/{index}/{name}"] = [LabelBox(page=1, box=box)]
    return found


FUNSD = of_lines(
    "funsd",
    "FUNSD: captions and what is filled in, on noisy scanned forms, with boxes",
    lambda line: line.get("schema") == "form" and "headers" in line["expected"],
    _funsd,
)


def _filled_form(line: LabelLine, folder: Path) -> Label:
    """The form's own keys are given to the engine as its schema: they are tooltips, which the
    page does not print, so that no engine could give them by itself."""
    answered = {pair["key"]: pair["value"] for pair in line["expected"]["fields"]}
    keys = [*answered, *line["expected"]["unanswered_keys"]]
    names = {key: re.sub(r"[/~*]", "_", key) for key in keys}
    form = re.sub(r"(_\d+)?(_scan)?$", "", line["id"])
    schema = {
        "title": form,
        "type": "object",
        "description": "What is filled in on this form, by the names that its author gave to "
        "its fields; null where nothing is.",
        "properties": {
            names[key]: {"type": ["string", "null"], "description": key} for key in sorted(keys)
        },
    }
    expected = {names[key]: answered.get(key) for key in keys}
    return _label(line, schema, expected, tags=_tags(line))


FORMS_FILLED = of_lines(
    "forms_filled",
    "PDF forms filled by a script: the values of their fields, and those left blank",
    lambda line: line.get("schema") == "form" and "unanswered_keys" in line["expected"],
    _filled_form,
)

# --- invoices ---------------------------------------------------------------------------------

_AMOUNTS = re.compile(r"/(net_total|tax_total|grand_total|amount_due)$|/line_items/\d+/\w+")


def _zugferd(line: LabelLine, folder: Path) -> Label:
    expected = _labelled(line["expected"])
    if "line_items" in expected:  # a null within a line is not visible: not labelled
        expected["line_items"] = [_labelled(entry) for entry in expected["line_items"]]
    accept: dict[str, list[Any]] = {}
    if CREDIT.search(f"{line['id']} {line['file']}".casefold()):
        accept = {
            pointer: [_negated(value)]
            for pointer, value in _flat(expected)
            if _AMOUNTS.search(pointer) and re.fullmatch(r"-?[\d.]+", str(value))
        }
    return _label(line, "invoice", expected, accept=accept, tags=_tags(line))


def _flat(expected: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found = [(f"/{name}", value) for name, value in expected.items() if name != "line_items"]
    for index, entry in enumerate(expected.get("line_items", ())):
        found += [(f"/line_items/{index}/{name}", value) for name, value in entry.items()]
    return found


def _negated(amount: str) -> str:
    return amount[1:] if amount.startswith("-") else f"-{amount}"


INVOICES_ZUGFERD = of_lines(
    "invoices_zugferd",
    "ZUGFeRD corpus: German and French invoices with the truth of their e-invoice",
    lambda line: line.get("schema") == "invoice" and str(line.get("id")).startswith("zf_"),
    _zugferd,
)

_INVOICE2DATA = {
    "issuer": "seller_name",
    "invoice_number": "invoice_number",
    "date": "issue_date",
    "date_due": "due_date",
    "amount": "grand_total",
    "amount_untaxed": "net_total",
    "amount_tax": "tax_total",
    "currency": "currency",
    "vat": "seller_vat_id",
    "iban": "iban",
    "bic": "bic",
    "order_id": "order_number",
    "partner_name": "buyer_name",
}
_INVOICE2DATA_LINE = {
    "desc": "description",
    "description": "description",
    "qty": "quantity",
    "price": "unit_price",
    "unit_price": "unit_price",
    "price_subtotal": "line_total",
    "price_total": "line_total",
    "code": "article_number",
}


def _invoice2data(line: LabelLine, folder: Path) -> Label:
    """Fields that the built-in schema does not have are left out."""
    given = line["expected"]
    expected = {ours: given[name] for name, ours in _INVOICE2DATA.items() if name in given}
    lines = given.get("lines") or given.get("line_items") or ()
    if lines:
        expected["line_items"] = [
            {ours: entry[name] for name, ours in _INVOICE2DATA_LINE.items() if name in entry}
            for entry in lines
        ]
    return _label(line, "invoice", _labelled(expected), tags=_tags(line))


INVOICE2DATA = of_lines(
    "invoice2data",
    "invoice2data's test invoices; labels are not exhaustive",
    lambda line: (
        line.get("schema") == "invoice" and bool({"issuer", "amount"} & set(line["expected"]))
    ),
    _invoice2data,
)

# --- tables -----------------------------------------------------------------------------------


def _tables(line: LabelLine, folder: Path) -> Label:
    kept = ("page", "rows", "spans", "header_rows")
    tables = [
        {name: table[name] for name in kept if table.get(name) is not None}
        for table in line["expected"]["tables"]
    ]
    return _label(line, "tables", {"tables": tables}, tags=_tags(line))


TABLES_ICDAR2013 = of_lines(
    "tables_icdar2013",
    "ICDAR 2013 table competition: every table of government PDFs, cell by cell",
    lambda line: line.get("schema") == "table" and "html" not in _first_table(line),
    _tables,
)
TABLES_PUBTABNET = of_lines(
    "tables_pubtabnet",
    "PubTabNet: one small image of a table from a scientific article",
    lambda line: line.get("schema") == "table" and "html" in _first_table(line),
    _tables,
)


def _first_table(line: LabelLine) -> Mapping[str, Any]:
    tables = line["expected"].get("tables") or [{}]
    first: Mapping[str, Any] = tables[0]
    return first


# --- speech -----------------------------------------------------------------------------------


def _speech(line: LabelLine, folder: Path) -> Label:
    """A transcript, and for some clips a small truth whose schema is told by its own shape."""
    expected = line["expected"].get("fields") or {}
    schema: str | dict[str, Any] = "note"
    if expected:
        schema = {
            "title": re.sub(r"\W+", "_", line["id"]),
            "description": "What was said, as data.",
            **_shape_of(expected),
        }
    tags = _tags(line, speech="none" if not line["expected"]["text"].strip() else "")
    return _label(line, schema, expected, transcript=line["expected"]["text"], tags=tags)


def _shape_of(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {
            "type": "object",
            "properties": {name: _shape_of(inner) for name, inner in value.items()},
        }
    if isinstance(value, list):
        return {"type": "array", "items": _shape_of(value[0])}
    return {"type": "number" if isinstance(value, int | float) else "string"}


SPEECH = of_lines(
    "speech",
    "Clips of speech with a transcript, some with a small truth",
    lambda line: line.get("schema") == "speech",
    _speech,
)


# --- no labels --------------------------------------------------------------------------------


def _robust(line: LabelLine, folder: Path) -> Label:
    raise ConfigError(
        "no_labels",
        f"{folder} says how its files should fail, not what stands on them: nothing to measure.",
        "Read them with `docglean extract` to see that they end as they should.",
    )


ROBUST = of_lines(
    "robust_pdfs",
    "Nasty PDFs with no values: not for measuring",
    lambda line: line.get("schema") == "robust",
    _robust,
)
