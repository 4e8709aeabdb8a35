"""Amounts and currencies as babel prints them in countries of the world, read back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import format_currency, format_decimal
from docglean.schemas.kinds import Currency, guess_style
from docglean.schemas.reading.numbers import read_amount, read_number
from docglean.schemas.reading.style import Style

AT_HOME = """
    ar_AE:AED ar_EG:EGP ar_SA:SAR bn_BD:BDT cs_CZ:CZK da_DK:DKK de_CH:CHF de_DE:EUR
    el_GR:EUR en_AU:AUD en_CA:CAD en_GB:GBP en_HK:HKD en_IN:INR en_KE:KES en_NG:NGN en_NZ:NZD
    en_PH:PHP en_SG:SGD en_US:USD en_ZA:ZAR es_AR:ARS es_CR:CRC es_MX:MXN es_PE:PEN fi_FI:EUR
    fr_CA:CAD fr_CH:CHF fr_FR:EUR he_IL:ILS hi_IN:INR hr_HR:EUR hy_AM:AMD it_IT:EUR ka_GE:GEL
    kk_KZ:KZT km_KH:KHR ms_MY:MYR nb_NO:NOK nl_NL:EUR pl_PL:PLN pt_BR:BRL ro_RO:RON ru_RU:RUB
    sv_SE:SEK th_TH:THB tr_TR:TRY uk_UA:UAH zh_CN:CNY zh_HK:HKD zh_TW:TWD
""".split()
AMOUNTS = [Decimal("1234.50"), Decimal("-12.30"), Decimal("1234567.05"), Decimal("0.99")]


@pytest.mark.parametrize("home", AT_HOME)
def test_an_amount_is_read_as_it_is_printed_at_home(home: str) -> None:
    name, code = home.split(":")
    locale = Locale.parse(name)
    mark = locale.number_symbols["latn"]["decimal"]
    style = Style(decimal="," if mark == "," else ".", languages=(locale.language,))
    for amount in AMOUNTS:
        text = format_currency(amount, code, locale=locale)
        assert (text, read_amount(text, style)) == (text, amount)


@pytest.mark.parametrize("name", ["ar_EG", "fa", "hi", "mr", "bn", "my", "ne", "ckb"])
def test_figures_in_digits_of_their_own(name: str) -> None:
    for amount in AMOUNTS:
        text = format_decimal(amount, locale=name, numbering_system="default")
        assert (text, read_number(text)) == (text, amount)


def test_the_decimal_mark_of_arabic_figures_is_never_a_group() -> None:
    assert read_amount("١٫٢٣٤") == Decimal("1.234")
    assert read_amount("١٬٢٣٤") == Decimal(1234)


@pytest.mark.parametrize(
    ("text", "sign", "code"),
    [
        ("发票 价税合计 人民币 购买方名称 地址电话 开户行及账号 ¥1,234.00", "¥", "CNY"),
        ("請求書 ありがとうございます 株式会社 東京都千代田区 ¥1,234", "¥", "JPY"),
        ("Invoice ¥1,234", "¥", "JPY"),
        ("Total $12.00 shop.ca Toronto, Canada", "$", "CAD"),
        ("Total $12.00 New York, NY 10001, customer in Canada, shop.ca", "$", "USD"),
        ("Total $12.00, to be shipped to Canada", "$", "USD"),
        ("Total $12.00 AUD", "$", "AUD"),
        ("COFFEE CUP 2 CUP $3.50", "$", "USD"),
        (
            "Moms i alt: kr. 1.200. Betales senest den 3. til os, ikke fra jer, af hver",
            "kr.",
            "DKK",
        ),
        ("Total £12.00", "£", "GBP"),
    ],
)
def test_a_sign_of_several_currencies_is_read_by_what_else_is_printed(
    text: str, sign: str, code: str
) -> None:
    assert Currency().parse(sign, guess_style(text)) == code


def test_a_shared_sign_shows_each_currency_that_has_it() -> None:
    assert Currency().shown("CNY", "¥") == ("normalised", 0.9)
    assert Currency().shown("USD", "¥") is None
    assert "¥" in Currency().shapes("CNY")
    assert Currency().shapes("JPY").count("¥") == 1


@pytest.mark.parametrize("text", ["den 12", "P 12", "KM 12", "L 12", "M 12", "S 12"])
def test_words_and_sizes_are_no_currency(text: str) -> None:
    assert read_amount(text) is None
