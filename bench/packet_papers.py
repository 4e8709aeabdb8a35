"""Papers of many makers, drawn by a seed, for packets: letters, invoices, statements, contracts.

What tells one from the next differs as it does between offices: letterhead on each page or the
first, page numbers of five kinds or none, titles, totals, running heads, language and print.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pymupdf

A4, LETTER = (595.0, 842.0), (612.0, 792.0)
FONTS = ("helv", "tiro", "cour")
NAMES = """Alder Birch Calder Dunmore Elgin Farrow Granton Hollis Ivers Jarrow Kelso Lindale Mercer
    Norwood Oakes Penrose Quill Rowan Selby Thorne Upton Vale Wexford Yarrow Zeller Ostheim Brandt
    Keller Moulin Girard Lefort Santos Ribeiro Costa""".split()
TRADES = ("Tools", "Paper", "Logistics", "Foods", "Energy", "Medical", "Consulting", "Garden")
FORMS = {"en": "Ltd", "de": "GmbH", "fr": "SARL"}
STREETS = {"en": "{n} {w} Street", "de": "{w}str. {n}", "fr": "{n}, rue {w}"}
PLACES = {"en": "Leeds LS{m} 4AB", "de": "{p} Neustadt", "fr": "{p} Lyon"}
TITLES = {
    "en": ("INVOICE", "Statement of account", "Agreement", "Delivery note", "Report"),
    "de": ("Rechnung", "Kontoauszug", "Vertrag", "Lieferschein", "Bericht"),
    "fr": ("Facture", "Relevé de compte", "Contrat", "Bon de livraison", "Rapport"),
}
CAPTIONS = {
    "en": ("Invoice No:", "Date:", "Total", "Customer No:", "Page", "of", "carried forward"),
    "de": ("Rechnungsnummer:", "Datum:", "Gesamtbetrag", "Kundennummer:", "Seite", "von",
           "Übertrag"),
    "fr": ("Facture n°", "Date :", "Total", "N° client :", "Page", "sur", "à reporter"),
}  # fmt: skip
WORDS = {
    "en": """the of and to with this agreement party shall notice delivery term payment service
        supplier customer liability under period written date claim order after before section any
        other been made within days goods damage insurance law court right may not costs site""",
    "de": """der die das und mit dieser Vertrag Partei wird nach Lieferung Frist Zahlung Leistung
        Kunde Haftung unter Zeitraum schriftlich Datum Anspruch Auftrag vor Abschnitt andere
        innerhalb Tage Ware Schaden Versicherung Recht Gericht nicht Kosten Ort kann von für""",
    "fr": """le la les et avec ce contrat partie sera avis livraison terme paiement service
        fournisseur client responsabilité sous période écrit date demande commande après avant
        section autre dans jours marchandises dommage assurance loi tribunal droit peut frais""",
}
GOODS = """Bolt Hinge Cable Panel Filter Valve Ledger Binder Lamp Motor Sensor Bracket Gasket Pump
    Switch Router Tripod Sealant Chisel Clamp Drill Rivet""".split()
SYLLABLES = "ba ce di fo gu ha ke li mo nu par sen tor vel win"
SAME_DAY = 0.6
"""Share of a sender's papers that are of one day, as an office sends its invoices."""
CLOSING = {"en": "Yours sincerely", "de": "Mit freundlichen Grüßen", "fr": "Cordialement"}


@dataclass(frozen=True)
class Sender:
    """Who writes, and how his papers look."""

    language: str
    name: str
    lines: tuple[str, ...]
    size: tuple[float, float]
    font: str
    print_size: float
    left: float
    count: int
    head_on_all: bool
    number_on_all: bool
    bank_on_all: bool
    day: str

    @classmethod
    def of(cls, random: Random) -> Sender:
        """One at random."""
        language = random.choice(("en", "en", "de", "fr"))
        word, number = random.choice(NAMES), random.randint(1, 99)
        name = f"{word} {random.choice(TRADES)} {FORMS[language]}"
        told = {"n": number, "w": random.choice(NAMES), "m": number % 20, "p": 10000 + number * 731}
        lines = (
            STREETS[language].format(**told),
            PLACES[language].format(**told),
            f"Tel: +44 {random.randint(100, 999)} {random.randint(100000, 999999)}",
            f"info@{word.lower()}{number}.example",
        )
        return cls(
            language, name, lines, random.choice((A4, A4, A4, LETTER)), random.choice(FONTS),
            random.choice((8, 9, 9.5, 10, 11)), random.choice((40, 50, 60, 72)),
            random.randrange(6), random.random() < 0.35, random.random() < 0.5,
            random.random() < 0.5, _day(random),
        )  # fmt: skip


class _Pen:
    def __init__(self, document: Any, sender: Sender) -> None:
        self.document, self.sender = document, sender
        self.pages: list[int] = []  # numbers: a page is void once another is made
        self.step = sender.print_size * 1.35

    def page(self) -> None:
        width, height = self.sender.size
        self.sheet = self.document.new_page(width=width, height=height)
        self.pages.append(self.document.page_count - 1)
        self.y = 60.0

    @property
    def full(self) -> bool:
        return self.y > self.sender.size[1] - 90

    def put(self, text: str, x: float | None = None, size: float | None = None) -> None:
        self.sheet.insert_text((self.sender.left if x is None else x, self.y), text,
                                   fontsize=size or self.sender.print_size,
                                   fontname=self.sender.font)  # fmt: skip

    def line(self, text: str = "", *cells: tuple[float, str], size: float | None = None) -> None:
        self.put(text, size=size)
        for x, cell in cells:
            self.put(cell, x)
        self.y += max(self.step, 1.3 * (size or 0))


def draw(document: Any, sender: Sender, random: Random) -> int:
    """Add one document of the sender's; returns how many pages it has."""
    kind = random.choice(("invoice", "invoice", "statement", "contract", "letter", "delivery"))
    number = f"{random.choice('ABKRS')}{random.choice(('-', '/', ''))}{random.randint(1000, 99999)}"
    day = sender.day if random.random() < SAME_DAY else _day(random)
    pen = _Pen(document, sender)
    pen.page()
    _head(pen, kind, number, day, random)
    if kind in ("contract", "letter"):
        _prose(pen, kind, number, day, random)
    else:
        _rows(pen, kind, number, day, random)
    _feet(pen, random)
    return len(pen.pages)


def _day(random: Random) -> str:
    return f"{random.randint(1, 28):02}.{random.randint(1, 12):02}.20{random.randint(18, 26)}"


def _head(pen: _Pen, kind: str, number: str, day: str, random: Random) -> None:
    sender, captions = pen.sender, CAPTIONS[pen.sender.language]
    pen.line(sender.name, size=sender.print_size + random.choice((2, 4, 6)))
    for line in sender.lines:
        pen.line(line)
    pen.y += 20
    for line in (f"{random.choice(NAMES)} & {random.choice(NAMES)}",
                 *Sender.of(random).lines[:2]):  # fmt: skip
        pen.line(line)
    pen.y += 20
    place = ("invoice", "statement", "contract", "delivery", "letter").index(kind)
    if kind != "letter":
        pen.line(TITLES[sender.language][place], size=sender.print_size + 6)
    if kind in ("invoice", "delivery") or random.random() < 0.3:
        pen.line(f"{captions[0]} {number}")
    pen.line(f"{captions[1]} {day}")
    if random.random() < 0.5:
        pen.line(f"{captions[3]} {random.randint(10000, 99999)}")
    pen.y += 15


def _next(pen: _Pen, number: str, day: str) -> None:
    sender, captions = pen.sender, CAPTIONS[pen.sender.language]
    pen.page()
    if sender.head_on_all:
        pen.line(sender.name, size=sender.print_size + 2)
        for line in sender.lines:
            pen.line(line)
    if sender.number_on_all:
        pen.line(f"{captions[0]} {number}", (330, day))
    pen.y += 12


def _prose(pen: _Pen, kind: str, number: str, day: str, random: Random) -> None:
    words = WORDS[pen.sender.language].split()
    syllables = SYLLABLES.split()
    words += ["".join(random.choices(syllables, k=random.randint(2, 4))) for _ in range(60)]
    most = int((pen.sender.size[0] - 2 * pen.sender.left) / (0.62 * pen.sender.print_size))
    lines = random.randint(10, 90) if kind == "letter" else random.randint(60, 400)
    for at in range(lines):
        if pen.full:
            _next(pen, number, day)
        if kind == "contract" and at % 14 == 0:
            pen.line(f"{at // 14 + 1}. {' '.join(random.sample(words, 2)).title()}")
        text = ""
        while len(text) < most - 14:
            text += f"{random.choice(words)} "
        pen.line(text.strip() + ("." if at % 5 == 4 else ""))
    pen.y += 20
    pen.line(CLOSING[pen.sender.language])


def _rows(pen: _Pen, kind: str, number: str, day: str, random: Random) -> None:
    captions = CAPTIONS[pen.sender.language]
    carry = random.random() < 0.4
    heads_again = random.random() < 0.5
    total = 0.0
    heads = ((330.0, "Qty"), (430.0, "Price"), (500.0, "Amount"))
    pen.line("Description", *heads)
    for _ in range(random.choice((3, 5, 8, 12, 25, 50, 80, 120))):
        if pen.full:
            if carry:
                pen.line(captions[6], (500, f"{total:.2f}"))
            _next(pen, number, day)
            if heads_again:
                pen.line("Description", *heads)
            if carry:
                pen.line(captions[6], (500, f"{total:.2f}"))
        count, price = random.randint(1, 9), random.randint(100, 9999) / 100
        total += count * price
        cells = ((330.0, str(count)), (430.0, f"{price:.2f}"), (500.0, f"{count * price:.2f}"))
        pen.line(f"{random.choice(GOODS)} {random.choice(GOODS)} {random.randint(1, 40)}", *cells)
    pen.y += 10
    if kind != "delivery":
        pen.line("", (400, captions[2]), (500, f"{total:.2f}"))


def _feet(pen: _Pen, random: Random) -> None:
    sender, captions, last = pen.sender, CAPTIONS[pen.sender.language], len(pen.pages)
    account = Random(sender.name).randint(10**17, 10**18)
    for number, place in enumerate(pen.pages, 1):
        page = pen.document[place]
        text = (
            "", "", f"{captions[4]} {number}", f"{captions[4]} {number} {captions[5]} {last}",
            f"{number} / {last}", f"{number}",
        )[sender.count]  # fmt: skip
        page.insert_text((sender.size[0] / 2 - 20, sender.size[1] - 28), text, fontsize=8)
        if sender.bank_on_all or number == 1:
            page.insert_text((sender.left, sender.size[1] - 42), f"{sender.name}, IBAN DE{account}",
                             fontsize=7, fontname=sender.font)  # fmt: skip


def papers(seed: int, senders: int, each: int) -> tuple[bytes, Sequence[Sequence[int]]]:
    """Documents of many senders in one PDF, and by sender how many pages each has."""
    random = Random(seed)
    document: Any = pymupdf.open()
    counts = []
    for _ in range(senders):
        sender = Sender.of(random)
        counts.append([draw(document, sender, random) for _ in range(each)])
    return document.tobytes(garbage=3, deflate=True), counts
