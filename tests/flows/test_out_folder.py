"""The run folder of a flow: a file is sent to, not read into."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.flows.parameters import out_folder
from docglean.schemas.errors import ConfigError


@pytest.mark.parametrize("out", ["out.csv", "out.sqlite", "postgresql://host/db", "s3://b/o.xlsx"])
def test_a_file_or_a_database_is_no_run_folder(out: str) -> None:
    with pytest.raises(ConfigError, match="send_to") as caught:
        out_folder(out)
    assert caught.value.code == "bad_option"


@pytest.mark.parametrize("out", ["out", "runs/2026.11", "out.prod", "out.csv/"])
def test_any_other_name_is(out: str) -> None:
    assert out_folder(out) == Path(out).absolute()


def test_a_bucket_is_elsewhere() -> None:
    with pytest.raises(ConfigError) as caught:
        out_folder("s3://bucket/out")
    assert caught.value.code == "out_elsewhere"
