"""All checks, in the order of the report: what can be used first."""

from __future__ import annotations

from docglean.doctor import (
    clocks,
    configuration,
    engines,
    folders,
    ledger,
    machine,
    money,
    packages,
    server,
    weights,
)
from docglean.doctor.check import Check

CHECKS = (
    Check("engines", engines.engines_in_use),
    Check("engines", engines.keys),
    Check("engines", engines.servers),
    Check("money", money.budgets),
    Check("money", money.rates),
    Check("ledger", ledger.ledger_permissions),
    Check("ledger", ledger.ledger_opens),
    Check("ledger", ledger.ledger_disk),
    Check("weights", weights.weights_in_packages, needs_settings=False),
    Check("weights", weights.ocr_languages, needs_settings=False),
    Check("weights", weights.speech_weights),
    Check("deployment", configuration.deployment_file, needs_settings=False),
    Check("deployment", folders.sources, needs_settings=False),
    Check("deployment", folders.run_folders, needs_settings=False),
    Check("deployment", clocks.time_zones, needs_settings=False),
    Check("deployment", configuration.review_server),
    Check("Prefect", server.prefect_server),
    Check("machine", machine.processors),
    Check("machine", machine.memory),
    Check("machine", machine.temporary_folder),
    Check("machine", machine.office, needs_settings=False),
    Check("settings", configuration.files_read),
    Check("packages", packages.python, needs_settings=False),
    Check("packages", packages.installed, needs_settings=False),
    Check("packages", packages.tested_versions, needs_settings=False),
    Check("packages", packages.extras, needs_settings=False),
    Check("added", packages.added, needs_settings=False),
)
