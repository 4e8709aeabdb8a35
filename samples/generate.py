"""Draw samples/ again: documents made by us, with exact labels.

    python -m samples.generate

The drawings are deterministic. The spoken note needs espeak-ng; without it, the one in the
repository stays as it is.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

from samples import papers, pictures

FOLDER = Path(__file__).resolve().parent
DOCUMENTS = FOLDER / "documents"
NOTE = (
    "Note for the project team. Maria will send the signed contract to the supplier "
    "by the fifteenth of June. We decided to order twenty new chairs. "
    "David will call the electrician on Monday."
)


def main() -> None:
    """Write documents and labels.jsonl."""
    invoice, invoice_label = papers.long_invoice()
    paper, paper_label = papers.german_invoice()
    form, form_label = papers.form()
    statement, statement_label = papers.statement()
    receipt, receipt_label = pictures.receipt()
    chart, chart_label = pictures.chart()
    shot, shot_label = pictures.screenshot()
    made: list[tuple[str, bytes | None, str, dict[str, Any]]] = [
        ("invoice-three-pages.pdf", invoice, "invoice", invoice_label),
        ("invoice-scan.pdf", pictures.scanned(paper), "invoice", paper_label),
        ("form.pdf", form, "form", form_label),
        ("receipt-photo.jpg", receipt, "receipt", receipt_label),
        ("statement.pdf", statement, "statement", statement_label),
        ("chart.png", chart, "chart", chart_label),
        ("code-screenshot.png", shot, "screenshot", shot_label),
        ("note.wav", spoken(NOTE), "note", {}),
    ]
    DOCUMENTS.mkdir(exist_ok=True)
    with (FOLDER / "labels.jsonl").open("w", encoding="utf-8") as labels:
        for name, data, schema, expected in made:
            if data is not None:
                (DOCUMENTS / name).write_bytes(data)
            label = {
                "id": name.partition(".")[0],
                "file": f"documents/{name}",
                "schema": schema,
                "expected": expected,
            }
            if schema == "note":
                label["transcript"] = NOTE
            labels.write(json.dumps(label, ensure_ascii=False) + "\n")


def spoken(text: str) -> bytes | None:
    """`text` read aloud as WAV, 16 kHz, mono; None without espeak-ng."""
    program = shutil.which("espeak-ng")
    if program is None:
        print("espeak-ng is not here: the spoken note stays as it is", file=sys.stderr)
        return None
    command = [program, "-v", "en-us", "-s", "135", "--stdout", text]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    # Written to a pipe, its header has no length.
    with wave.open(io.BytesIO(data)) as speech:
        sound = speech.readframes((len(data) - 44) // 2), speech.getframerate()
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound[1])
        file.writeframes(sound[0])
    return out.getvalue()


if __name__ == "__main__":
    main()
