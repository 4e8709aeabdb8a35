"""Commands on labels that people have made, as they stand on the command line."""

from __future__ import annotations

from cyclopts import App

from docglean.cli.evaluate import Labels, LabelSchema, Layout
from docglean.cli.parameters import AsJson, app

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

    Values that stand nowhere on the page are likely slips of the pen; on scans, where the OCR may
    be wrong, they are warnings. A run folder may be named, too: of it, and of labels that were
    reviewed, it tells the values on which two reviewers differ, and how far they agree. Only
    values count of which one did not see what the other had said (`docglean review --blind`).

    Exit code: 0 no errors, 1 some.
    """
    from docglean.commands.labels import check_command
    from docglean.extractors.settings import load_settings

    return check_command(
        labels or (".",), layout=layout, schema=schema, settings=load_settings(), as_json=json
    )
