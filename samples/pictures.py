"""The picture samples: a scan, a photo of a receipt, a chart and a screenshot of code."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import numpy as np
import pymupdf
from PIL import Image, ImageFilter

CENT = Decimal("0.01")


def scanned(pdf: bytes, *, dpi: int = 150) -> bytes:
    """A PDF whose pages are pictures of the pages of `pdf`: a little askew, grey, with noise."""
    source: Any = pymupdf.open(stream=pdf, filetype="pdf")
    out: Any = pymupdf.open()
    noise = np.random.default_rng(3)
    for page in source:
        image = _drawn(page, dpi).convert("L").rotate(0.6, expand=False, fillcolor=255)
        grains = noise.normal(-6, 9, (image.height, image.width))
        pixels = np.clip(np.asarray(image, dtype=np.float64) + grains, 0, 255).astype(np.uint8)
        data = io.BytesIO()
        Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(0.5)).save(
            data, "JPEG", quality=70, dpi=(dpi, dpi)
        )
        new = out.new_page(width=page.rect.width, height=page.rect.height)
        new.insert_image(new.rect, stream=data.getvalue())
    out.set_metadata({"producer": "docglean samples"})
    result: bytes = out.tobytes(deflate=True, no_new_id=True)
    return result


def receipt() -> tuple[bytes, dict[str, Any]]:
    """A photo of a till receipt: on a table, askew, with a shadow, turned by its EXIF entry."""
    goods = (("Flat white", 2, "3.40"), ("Almond croissant", 1, "3.95"),
             ("Sparkling water", 1, "2.60"), ("Banana bread", 2, "3.15"))  # fmt: skip
    items = [
        {
            "description": name,
            "quantity": str(count),
            "line_total": f"{count * Decimal(price):.2f}",
        }
        for name, count, price in goods
    ]
    total = sum((Decimal(str(item["line_total"])) for item in items), Decimal())
    tax = (total - total / Decimal("1.21")).quantize(CENT)
    document: Any = pymupdf.open()
    page = document.new_page(width=240, height=400)

    def line(text: str, y: float, *, size: float = 10, right: str = "", bold: bool = False) -> None:
        font = "cobo" if bold else "cour"
        page.insert_text((20, y), text, fontname=font, fontsize=size)
        width = pymupdf.get_text_length(right, fontname=font, fontsize=size)
        page.insert_text((220 - width, y), right, fontname=font, fontsize=size)

    line("CANAL COFFEE BAR", 40, size=15, bold=True)
    line("Prinsengracht 212", 58)
    line("1016 HD Amsterdam", 72)
    line("14/05/2026 09:41", 98, right="No. 000873")
    for row, item in enumerate(items):
        line(f"{item['quantity']} x {item['description']}", 130 + 18 * row,
             right=str(item["line_total"]))  # fmt: skip
    line("-" * 33, 208)
    line("TOTAL EUR", 228, size=13, right=f"{total:.2f}", bold=True)
    line("incl. VAT 21%", 246, right=f"{tax:.2f}")
    line("Paid by card", 270, right=f"{total:.2f}")
    line("Thank you, see you soon!", 310)

    paper = _drawn(page, 220).convert("RGB")
    table = Image.new("RGB", (paper.width + 420, paper.height + 360), (96, 70, 50))
    table.paste(paper, (210, 170))
    table = table.rotate(3.2, fillcolor=(96, 70, 50), resample=Image.Resampling.BICUBIC)
    shade = (
        np.linspace(1.0, 0.62, table.width)[None, :] * np.linspace(1.0, 0.85, table.height)[:, None]
    )
    grains = np.random.default_rng(5).normal(0, 5, (table.height, table.width, 1))
    pixels = np.asarray(table, dtype=np.float64) * shade[..., None] + grains
    photo = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    photo = photo.filter(ImageFilter.GaussianBlur(0.7)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    data = io.BytesIO()
    photo.save(data, "JPEG", quality=82, exif=exif)
    return data.getvalue(), {
        "company": "CANAL COFFEE BAR",
        "address": "Prinsengracht 212 1016 HD Amsterdam",
        "date": "2026-05-14",
        "currency": "EUR",
        "tax_total": f"{tax:.2f}",
        "total": f"{total:.2f}",
        "line_items": items,
    }


def chart() -> tuple[bytes, dict[str, Any]]:
    """A bar chart of two series with the values printed above the bars."""
    labels = ("Q1", "Q2", "Q3", "Q4")
    series = {"2024": (42, 55, 61, 48), "2025": (50, 63, 72, 69)}
    colours = {"2024": (0.55, 0.65, 0.8), "2025": (0.12, 0.35, 0.6)}
    document: Any = pymupdf.open()
    page = document.new_page(width=640, height=420)
    page.insert_text((190, 36), "Orders per quarter", fontname="hebo", fontsize=20)
    page.draw_line((80, 350), (600, 350), width=1)
    page.draw_line((80, 70), (80, 350), width=1)
    page.insert_text((28, 220), "Orders", fontname="helv", fontsize=12, rotate=90)
    page.insert_text((310, 402), "Quarter", fontname="helv", fontsize=12)
    for tick in range(0, 81, 20):
        y = 350 - tick * 3.4
        page.draw_line((76, y), (80, y), width=1)
        page.insert_text((52, y + 4), str(tick), fontname="helv", fontsize=11)
    for index, label in enumerate(labels):
        x = 110 + index * 125
        page.insert_text((x + 34, 370), label, fontname="helv", fontsize=12)
        for offset, (name, values) in enumerate(series.items()):
            left = x + offset * 42
            bar = pymupdf.Rect(left, 350 - values[index] * 3.4, left + 38, 350)
            page.draw_rect(bar, color=None, fill=colours[name])
            page.insert_text((left + 11, bar.y0 - 5), str(values[index]), fontname="helv",
                             fontsize=11)  # fmt: skip
    for index, name in enumerate(series):
        page.draw_rect(pymupdf.Rect(480, 52 + index * 20, 494, 66 + index * 20),
                       color=None, fill=colours[name])  # fmt: skip
        page.insert_text((500, 64 + index * 20), name, fontname="helv", fontsize=12)
    return _png(_drawn(page, 130)), {
        "type": "bar",
        "title": "Orders per quarter",
        "x_axis": {"title": "Quarter"},
        "y_axis": {"title": "Orders"},
        "series": [
            {
                "name": name,
                "points": [
                    {"x": label, "y": str(value)}
                    for label, value in zip(labels, values, strict=True)
                ],
            }
            for name, values in series.items()
        ],
    }


def screenshot() -> tuple[bytes, dict[str, Any]]:
    """A terminal with a Python traceback."""
    lines = (
        "$ python import_orders.py orders.csv",
        "Traceback (most recent call last):",
        '  File "import_orders.py", line 42, in <module>',
        "    main(sys.argv[1])",
        '  File "import_orders.py", line 31, in main',
        '    total = Decimal(row["amount"])',
        "KeyError: 'amount'",
    )
    document: Any = pymupdf.open()
    page = document.new_page(width=620, height=240)
    page.draw_rect(page.rect, color=None, fill=(0.09, 0.1, 0.13))
    page.draw_rect(pymupdf.Rect(0, 0, 620, 28), color=None, fill=(0.2, 0.21, 0.25))
    page.insert_text((270, 19), "Terminal", fontname="helv", fontsize=11, color=(0.9, 0.9, 0.9))
    for number, line in enumerate(lines):
        colour = (1, 0.5, 0.45) if line.startswith("KeyError") else (0.88, 0.9, 0.88)
        page.insert_text((18, 58 + 24 * number), line, fontname="cour", fontsize=13, color=colour)
    return _png(_drawn(page, 120)), {
        "kind": "error",
        "language": "Python",
        "message": "KeyError: 'amount'",
        "file": "import_orders.py",
        "line": 31,
    }


def _drawn(page: Any, dpi: int) -> Image.Image:
    pixmap = page.get_pixmap(dpi=dpi, alpha=False)
    return Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)


def _png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG", optimize=True)
    return data.getvalue()
