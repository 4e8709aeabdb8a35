"""What may be said of a run: one list, from which every door takes its parameters.

Command line, Prefect flows and Python take names, types, defaults and help from `RunOptions`, by
`with_options` or checked against it by a test: a new option is a new field here, and its use.
Nothing heavy is imported, as the command line answers ``--help`` with it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, TypeVar, get_type_hints

if TYPE_CHECKING:
    from docglean.extractors.settings import Settings

R = TypeVar("R")

HELP, DECIDES = "help", "decides"
"""Under which a field has what `option` was told; a field without is offered by no door."""

ACCOUNT = "docglean"
"""Whose days a daily budget adds up, where nothing else is named."""

Tier = Literal["standard", "flex"]
"""How soon a call is answered, and at which price: flex costs what a batch does, is answered in
minutes, and is refused where there is no room."""

Embedded = Literal["use", "compare", "ignore"]
"""What becomes of data that a file has beside its pages."""


def option(default: Any, text: str, *, decides: bool = False) -> Any:
    """A field that every door offers.

    Args:
        text: the help that is shown there.
        decides: another value may give another answer, so that an engine is measured anew.
    """
    return field(default=default, metadata={HELP: text, DECIDES: decides})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What is said of every document of a run. None of what is a setting too: as the settings say.

    Attributes:
        run: names the run in the ledger's accounts.
        account: whose days `daily_budget` adds up, such as a deployment's name.
        repeat: which repetition of the same work this is, from 1: a model is asked anew for each.
        since: with `fresh`, the ledger's last reply before the run: only later ones count. None is
            that of the moment in which the run is opened.
        recordings: they were asked for: one that cannot be heard is a failed document even where
            it only lay in a folder with others.

    Raises:
        ConfigError: ``bad_budget``, ``bad_share``.
    """

    engine: str | None = option(
        None,
        "[inputs+]provider[:model][@base_url], e.g. local, anthropic:claude-haiku-5-5, "
        "ocr+ollama:llama3.2; auto takes the first that is usable.",
    )
    then: tuple[str, ...] = option(
        (),
        "Engine that is asked again what the one before was unsure of, field by field; several "
        "times for a chain. What is likelier right is taken, and both readings are told.",
        decides=True,
    )
    when: str | None = option(
        None,
        "What --then takes for unsure; by default 'confidence<0.9 or failed_check'. Also: "
        "not_located, null, problem, differs, field == '/total', and, not, parentheses.",
        decides=True,
    )
    private: bool | None = option(
        None, "Refuse every engine that is not on this machine or on a listed host."
    )
    concurrency: int | None = option(None, "Model calls under way at once.")
    speech: str | None = option(
        None, "Engine for recordings, e.g. faster-whisper:small.", decides=True
    )
    language: str | None = option(
        None, "Of recordings, as de; auto (default) finds it out.", decides=True
    )
    download: bool = option(
        False, "Download weights of the speech engine that are missing; nothing else does."
    )
    pages: str | None = option(None, "Pages to read, such as 1-3,7.", decides=True)
    split: str = option(
        "auto",
        "Where a file holds several documents, each becomes a result of its own, attached ones "
        "too: auto (default) finds them, off reads each file as one, N cuts every N pages, or the "
        "plan FILE that `docglean split` wrote.",
    )
    embedded: Embedded | None = option(
        None,
        "Data in a file beside its pages (e-invoice XML, XFA): use (default) takes its values with "
        "the engine local, compare only says where the pages differ, ignore reads pages alone.",
        decides=True,
    )
    password: tuple[str, ...] = option((), "Tried on PDFs that want one.")
    instructions: str = option("", "Your own words for the model.", decides=True)
    examples: str | None = option(
        None,
        "Folder with labels (as `evaluate` takes) of which the nearest to each document go before "
        "it, to where it goes: those of its schema that a person has checked, never its own.",
        decides=True,
    )
    example_count: int | None = option(
        None, "Examples beside a document at the most; 2 by default.", decides=True
    )
    batch: bool = option(
        False, "At half price, answered within a day: by the provider's batch API."
    )
    tier: Tier = option(
        "standard",
        "flex: at a batch's price within minutes (OpenAI, Gemini); what there is no room for "
        "is answered at the standard price.",
    )
    fresh: bool = option(
        False,
        "Ask models anew, whatever the ledger holds. The new answers are kept beside the old ones, "
        "and later runs read them.",
    )
    budget: Decimal | None = option(
        None,
        "US dollars that this run may spend. It ends before the call that would cross it; "
        "what is done is kept.",
    )
    daily_budget: Decimal | None = option(
        None, "US dollars that this run and those before it may spend together in a day (UTC)."
    )
    review_below: float | None = option(
        None,
        "Confidence from 0 to 1, e.g. 0.9: a document with a value below it ends as review.",
    )

    calibration: str | None = option(
        None,
        "Of confidence: a calibration-ENGINE.json from `docglean evaluate`. Default: the newest "
        "that fits engine and schema; off: the shipped prior.",
    )

    # What the program knows of a run; nobody is asked for it.
    run: str = ""
    account: str = ACCOUNT
    repeat: int = 1
    since: int | None = None
    recordings: bool = False

    def __post_init__(self) -> None:
        """Take what doors pass on as it was written."""
        plain = {
            "password": _several(self.password),
            "then": _several(self.then),
            "budget": dollars(self.budget, "budget"),
            "daily_budget": dollars(self.daily_budget, "daily_budget"),
            "review_below": share(self.review_below, "review_below"),
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> RunOptions:
        """From what was said by name; None was not said."""
        return cls(**{name: value for name, value in said.items() if value is not None})

    @property
    def halved(self) -> bool:
        """Whether what is sent is expected to cost what a batch does."""
        return self.batch or self.tier == "flex"

    def offered(self) -> dict[str, Any]:
        """The values of what doors offer, by name."""
        return {one.name: getattr(self, one.name) for one in offered_options()}

    def decisive(self) -> dict[str, Any]:
        """What was said that decides the answer, besides the engine."""
        marked = [one.name for one in offered_options() if one.decides]
        return {name: getattr(self, name) for name in marked if getattr(self, name)}

    def settings(self, base: Settings | None = None) -> Settings:
        """The settings, changed by what is said here.

        Args:
            base: instead of those of environment and files.

        Raises:
            ConfigError: ``bad_setting``.
        """
        from docglean.extractors.settings import Settings, load_settings

        told = {
            name: value
            for name, value in self.offered().items()
            if name in Settings.model_fields and value not in (None, ())
        }
        return load_settings(**told) if base is None else base.model_copy(update=told)


def _several(told: str | Sequence[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)


class Option(NamedTuple):
    """What a door needs to know of one option."""

    name: str
    kind: Any
    default: Any
    text: str
    decides: bool


@cache
def offered_options() -> tuple[Option, ...]:
    """All that doors offer, in the order of the fields."""
    kinds = get_type_hints(RunOptions)
    return tuple(
        Option(one.name, kinds[one.name], one.default, one.metadata[HELP], one.metadata[DECIDES])
        for one in fields(RunOptions)
        if HELP in one.metadata
    )


class Keywords(TypedDict, total=False):
    """The fields of `RunOptions` as keywords in Python, written as people write them.

    That none is missing is tested; type checkers want them spelled out. No batch: it is answered
    within a day, and wants a run folder to come back to.
    """

    engine: str | None
    then: str | Sequence[str] | None
    when: str | None
    private: bool | None
    concurrency: int | None
    speech: str | None
    language: str | None
    download: bool
    pages: str | None
    split: str
    embedded: Embedded | None
    password: str | Sequence[str] | None
    instructions: str | None
    examples: str | None
    example_count: int | None
    tier: Tier
    fresh: bool
    budget: str | float | Decimal | None
    daily_budget: str | float | Decimal | None
    review_below: str | float | None
    calibration: str | None


def with_options(
    written: Callable[[Option], tuple[Any, Any]],
    *,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Let a function take options by name, in place of its keyword `options`: a `RunOptions`.

    What builds commands and forms from signatures (cyclopts, Prefect) sees them one by one.

    Args:
        written: type and default of an option as they are written at this door.
        only, without: names of those that are taken, or are not.
    """
    taken = [
        one
        for one in offered_options()
        if one.name not in without and (only is None or one.name in only)
    ]

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        @wraps(function)
        def call(*args: Any, **named: Any) -> R:
            said = {one.name: named.pop(one.name, None) for one in taken}
            return function(*args, **named, options=RunOptions.of(said))

        parameters: list[inspect.Parameter] = []
        for parameter in inspect.signature(function, eval_str=True).parameters.values():
            if parameter.name != "options":
                parameters.append(parameter)
                continue
            for one in taken:
                kind, default = written(one)
                parameters.append(
                    inspect.Parameter(one.name, parameter.kind, default=default, annotation=kind)
                )
        signature = inspect.signature(function, eval_str=True).replace(parameters=parameters)
        call.__signature__ = signature  # type: ignore[attr-defined]  # typeshed does not know it
        call.__annotations__ = {one.name: one.annotation for one in parameters}
        return call

    return decorate


def dollars(told: str | float | Decimal | None, name: str) -> Decimal | None:
    """An amount as somebody wrote it.

    Raises:
        ConfigError: ``bad_budget``, it is no amount of zero or more.
    """
    if told is None:
        return None
    try:
        amount = Decimal(str(told).strip().removeprefix("$"))
    except ArithmeticError:
        amount = Decimal(-1)
    if amount.is_finite() and amount >= 0:
        return amount
    from docglean.schemas.errors import ConfigError

    raise ConfigError(
        "bad_budget", f"{name} is {told!r}, which is no amount of US dollars.", "Write 2.50."
    )


def share(told: str | float | None, name: str) -> float | None:
    """A probability as somebody wrote it.

    Raises:
        ConfigError: ``bad_share``, it is not from 0 to 1.
    """
    if told is None:
        return None
    try:
        found = float(told)
    except (TypeError, ValueError):
        found = -1.0
    if 0 <= found <= 1:
        return found
    from docglean.schemas.errors import ConfigError

    raise ConfigError(
        "bad_share", f"{name} is {told!r}, which is not from 0 to 1.", "Write 0.9 for 90 %."
    )
