"""What a form asks and what was filled in, before anyone thinks of how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from bench.generated.lots import Lots, chance, data, sample, signs, weighted
from bench.generated.party import party

COUNTRIES = {"GB": 8, "US": 10, "DE": 9, "FR": 6, "ES": 5, "IT": 4, "NL": 4, "PT": 3, "PL": 3,
             "CZ": 2, "SE": 2, "DK": 2, "NO": 2, "AT": 2, "AU": 2}  # fmt: skip
COMBED = frozenset({"birth_date", "postcode", "iban", "id_number", "start", "phone"})
CODES = ("@-^##", "^####", "##-###", "^,^##.##", "^/^#/8#", "(^##) ^##-####")
ASKED = (
    "first_name last_name name birth_date birth_place nationality street postcode town country "
    "phone mobile email id_number iban employer occupation amount number text start date"
).split()


@dataclass(frozen=True)
class Question:
    """A caption with what was filled in; None for nothing.

    Attributes:
        hint: small print behind the caption, that is no part of it.
        unit: printed behind what is filled in.
    """

    kind: str
    caption: str
    answer: str | None
    hint: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Choice:
    """A question with boxes to tick."""

    caption: str
    options: tuple[str, ...]
    ticked: frozenset[int]


@dataclass(frozen=True)
class FormFacts:
    """A form, filled in.

    Attributes:
        sections: heading ("" for none) and questions of each part.
    """

    language: str
    title: str
    number: str
    sections: tuple[tuple[str, tuple[Question | Choice, ...]], ...]
    notes: tuple[str, ...]
    signature: str
    signed: bool


def form_facts(lots: Lots) -> FormFacts:
    """Draw one: what a person tells, or what offices write to each other."""
    country = weighted(lots, COUNTRIES)
    language = data("countries")[country]["language"]
    blank = lots.choice([0.1, 0.3, 0.3, 0.6])
    business = chance(lots, 0.35)
    words = data("forms")["business" if business else language]
    language = "en" if business else language
    printed = data("forms")[language]
    if business:
        captions = sample(lots, words["captions"], lots.randint(6, 20))
        questions = [_business(lots, caption, blank) for caption in captions]
    else:
        questions = _personal(lots, country, language, blank)
    asked: list[Question | Choice] = list(questions)
    for told in sample(lots, printed["choices"], lots.choice([0, 1, 1, 2])):
        asked.insert(lots.randint(0, len(asked)), _choice(lots, told))
    sections = _sections(lots, asked, words)
    if chance(lots, 0.2):
        office = tuple(Question("office", text, None) for text in printed["office"])
        sections.append((printed["sections"][-1], office))
    return FormFacts(
        language=language,
        title=lots.choice(words["titles"]),
        number=signs(lots, lots.choice(["", "", "Form ##-@", "V. 0#/20##", "@@ ### (0^/1#)"])),
        sections=tuple(sections),
        notes=tuple(sample(lots, printed["notes"], lots.choice([0, 1, 1, 2]))),
        signature=lots.choice(printed["signature"]) if chance(lots, 0.6) else "",
        signed=chance(lots, 0.6),
    )


def _personal(lots: Lots, country: str, language: str, blank: float) -> list[Question]:
    answers = _answers(lots, country, language)
    asked = sample(lots, ASKED, lots.randint(6, len(ASKED)))
    if chance(lots, 0.7):
        asked.sort(key=ASKED.index)
    hinted = chance(lots, 0.25)
    return [
        Question(
            kind=kind,
            caption=lots.choice(data("forms")[language][kind]),
            answer=None if chance(lots, blank) else answers[kind],
            hint=lots.choice(data("forms")["business"]["hints"])
            if hinted and chance(lots, 0.3) else "",
            unit=lots.choice(data("forms")["business"]["units"])
            if kind in ("amount", "number") and chance(lots, 0.4) else "",
        )
        for kind in asked
    ]  # fmt: skip


def _business(lots: Lots, caption: str, blank: float) -> Question:
    made = [
        signs(
            lots, lots.choice(["@-^##", "^####", "##-###", "^,^##.##", "#/##/8#", "(^##) ^##-####"])
        ),
        party(lots, "US", private=True).name[0],
        lots.choice(data("forms")["business"]["phrases"]),
        ", ".join(sample(lots, data("forms")["business"]["phrases"], 2)),
    ]
    answer = None if chance(lots, blank) else lots.choices(made, [5, 3, 3, 1])[0]
    return Question("business", caption, answer)


def _sections(
    lots: Lots, questions: list[Question | Choice], words: dict[str, list[str]]
) -> list[tuple[str, tuple[Question | Choice, ...]]]:
    """Parts with headings, or one part without. No caption stands in a form twice."""
    seen, once = set(), []
    for one in questions:
        if one.caption not in seen:
            once.append(one)
        seen.add(one.caption)
    count = lots.choice([1, 1, 2, 3])
    if count == 1:
        return [("", tuple(once))]
    headings = sample(lots, words["sections"][:-1], count)
    size = -(-len(once) // len(headings))
    return [(head, tuple(once[at * size : (at + 1) * size])) for at, head in enumerate(headings)]


def _choice(lots: Lots, told: str) -> Choice:
    caption, *options = told.split("|")
    ticked = {lots.randrange(len(options))} if chance(lots, 0.8) else set()
    return Choice(caption, tuple(options), frozenset(ticked))


def _answers(lots: Lots, country: str, language: str) -> dict[str, str]:
    """One answer to each question; a person, in the country's ways of writing."""
    words, told = data("countries")[country], data("forms")[language]
    person = party(lots, country, private=True)
    first, last = lots.choice(words["first"]), lots.choice(words["last"])
    postcode, _, town = signs(lots, lots.choice(words["towns"])).partition("|")
    style = lots.choice([one for one in words["dates"] if "MMM" not in one])
    born = date(lots.randint(1935, 2004), lots.randint(1, 12), lots.randint(1, 28))
    begun = date(lots.randint(2010, 2026), lots.randint(1, 12), lots.randint(1, 28))
    day = {one: format_date(one, style, locale=language) for one in (born, begun)}
    return {
        "first_name": first, "last_name": last, "name": f"{first} {last}",
        "birth_date": day[born], "birth_place": town, "nationality": words["country"],
        "street": person.lines[0], "postcode": postcode.split()[-1], "town": town,
        "country": words["country"], "phone": person.phone,
        "mobile": signs(lots, lots.choice(words["phone"])).removeprefix("TEL: "),
        "email": person.email, "id_number": signs(lots, lots.choice(["@#######", "### ## ####"])),
        "iban": person.iban or signs(lots, "#########"), "employer": party(lots, country).name[0],
        "occupation": lots.choice(told["jobs"]), "amount": signs(lots, "^##.00"),
        "number": str(lots.randint(0, 4)), "text": lots.choice(told["answers"]),
        "start": day[begun], "date": day[begun],
    }  # fmt: skip
