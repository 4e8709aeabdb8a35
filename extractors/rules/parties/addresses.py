"""What a line of a letterhead is, told by its words: a name, part of an address, a way to call.

Rules of form that hold in many countries; no list of firms or places.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

# Legal forms, with or without dots, as they end a firm's name.
_LEGAL = re.compile(
    r"""\b(?:sdn\.?\s?bhd|bhd|s/b|gmbh(?:\s?&\s?co\.?\s?kg)?|mbh|ag|kg|ohg|gbr|e\.?\s?k|ug|e\.?\s?v|
    ltd|limited|llc|l\.l\.c|llp|plc|inc|incorporated|corp|corporation|company|co\.?,?\s?ltd|
    pte|pvt|pty|s\.?a\.?r\.?l|s\.?a\.?s(?:u)?|eurl|s\.?a|s\.?l(?:\.?u)?|s\.?r\.?l|s\.?p\.?a|
    b\.?v|n\.?v|bvba|sprl|oy|ab|a/s|aps|as|sp\.?\s?z\s?o\.?\s?o|s\.?r\.?o|kft|lda|ltda|
    enterprises?|trading|holdings?|industries|berhad|syarikat|perniagaan|pt|cv|fa)(?:\b|\.|$)""",
    re.IGNORECASE | re.VERBOSE,
)
# What kind of house it is: said in a name rather than in an address or a notice.
_TRADE = re.compile(
    r"\b(?:restaurant|restoran|cafe|café|kafe|kopitiam|bakery|bakeries|stationery|hardware|"
    r"supermarket|mini ?market|hypermarket|pharmacy|farmasi|clinic|klinik|hotel|store|stores|"
    r"shop|mart|market|kedai|house|kitchen|food|foods|services?|station|motor|auto|electrical|"
    r"apotheke|bäckerei|baeckerei|gasthof|markt|boulangerie|pharmacie|boutique|tienda|"
    r"farmacia|panaderia|ristorante|bar|bistro|group|bank|university|institute|laboratories)\b",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"""\b(?:street|str|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|square|sq|highway|
    hwy|court|plaza|suite|floor|level|lvl|unit|block|blok|building|bldg|mall|complex|kompleks|
    centre|tower|arcade|industrial\s(?:park|estate|area)|po\s?box|p\.o\.\s?box|postfach|
    lot|jalan|jln|lorong|lrg|taman|tmn|kampung|kg\.|kawasan|bandar|persiaran|lebuh|medan|seksyen|
    pusat|wisma|menara|tingkat|batu|bt|ground\s?floor|desa|presint|precinct|lintang|lebuhraya|
    hala|pinggiran|solok|section|seksyen|sek|industri|
    platz|weg|allee|gasse|ring|ufer|damm|
    rue|chemin|impasse|quai|cours|route|av|bd|
    calle|avenida|avda|paseo|plaza|carrer|
    via|viale|piazza|corso|rua|travessa|largo|laan|straat|plein)\b
    |(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|straat|laan)\s+\d
    |\bc/\s?[a-z]|\bno\.?\s?\d+[a-z]?\s*[,&.]""",
    re.IGNORECASE | re.VERBOSE,
)
_POSTCODE = re.compile(
    r"""(?<![\d/.-])(?:
        (?:[A-Z]{1,2}[-\s])?\d{4,5},?\s+[^\W\d_]{2,}            # 43300 SERI, DE 12345 Ort, F-75001
        |[A-Z][^\W\d_]{2,}(?:,\s?|\s[-\u2013]?\s?)\d{5,6}(?![\d/-])  # Bangalore - 560067
        |[A-Z][A-Za-z. ]+,?\s+[A-Z]{2}\.?,?\s+\d{5}(?:-\d{4})?  # City, ST 12345
        |[A-Z]{1,2}\d[A-Z\d]?\s+\d[A-Z]{2}\b                    # SW1B 3BN
        |[A-Z][a-z]{2,},?\s[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}\b      # Leeds LS14AB: OCR loses blanks
        |\d{5}[A-Z][^\W\d_]{3,}                                # 12345Berlin
        |\d{5}-\d{3}\b|\d{4}\s?[A-Z]{2}\b\s+[^\W\d_]+           # Brazil, Netherlands
        )""",
    re.VERBOSE,
)
_CONTACT = re.compile(
    r"@|\bwww\.|https?:|\b(?:tel|telephone|telefon|téléphone|phone|fon|fax|mobile|mobil|handy|"
    r"whats ?apps?|hotline|e-?mail|website|facebook|h/p|hp|call)\b\s*[.:(\d+]|"
    r"\b(?:tel|fax|phone|fon)\b|"
    r"^(?!.*\d{1,2}[/-]\d{1,2}[/-]\d{2})\+?[\s(\d)/-]{9,}$",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+?\(?\d[\d\s()./-]{6,}\d")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WEB = re.compile(r"(?:https?://|www\.)[^\s|,;]+", re.IGNORECASE)
_REGISTRATION = re.compile(
    r"""\b(?:co(?:mpany)?\.?\s?(?:reg|no)|reg(?:istration)?\.?\s?(?:no|nr)|roc|ssm|brn|gst|sst|vat|
    ust|uid|tva|siret|siren|rcs|nif|cif|c\.i\.f|cnpj|abn|acn|ein|tin|hrb|hra|handelsregister|
    amtsgericht|steuer|tax\s?(?:id|no)|licen[cs]e|cin|gstin|rc)\b
    |^\(?\s*[\dA-Z]{2,}[\d\s]{3,}\s*[-\u2013]?\s*[A-Z]?\s*\)?$""",
    re.IGNORECASE | re.VERBOSE,
)
_TITLE = re.compile(
    r"\b(?:invoice|receipt|bill|statement|rechnung|quittung|gutschrift|facture|reçu|recu|avoir|"
    r"factura|recibo|ticket|fattura|ricevuta|scontrino|fatura|resit|resi|faktura|factuur|bon|"
    r"bestellung|order|tax ?invoice|credit note|delivery note|customer'?s? copy|duplicate|copy)\b|"
    r"\w+(?:rechnung|gutschrift|quittung|bestellung)\b|rechnungs(?:korrektur|kopie)\b",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"\b(?:thank|please|goods|returnable|refund|exchange|welcome|terima kasih|danke|merci|"
    r"gracias|grazie|sold|cashier|operator|table|date|time)\b",
    re.IGNORECASE,
)
_CODE_AND_PLACE = re.compile(
    r"(?P<before>[^\d,]+)?[\s,\u2013-]*\b(?P<code>(?:[A-Z]{1,2}[- ])?\d{4,6}(?:-\d{3,4})?|"
    r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})\b,?\s*(?P<after>[^\d]+)?"
)
# "Bahnstr. 42", "12, chemin vert": a house's number behind or before a few words.
_HOUSE = re.compile(
    r"[^\d:@]{3,40}[\s,]+\d{1,4}\s?[a-zA-Z]?|\d{1,4}\s?[a-zA-Z]?[\s,]+[^\d:@]{3,50}"
)
_TO_BUYER = re.compile(
    r"\b(?:bill(?:ed|ing)?\s?(?:to|address)|invoice\s?(?:to|address)|sold\s?to|customer|client|buyer|"
    r"rechnungs(?:adresse|anschrift|empf\S+)|kunde|käufer|auftraggeber|acheteur|destinataire|"
    r"adresse de facturation|facturé à|cliente|comprador|destinatario|facturar a|acquirente|"
    r"committente|klant|factuuradres)\b",
    re.IGNORECASE,
)
_TO_OTHERS = re.compile(
    r"\b(?:ship(?:ped|ping)?\s?(?:to|address)?|deliver(?:y|ed)?\s?(?:to|address)?|liefer\S+|versand\S*|"
    r"warenempf\S+|livraison|envío|enviar a|entrega|consegna|spedizione|bezorg\S+|zahlungsempf\S+|"
    r"deliver to|consignee|remit\S* to)\b",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:sold\s?by|seller|vendor|supplier|from|issued by|verkäufer|lieferant|rechnungssteller|"
    r"absender|aussteller|vendeur|fournisseur|émetteur|vendedor|proveedor|emisor|venditore|"
    r"fornitore|emittente|leverancier)\b",
    re.IGNORECASE,
)


def heads(text: str) -> Literal["buyer", "other", "seller"] | None:
    """Whose name and address a heading announces."""
    if len(text.split()) > 5:
        return None
    for pattern, whose in ((_TO_OTHERS, "other"), (_TO_BUYER, "buyer"), (_FROM, "seller")):
        if pattern.search(text):
            return whose  # type: ignore[return-value]
    return None


def is_heading(text: str) -> bool:
    """Whether a line does nothing but announce a party: "Ship to", not "Client Services Ltd"."""
    bare = " ".join(text.split()).strip(" :.-")
    return any(pattern.fullmatch(bare) for pattern in (_TO_OTHERS, _TO_BUYER, _FROM))


def is_house(text: str) -> bool:
    """Whether a line is a few words with a house's number, as above a postcode."""
    return bool(_HOUSE.fullmatch(text.strip()))


@lru_cache(maxsize=8192)
def is_address(text: str) -> bool:
    """Whether a line is part of an address: a street, a house, or a place with its postcode."""
    if is_contact(text) or is_registration(text):
        return False
    return bool(_STREET.search(_ascii(text)) and _has_number(text)) or has_postcode(text)


def has_postcode(text: str) -> bool:
    """Whether a line holds a postcode with its place."""
    return bool(_POSTCODE.search(_ascii(text)))


def has_street(text: str) -> bool:
    """Whether a line names a street, a building or a quarter."""
    return bool(_STREET.search(text))


def _has_number(text: str) -> bool:
    return any(char.isdigit() for char in text) or text.count(",") > 0


def is_contact(text: str) -> bool:
    """Whether a line tells how to call or write: telephone, e-mail, web."""
    return bool(_CONTACT.search(text))


def is_registration(text: str) -> bool:
    """Whether a line is a firm's number in some register, or its tax number."""
    return bool(_REGISTRATION.search(text))


def is_title(text: str) -> bool:
    """Whether a line says what the document is."""
    return bool(_TITLE.search(text)) and len(text.split()) <= 6


def is_notice(text: str) -> bool:
    """Whether a line is what a till says to everybody, or a caption of its own."""
    return bool(_NOTICE.search(text))


def has_legal_form(text: str) -> bool:
    """Whether a line names a firm with its legal form."""
    return bool(_LEGAL.search(text))


def names_a_trade(text: str) -> bool:
    """Whether a line says what kind of house it is."""
    return bool(_TRADE.search(text))


def phone_in(text: str) -> str | None:
    """The first telephone number of a line."""
    match = _PHONE.search(text)
    return match.group(0).strip() if match else None


def email_in(text: str) -> str | None:
    """The first e-mail address of a line."""
    match = _EMAIL.search(text)
    return match.group(0) if match else None


def website_in(text: str) -> str | None:
    """The first web address of a line."""
    match = _WEB.search(text)
    return match.group(0).rstrip(".,)") if match else None


def could_name(text: str) -> bool:
    """Whether a line may be a name: letters, most of all, and no sentence."""
    letters = sum(char.isalpha() for char in text)
    if letters < 3 or letters < 0.6 * len(text.replace(" ", "")):
        return False
    return len(text.split()) <= 9 and not text.endswith(":")


def _ascii(text: str) -> str:
    """Without accents, for patterns of places; OCR sets accents where there are none."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def part_of(part: str, lines: Sequence[str]) -> str | None:
    """Street, postcode or place of an address in lines; None where it can't be told."""
    placed = next((line for line in lines if has_postcode(line)), None)
    if part == "street":
        return next(
            (line for line in lines if line is not placed and (has_street(line) or is_house(line))),
            None,
        )
    if placed is None:
        return None
    match = _CODE_AND_PLACE.search(placed)
    if match is None:
        return None
    found = match["code"] if part == "postcode" else match["before"] or match["after"]
    return found.strip(" ,.-") or None if found else None
