"""All commands, which register themselves on `app`; those of `docglean.cli.app` need no others."""

import docglean.cli.app
import docglean.cli.completion
import docglean.cli.engines
import docglean.cli.evaluate
import docglean.cli.labels
import docglean.cli.operate
import docglean.cli.prefect
import docglean.cli.review
import docglean.cli.schemas
import docglean.cli.services
import docglean.cli.speech  # noqa: F401 (as those above)
