"""The figures of a soak, and which of the bounds it broke."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bench.hosted.run import Row, Soaked

MOST_CALLS, MEAN_CALLS = 3, 2.0
"""Answers to one question at the most and in the mean, however much is thought."""
ESTIMATE_FACTOR = 2.0
"""Within which tokens of questions and answers, without thinking, are estimated."""
CENT = Decimal("0.000001")
"""Of US dollars, to which sums are compared."""


@dataclass
class Outcome:
    """What is told of one vendor."""

    rows: dict[str, str]
    broken: list[str]


def outcome_of(soaked: Soaked) -> Outcome:
    """The figures of one vendor's runs, and which of the bounds they broke."""
    checks = (_ends, _values, _answers, _ledger, _results, _records, _estimates)
    return Outcome(_figures(soaked), [one for check in checks for one in check(soaked)])


def table(outcomes: Mapping[str, Outcome]) -> str:
    """All vendors side by side, and below what is broken."""
    lines = [f"{'':<27}" + "".join(f"{name:>17}" for name in outcomes)]
    for row in next(iter(outcomes.values())).rows:
        lines.append(f"{row:<27}" + "".join(f"{one.rows[row]:>17}" for one in outcomes.values()))
    broken = [f"{name}: {one}" for name, outcome in outcomes.items() for one in outcome.broken]
    return "\n".join([*lines, *(broken or ["All bounds are kept."])])


# --- bounds -------------------------------------------------------------------------------------


def _ends(soaked: Soaked) -> Iterator[str]:
    ended = [one["document"]["name"] for one in soaked.results]
    lost = set(soaked.truth) - set(ended)
    if lost:
        yield f"{len(lost)} documents have no result"
    if len(ended) != len(set(ended)):
        yield f"{len(ended) - len(set(ended))} results too many"


def _values(soaked: Soaked) -> Iterator[str]:
    ended = {one["document"]["name"]: one for one in soaked.results}
    wrong = [
        name for name, one in ended.items()
        if one["status"] == "ok" and (one["data"] or {}).get("number") != soaked.truth[name].number
    ]  # fmt: skip
    if wrong:
        yield f"ok with a wrong value: {', '.join(wrong[:5])}"
    not_read = [
        name for name, slip in soaked.truth.items()
        if slip.whole and slip.number not in soaked.meter.spoilt
        and name in ended and ended[name]["status"] != "ok"
    ]  # fmt: skip
    if not_read:
        yield f"not ok without a reason: {', '.join(not_read[:5])}"


def _answers(soaked: Soaked) -> Iterator[str]:
    meter = soaked.meter
    if meter.most > MOST_CALLS or meter.mean > MEAN_CALLS:
        yield f"answers a question: {meter.mean:.2f} in the mean, {meter.most} at the most"
    if meter.twice:
        yield f"{meter.twice} answers were paid for twice"
    if meter.hasty:
        yield f"{meter.hasty} requests came before the time that they were told"


def _ledger(soaked: Soaked) -> Iterator[str]:
    meter = soaked.meter
    missing = meter.missing({row.number for row in soaked.rows if row.number is not None})
    if missing:
        yield f"the ledger lacks {len(missing)} answers"
    billed = meter.billed - meter.in_vain
    ledger = _sum(soaked.rows)
    if abs(billed - ledger) > CENT:
        yield f"the ledger has ${ledger:f}, ${billed:f} was billed for answers that came"


def _results(soaked: Soaked) -> Iterator[str]:
    """What a document says that it took is what the ledger has of it."""
    rows = _by(soaked.rows, "document")
    shared = Counter(one["document"]["sha256"] for one in soaked.results)
    for one in soaked.results:
        name, sha256 = one["document"]["name"], one["document"]["sha256"]
        spent, own = one["spending"], rows[sha256]
        if shared[sha256] > 1:  # two of the same content: each says what it would have taken
            continue
        tokens = _tokens(spent["usage"]) + _tokens(spent["saved_usage"])
        if tokens != sum(row.tokens for row in own):
            yield f"{name} tells of {tokens} tokens, the ledger of {sum(r.tokens for r in own)}"
        costs = [spent["cost"], spent["saved"]]
        if None not in costs and abs(sum(map(Decimal, costs)) - _sum(own)) > CENT:
            yield f"{name} tells of ${sum(map(Decimal, costs)):f}, the ledger of ${_sum(own):f}"


def _records(soaked: Soaked) -> Iterator[str]:
    """What a run says that it took is what the ledger has of it; a killed one says nothing."""
    rows = _by(soaked.rows, "run")
    for record in soaked.records:
        if record["state"] == "running":
            continue
        spent, own = record["totals"]["spending"], rows[record["id"]]
        told, kept = _tokens(spent["usage"]), sum(row.tokens for row in own)
        if told != kept:
            yield f"run.json tells of {told} tokens ({record['state']}), the ledger of {kept}"
        cost = spent["cost"]
        if cost is not None and abs(Decimal(cost) - _sum(own)) > CENT:
            yield f"run.json tells of ${cost} ({record['state']}), the ledger of ${_sum(own):f}"


def _estimates(soaked: Soaked) -> Iterator[str]:
    """Thinking is as it is drawn; what is asked and answered can be foreseen.

    Answers may be shorter: stand-ins print no blank that they need not.
    """
    told = soaked.after_three
    into = sum(row.tokens_in for row in soaked.rows)
    answers = sum(row.tokens_out - row.thinking for row in soaked.rows)
    if not told.tokens_in / ESTIMATE_FACTOR <= into <= told.tokens_in * ESTIMATE_FACTOR:
        yield f"{into} tokens in, {told.tokens_in} were estimated after 3 documents"
    if answers > told.answers * ESTIMATE_FACTOR:
        yield f"{answers} tokens of answers, {told.answers} were estimated after 3 documents"


# --- figures ------------------------------------------------------------------------------------


def _figures(soaked: Soaked) -> dict[str, str]:
    meter, truth = soaked.meter, soaked.truth
    by_status = Counter(one["status"] for one in soaked.results)
    whole = {name for name, slip in truth.items() if slip.whole}
    good = sum(one["status"] == "ok" for one in soaked.results if one["document"]["name"] in whole)
    ledger = _sum(soaked.rows)
    return {
        "documents, ended": f"{len(truth)}, {len(soaked.results)}",
        "killed / over budget": f"{soaked.ends.count('killed')} / "
        f"{soaked.ends.count('over budget')}",
        "ok / review": f"{by_status['ok']} / {by_status['review']}",
        "partial / failed": f"{by_status['partial']} / {by_status['failed']}",
        "good documents ok": f"{good} of {len(whole)}",
        "faults of documents": str(sum("-" in name for name in truth)),
        "faults of servers": f"{meter.faults.total()} of {len(+meter.faults)} kinds",
        "answers a document": f"{len(meter.answers) / len(truth):.2f}",
        "answers a question": f"{meter.mean:.2f}, at most {meter.most}",
        "billed": f"${meter.billed:.4f}",
        "in the ledger": f"${ledger:.4f}",
        "estimated before": _against(ledger, soaked.before.cost),
        "after 3 documents": _against(ledger, soaked.after_three.cost),
        "lost with their connection": str(meter.with_fate("lost")),
        "lost when killed": str(meter.with_fate("killed")),
        "paid twice": str(meter.twice),
    }


def _against(paid: Decimal, estimated: Decimal) -> str:
    return f"${estimated:.4f}, x{paid / estimated:.2f}"


def _sum(rows: list[Row]) -> Decimal:
    """US dollars, of those of which they are known."""
    return sum((row.cost for row in rows if row.cost is not None), Decimal(0))


def _by(rows: list[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _tokens(usage: Mapping[str, Any]) -> int:
    return int(usage["input_tokens"] + usage["output_tokens"])
