"""Documents whole, as JSON: with evidence, confidence and problems, as a run folder has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.flows.export.sink import FileSink, SinkFormat, put_files
from docglean.flows.export.tables import DOCUMENTS, FlatTable


class JsonLinesSink(FileSink):
    """One file with a document a line (https://jsonlines.org)."""

    typed = False

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.counts[DOCUMENTS.name] = 0
        self.path = self.folder / "documents.jsonl"
        self.file = self.path.open("w", encoding="utf-8", newline="")

    def begin(self, table: FlatTable) -> None:
        pass

    def document(
        self, extraction: Extraction[Any], rows: Iterable[tuple[FlatTable, dict[str, Any]]]
    ) -> None:
        self.file.write(f"{extraction.to_json()}\n")
        self.counts[DOCUMENTS.name] += 1

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        """No row comes here."""

    def finish(self) -> None:
        self.file.close()
        put_files(self.to, {"": self.path})

    def close(self, *, failed: bool) -> None:
        self.file.close()
        super().close(failed=failed)


class JsonSink(JsonLinesSink):
    """One file with the document, or with a list of them where they are none or several."""

    def finish(self) -> None:
        self.file.close()
        lines = self.path.open(encoding="utf-8")
        whole = self.folder / "documents.json"
        with lines, whole.open("w", encoding="utf-8", newline="") as out:
            if self.counts[DOCUMENTS.name] == 1:
                out.write(Extraction[Any].model_validate_json(lines.read()).to_json(indent=2))
            else:
                out.write("[")
                for number, line in enumerate(lines):
                    out.write(f"{',' * bool(number)}\n{line.rstrip()}")
                out.write("\n]")
            out.write("\n")
        put_files(self.to, {"": whole})


JSON = SinkFormat("json", lambda to, prefix: JsonSink(to), suffixes=(".json",), whole=True)
JSONL = SinkFormat("jsonl", lambda to, prefix: JsonLinesSink(to), suffixes=(".jsonl",), whole=True)
