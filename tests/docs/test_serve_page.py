"""The commands of docs/how-to/serve.md, asked of a service that runs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from checkouts import REPOSITORY
from pages import blocks, commands
from served_documents import ANN, ended, serving

PAGE = REPOSITORY / "docs" / "how-to" / "serve.md"
ADDRESS = "http://localhost:8652"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here"),
]


def test_a_reader_hands_in_asks_and_deletes(tmp_path: Path) -> None:
    typed = [line for kind, text in blocks(PAGE) if kind == "sh" for line in commands(text)]
    asked = [line for line in typed if line.startswith("curl")]
    exports = [line for line in typed if line.startswith(("export AT", "export AUTH"))]
    assert (len(asked), len(exports)) == (7, 2)
    told: list[str] = []
    with serving(tmp_path, schemas=("invoice", "form")) as served, served.client() as ann:
        id = ""
        for command in asked:
            told_so = command.replace("curl ", "curl -sS --fail ", 1)
            line = "\n".join([*exports, told_so]).replace(ADDRESS, served.url)
            done = subprocess.run(
                ["bash", "-c", line],
                cwd=REPOSITORY,
                env={"PATH": "/usr/bin:/bin", "DOCGLEAN_SERVE_TOKEN": ANN, "ID": id},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            told.append(done.stdout)
            if not id:
                id = json.loads(done.stdout)["id"]
                ended(ann, id)
        assert ann.get(f"/documents/{id}").status_code == 404
    status, result, value, second, listed = map(json.loads, told[1:6])
    assert status["state"] == "done"
    assert result["extractions"][0]["schema"]["name"] == "form"
    assert value["found"]
    assert second["pages"] == "1"
    assert len(listed["documents"]) == 2
