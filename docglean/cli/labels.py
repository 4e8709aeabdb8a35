"""Commands on labels that people have made, as they stand on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from docglean.cli.evaluate import Labels, LabelSchema, Layout
from docglean.cli.parameters import AsJson, app, here, takes_options
from docglean.extractors.options import RunOptions

labels_app = App(
    name="labels",
    help="Check labels, and make them of reviewed runs.",
    default_parameter=app.default_parameter,
)
app.command(labels_app)


@labels_app.command
def check(
    *labels: Labels, layout: Layout = None, schema: LabelSchema = None, json: AsJson = False
) -> int:
    """Find what is wrong with labels before money is spent: files, values, duplicates.

    Values that stand nowhere on the page are likely slips of the pen; on
    scans, where the OCR may be wrong, they are warnings. A run folder may be
    named, too: of it, and of labels that were reviewed, it tells the values on
    which two reviewers differ, and how far they agree. Only values count of
    which one did not see what the other had said (`docglean review --blind`).

    Exit code: 0 no errors, 1 some.
    """
    from docglean.commands.labels import check_command
    from docglean.extractors.settings import load_settings

    return check_command(
        labels or (".",), layout=layout, schema=schema, settings=load_settings(), as_json=json
    )


@labels_app.command(name="from")
@takes_options(only=("password",))
def from_runs(
    *run: Annotated[Path, Parameter(name="RUN", help="A run folder; several are put together.")],
    to: Annotated[
        Path, Parameter(help="Folder for labels.jsonl; added to if it has some.", validator=here)
    ],
    by: Annotated[
        str | None, Parameter(help="Only what this person has looked at; everybody by default.")
    ] = None,
    schema: Annotated[
        tuple[str, ...],
        Parameter(
            name="--schema", negative="", help="Your own schemas that the runs were read by."
        ),
    ] = (),
    fetch: Annotated[
        bool,
        Parameter(
            negative="",
            help="Fetch documents that are not on this machine from where the results say.",
        ),
    ] = False,
    options: RunOptions,
) -> int:
    """Make labels of what people have reviewed in run folders.

    What nobody has looked at is not labelled; what a document does not have is
    labelled empty. A list is labelled where somebody has said that it is
    complete, or has looked at all its values in a document that is signed off:
    else an entry that is missing in it would make the one that finds it wrong.
    A rerun brings the labels up to what was said since; labels that were
    written by hand stay as they are.

    Exit code: 0 all that was reviewed is labelled, 1 some documents are left out.
    """
    from docglean.commands.labels import from_command
    from docglean.commands.reviewed_labels import LabelsFrom

    return from_command(LabelsFrom(run, to, by, schema, fetch, options.password))
