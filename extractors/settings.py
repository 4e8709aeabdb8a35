"""Settings: environment variables ``DOCGLEAN_...`` and files, see `config_files`.

What a command line or a caller says goes before the environment, that before files. Keys of
providers are read from the variables that the vendors' own SDKs read (ANTHROPIC_API_KEY, ...).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from docglean.extractors.condition import EXAMPLE
from docglean.extractors.config_files import FILE, FileSource, FolderMay, config_files
from docglean.extractors.document_limits import Limits
from docglean.extractors.rate import Rate
from docglean.schemas.errors import ConfigError
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

_announced: set[Path] = set()
"""Files that were told of in this process."""


def state_folder() -> Path:
    """Where docglean keeps what must outlive a run: the ledger."""
    import platformdirs

    return Path(platformdirs.user_state_dir("docglean"))


class Settings(BaseSettings):
    """How docglean runs where the caller does not say otherwise.

    Attributes:
        engine: spec of the engine, as in ``--engine``.
        then: specs of engines that are asked what is still unsure, one after the other.
        when: what counts as unsure, see `condition`.
        private: refuse every engine whose host is neither loopback nor in `allowed_hosts`.
        allowed_hosts: host names that private mode trusts, e.g. ``gpu.internal``.
        ledger: path of an SQLite file, or a SQLAlchemy URL such as ``postgresql+psycopg://...``.
        concurrency: model calls under way at once.
        deadline: seconds that one document may take at models, re-asks and retries included.
        grace: seconds that calls under way are waited for when a run is ended early: they are paid
            for.
        retry_nights: days on which a document is tried again, with ``--only new``, that failed for
            a reason that may pass.
        batch_poll: seconds between two looks at batches that are waited for.
        runner: where a flow reads its shards: ``threads``, ``dask``, ``dask:tcp://host:8786``.
        rates: requests and tokens a minute by provider, as
            ``{"anthropic": {"requests": 50, "tokens": 40000}}``.
        budget: US dollars that one run may spend; None is without limit.
        daily_budget: US dollars a day (UTC) that all runs of one account may spend together.
        review_below: confidence, 0 to 1: a document with a value below it ends as ``review``; None
            is without.
        review_url: where a server of `docglean review` stands, as ``https://review.example.com``;
            flows tell it to people.
        calibration: file that makes probabilities of signals, from `docglean evaluate`; None takes
            the newest one in the ledger that fits, ``off`` the shipped prior.
        max_retry_after: longest ``retry-after`` of a server that is obeyed, in seconds.
        speech: spec of the speech engine, as in ``--speech``.
        speech_weights: folder with weights of a speech model, looked at first.
        log: ``json`` writes the log to standard error as one JSON object a line; ``text`` leaves it
            to the caller's own configuration of logging.
        log_content: values, prompts and answers may stand in the log and in spans.
        limits: what one file may cost before it is refused.
    """

    model_config = SettingsConfigDict(
        env_prefix="DOCGLEAN_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
    )

    # `FolderMay` says what a file in the current folder may do; without it, nothing.
    engine: Annotated[str, FolderMay("name")] = "auto"
    then: tuple[str, ...] = ()
    when: str = EXAMPLE
    private: Annotated[bool, FolderMay("require")] = False
    allowed_hosts: tuple[str, ...] = ()
    ledger: str = Field(default_factory=lambda: str(state_folder() / "ledger.sqlite"))
    concurrency: Annotated[int, FolderMay("fill")] = Field(default=8, ge=1)
    deadline: Annotated[float, FolderMay("fill")] = Field(default=1800.0, gt=0)
    grace: Annotated[float, FolderMay("fill")] = Field(default=60.0, ge=0)
    runner: str = "threads"
    rates: Annotated[dict[str, Rate], FolderMay("fill")] = {}
    retry_nights: Annotated[int, FolderMay("fill")] = Field(default=5, ge=0)
    batch_poll: Annotated[float, FolderMay("fill")] = Field(default=60.0, gt=0)
    budget: Annotated[Decimal | None, FolderMay("lower")] = Field(default=None, ge=0)
    daily_budget: Annotated[Decimal | None, FolderMay("lower")] = Field(default=None, ge=0)
    review_below: Annotated[float | None, FolderMay("fill")] = Field(default=None, ge=0, le=1)
    review_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    calibration: str | None = None
    max_retry_after: Annotated[float, FolderMay("fill")] = Field(default=120.0, ge=0)
    speech: Annotated[str, FolderMay("name")] = "auto"
    speech_weights: Path | None = None
    log: Annotated[Literal["text", "json"], FolderMay("fill")] = "text"
    log_content: bool = False
    limits: Annotated[Limits, FolderMay("lower")] = Limits()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before the environment, that before files."""
        return init_settings, env_settings, FileSource(settings_cls)


def load_settings(**told: Any) -> Settings:
    """The settings; what is None in `told` was not told. Files in force are named on stderr, once.

    Raises:
        ConfigError: ``bad_setting``, naming the setting and the cause; ``bad_config``,
            ``folder_setting``: see `config_files`.
    """
    try:
        settings = Settings(**{name: value for name, value in told.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        files = ", ".join(str(file.path) for file in config_files()) or FILE
        raise ConfigError(
            "bad_setting",
            f"The setting {where} is not accepted: {first['msg']}.",
            f"Look at DOCGLEAN_{where.upper().replace('.', '__')} and {files}.",
        ) from error
    except SettingsError as error:
        raise ConfigError(
            "bad_setting",
            f"A setting cannot be read: {error}.",
            "Look at the variable that it names.",
        ) from error
    _announce()
    return settings


def _announce() -> None:
    from docglean.extractors.notices import tell

    for file in config_files():
        if file.path not in _announced:
            _announced.add(file.path)
            tell(f"Settings are read from {file.path}.")
