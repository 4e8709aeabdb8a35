"""What may be asked: providers, clouds, families of models and prices, from their tables."""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import version

from docglean.extractors.models.capabilities import KnownEngine, known_engines
from docglean.extractors.models.engine_spec import PARAMETERS
from docglean.extractors.models.families import ANY, FAMILIES, Family
from docglean.extractors.models.provider import Provider
from docglean.extractors.models.providers import PROVIDERS

from docglean.commands.engines import page_price

from .markdown import code, plain, table

YES_NO = {True: "yes", False: "no", None: "?"}


def parameters() -> str:
    """What may stand after the question mark of a spec."""
    rows = ((code(f"?{name}="), plain(text)) for name, text in PARAMETERS.items())
    return table(("parameter", "what it says"), rows)


def providers() -> str:
    """Where models are, and whose variables say where and with which key."""
    head = ("provider", "where, or by which variable", "key from", "model, by default")
    return table(head, map(_place, _no_clouds()))


def _place(one: Provider) -> tuple[str, ...]:
    where = "this machine" if one.self_hosted else code(one.base_url.split("/")[2])
    places = ", ".join(filter(None, (where, code(one.url_variable))))
    keys = _either(one.key_variables) or "no key"
    return f"{code(one.name)} {one.title}", places, keys, code(one.default_model)


def limits() -> str:
    """What their servers take."""
    head = (
        "provider", "schema kept by", "batches", "flex", "PDF", "images a request",
        "megabytes a request",
    )  # fmt: skip
    return table(head, map(_takes, _no_clouds()))


def _takes(one: Provider) -> tuple[str, ...]:
    return (
        code(one.name), code(one.schema_mode), _mark(one.batch), _mark(one.flex), _mark(one.pdf),
        str(one.images_per_request), f"{one.bytes_per_request / 1e6:.0f}",
    )  # fmt: skip


def _no_clouds() -> list[Provider]:
    return [one for one in PROVIDERS.built_in() if one.cloud is None]


def clouds() -> str:
    """The same models at clouds."""
    head = ("provider", "place", "key or token from", "else", "extra", "batches")
    return table(head, (_cloud(one) for one in PROVIDERS.built_in() if one.cloud is not None))


CHAINS = {
    "": "",
    "aws": "AWS's chain of credentials",
    "azure": "Entra",
    "google": "application default credentials",
}


def _cloud(one: Provider) -> tuple[str, ...]:
    cloud = one.cloud
    assert cloud is not None
    places = "; ".join(
        f"`?{name}=`" + (f" or {_either(names)}" if names else "")
        for name, names in cloud.places.items()
    )
    keys = _either((*cloud.token_variables, *one.key_variables))
    return (
        f"{code(one.name)} {one.title}", places, keys, CHAINS[cloud.chain], code(cloud.extra),
        _mark(one.batch),
    )  # fmt: skip


def families() -> str:
    """What models are known by, by a part of their names."""
    head = (
        "name holds", "sees", "page, longest side in pixels", "hears", "PDF",
        "longest answer, tokens", "efforts",
    )  # fmt: skip
    rows = table(head, (_family(one) for one in FAMILIES))
    return f'<div class="patterns" markdown>\n\n{rows}\n\n</div>'


def _family(one: Family) -> tuple[str, ...]:
    longest = "" if one.max_output_tokens is None else f"{one.max_output_tokens:,}"
    return (
        "any other" if one.pattern == ANY else code(one.pattern), YES_NO[one.vision],
        str(one.render.max_edge), YES_NO[one.hearing], _mark(one.pdf is not None), longest,
        ", ".join(one.efforts),
    )  # fmt: skip


def models() -> str:
    """Known models with what they take and cost."""
    head = (
        "engine", "sees", "context, tokens", "input, $", "output, $", "1,000 pages, $",
        "batches", "ends",
    )  # fmt: skip
    return table(head, (_model(one) for one in known_engines())) + (
        f"\n\nPrices are those of genai-prices {version('genai-prices')}, of short prompts."
    )


def _model(one: KnownEngine) -> tuple[str, ...]:
    can, page = one.capability, page_price(one)
    return (
        code(one.engine.spec), "yes" if not one.engine.is_model else YES_NO[can.vision],
        "" if can.context_tokens is None else f"{can.context_tokens:,}", _dollars(one.input_price),
        _dollars(one.output_price), _dollars(None if page is None else round(page * 1000, 2)),
        _mark(can.batch), "" if can.retires is None else can.retires.isoformat(),
    )  # fmt: skip


def _dollars(amount: Decimal | None) -> str:
    return "?" if amount is None else f"{amount:f}"


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(code(name) for name in names)


def _mark(true: bool) -> str:
    return "yes" if true else ""
