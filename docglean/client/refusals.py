"""Why a client answers no more."""

from __future__ import annotations

from docglean.schemas.errors import ConfigError


def closed() -> ConfigError:
    """It was closed."""
    return ConfigError(
        "client_closed",
        "This client is closed.",
        "Call it within its `with` block, or make another one.",
    )


def forked() -> ConfigError:
    """It is another process's."""
    return ConfigError(
        "client_forked",
        "This client was made before the process was forked: its connections and worker "
        "processes are the parent's.",
        "Make one in each process, after the fork.",
    )


def of_another_loop() -> ConfigError:
    """It is another event loop's."""
    return ConfigError(
        "client_elsewhere",
        "This AsyncExtractor is used in another event loop than it was opened in.",
        "Make one in each event loop; an Extractor may be called from any thread.",
    )
