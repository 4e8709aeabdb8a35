"""Libraries that send facts about the machine to their makers, told not to, before they load.

`docglean` imports this module before anything else of its own, so it holds in every process that
runs any of our code: the command line, a caller's program, child processes, Dask's workers and
Prefect's flows. Processes that run none of it (a Prefect server) are told by ``prefect.yaml``, the
container's environment or the process that starts them.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

ENVIRONMENT = {
    # onnxruntime 1.32 (OCR, layout model, voice filter): machine facts, the path of the Python
    # executable and a device id, some 14 s after the first session, from a queue in ~/.cache.
    "ORT_DISABLE_TELEMETRY": "1",
    # Prefect's client, where it runs in a terminal; others heed it too. https://donottrack.sh
    "DO_NOT_TRACK": "1",
    # A server that Prefect starts for a flow without one.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
}
"""Set whatever the caller's environment says: that nothing leaves is docglean's promise."""

OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
"""For processes in which nothing is ever downloaded."""


def opt_out() -> None:
    """Switch off what libraries would send home; also of those that the caller has loaded."""
    os.environ.update(ENVIRONMENT)
    if "onnxruntime" in sys.modules:
        load_onnxruntime()


def load_onnxruntime() -> ModuleType:
    """onnxruntime with its telemetry off by its own switch too: elsewhere than on Linux it may
    heed no variable. Called before anything that loads it for itself.

    Raises:
        ImportError: it is not installed.
    """
    import onnxruntime

    if hasattr(onnxruntime, "disable_telemetry_events"):
        onnxruntime.disable_telemetry_events()
    loaded: ModuleType = onnxruntime
    return loaded
