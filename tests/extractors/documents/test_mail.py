"""Mail: its page, and the files that become documents of their own; hostile messages, too."""

from __future__ import annotations

import io
import struct
from email.message import EmailMessage
from pathlib import Path

import pytest
from docglean.extractors.documents.attached_files import attached_files, take_out
from docglean.extractors.documents.formats import sniff
from docglean.extractors.documents.mail.tnef import read_tnef
from docglean.schemas.errors import SourceError
from PIL import Image

from tests.compound_files import Tree, compound
from tests.drawn_files import PNG, opened, outcome, shown, source_of

MOST = 50
PDF = b"%PDF-1.7 one"


def picture(width: int, height: int) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(content, "PNG")
    return content.getvalue()


def mail(subject: str = "Bill 77") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Café Müller <cafe@example.org>"
    message["To"] = "ap@example.org"
    message["Date"] = "Fri, 03 May 2024 10:00:00 +0200"
    message["Subject"] = subject
    message.set_content("Please pay 12,50 EUR.\n")
    return message


def saved(path: Path, message: EmailMessage | bytes) -> Path:
    path.write_bytes(message if isinstance(message, bytes) else bytes(message))
    return path


def carried(path: Path) -> dict[str, str]:
    """Files that a message carries, with why they are not read."""
    return {one.name: one.unread for one in attached_files(source_of(path), MOST)}


def content(path: Path, name: str, to: Path) -> bytes:
    take_out(source_of(path), name, str(to), 10**7, MOST)
    return to.read_bytes()


def test_a_mail_has_a_page_with_its_head_and_its_text(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.eml", mail("Größe"))
    found = opened(path)
    assert (found.media_type, found.pages, found.problems) == ("message/rfc822", 1, ())
    assert shown(path) == (
        "From: Café Müller <cafe@example.org> To: ap@example.org Date: Fri, 03 May 2024 10:00:00 "
        "+0200 Subject: Größe Please pay 12,50 EUR."
    )


def parts(kind: str, *contents: str) -> str:
    """A part that holds others."""
    inner = "".join(f"--{kind}\nContent-Type: {one}\n" for one in contents)
    return f'multipart/{kind}; boundary="{kind}"\n\n{inner}--{kind}--\n'


def sent(path: Path, content: str) -> Path:
    head = "From: a@example.org\nSubject: s\nMIME-Version: 1.0\n"
    return saved(path / "a.eml", f"{head}Content-Type: {content}".encode())


PLAIN, HTML = "text/plain\n\n{}\n", "text/html\n\n<html><body>{}</body></html>\n"
FILE = "application/pdf; name=a.pdf\nContent-Disposition: attachment\n\n%PDF-1.7 one\n"


def test_no_part_of_a_text_is_lost(tmp_path: Path) -> None:
    """As programs write that put attachments between pieces of a text."""
    told = (PLAIN.format("First 12"), FILE, HTML.format("then"), HTML.format("and"))
    path = sent(tmp_path, parts("mixed", *told, PLAIN.format("<ann@example.org> a < b")))
    assert shown(path).endswith("First 12 then and <ann@example.org> a < b")
    assert list(carried(path)) == ["a.pdf"]


@pytest.mark.parametrize("last", [HTML, PLAIN])
def test_files_of_a_text_that_is_not_shown_are_there(tmp_path: Path, last: str) -> None:
    other = parts("mixed", PLAIN.format("other"), FILE)
    path = sent(tmp_path, parts("alternative", last.format("shown"), other))
    assert shown(path).endswith(" shown")
    assert list(carried(path)) == ["a.pdf"]


@pytest.mark.parametrize("empty", ["", "&nbsp;<br>", "<!-- nothing -->", "<script>1</script>"])
def test_html_that_shows_nothing_does_not_stand_for_the_text(tmp_path: Path, empty: str) -> None:
    path = sent(tmp_path, parts("alternative", PLAIN.format("Pay 12"), HTML.format(empty)))
    assert shown(path).endswith("Subject: s Pay 12")


def test_a_page_of_nothing_but_a_comment_is_blank(tmp_path: Path) -> None:
    assert shown(sent(tmp_path, "text/html\n\n<!-- nothing -->\n")).endswith("Subject: s")


def test_a_style_sheet_hides_what_it_hides_and_not_the_head(tmp_path: Path) -> None:
    style = "<style>.h, td {display: none !important}</style>"
    path = sent(tmp_path, HTML.format(f"{style}<p>seen<p class=h>unseen"))
    assert shown(path) == "From: a@example.org Subject: s seen"


def test_each_file_is_a_document_but_for_trifles(tmp_path: Path) -> None:
    message = mail()
    message.add_alternative(
        '<p>Please <b>pay</b></p><img src="cid:logo"><img src="cid:photo"><img src="cid:none">',
        subtype="html",
    )
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="bill.pdf")
    message.add_attachment("a,b\n1,2\n", subtype="csv", filename="Übersicht.csv")
    for cid, size in (("logo", (90, 30)), ("photo", (900, 1200))):
        message.add_attachment(
            picture(*size), maintype="image", subtype="png", filename=f"{cid}.png",
            disposition="inline", cid=f"<{cid}>",
        )  # fmt: skip
    message.add_attachment(b"x", maintype="application", subtype="pkcs7-signature",
                           filename="smime.p7s")  # fmt: skip
    message.add_attachment(b"MZ" + bytes(100), maintype="application", subtype="octet-stream",
                           filename="a.exe")  # fmt: skip
    path = saved(tmp_path / "a.eml", message)
    codes = {one.code: one for one in opened(path).problems}
    assert codes.keys() == {"trifles_left_out", "attachments_not_read", "elsewhere_not_fetched"}
    told = codes["trifles_left_out"].message
    assert "logo.png (a small picture in the text)" in told
    assert "smime.p7s (a signature)" in told
    found = carried(path)
    assert {name: bool(why) for name, why in found.items()} == {
        "bill.pdf": False, "Übersicht.csv": False, "photo.png": False, "a.exe": True,
    }  # fmt: skip
    assert content(path, "bill.pdf", tmp_path / "out") == PDF
    assert "Please pay" in shown(path)
    assert "12,50" not in shown(path)  # the plain text says the same another way


def test_a_broken_picture_costs_itself(tmp_path: Path) -> None:
    message = mail()
    message.add_alternative('<p>Hello \x01<img src="cid:a" alt="\x02"></p>', subtype="html")
    message.add_attachment(PNG[:-30], maintype="image", subtype="png", filename="a.png",
                           disposition="inline", cid="<a>")  # fmt: skip
    path = saved(tmp_path / "a.eml", message)
    assert opened(path).pages == 1
    assert shown(path).endswith("Hello")


def test_nothing_is_fetched_for_a_mail(tmp_path: Path, elsewhere: tuple[str, list[str]]) -> None:
    url, asked = elsewhere
    message = mail()
    message.set_content(f'<img src="{url}/pixel"><link rel=stylesheet href="{url}/a">Hello', "html")
    path = saved(tmp_path / "a.eml", message)
    assert [one.code for one in opened(path).problems] == ["elsewhere_not_fetched"]
    assert shown(path).endswith("Hello")
    assert not asked


def test_a_mail_in_a_mail_is_a_document(tmp_path: Path) -> None:
    inner = mail("Inner / one")
    inner.add_attachment(PDF, maintype="application", subtype="pdf", filename="bill.pdf")
    outer = mail("Outer")
    outer.add_attachment(inner)
    path = saved(tmp_path / "a.eml", outer)
    assert carried(path) == {"Inner - one.eml": ""}
    again = saved(tmp_path / "b.eml", content(path, "Inner - one.eml", tmp_path / "out"))
    assert "Inner / one" in shown(again)
    assert content(again, "bill.pdf", tmp_path / "out") == PDF


def test_names_and_texts_in_any_character_set(tmp_path: Path) -> None:
    raw = (
        b"From: =?iso-8859-1?Q?M=FCller?= <a@example.org>\r\nDate: now\r\n"
        b"Subject: =?utf-8?B?R3LDtsOfZQ==?=\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/plain; charset=iso-8859-15\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\nSumme 12,50 \xa4\r\n"
        b"--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
        b"filename*=utf-8''Rechnung%20M%C3%A4rz.pdf\r\n\r\n%PDF-1.7 one\r\n--x--\r\n"
    )
    path = saved(tmp_path / "a.eml", raw)
    assert shown(path).endswith("Subject: Größe Summe 12,50 €")
    assert carried(path) == {"Rechnung März.pdf": ""}


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a\nSubject: b\nDate: c\n",
        b"From: a\nContent-Type: multipart/mixed\n\nno boundary",
        b'From: a\nContent-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: image/png\n'
        b"Content-Transfer-Encoding: base64\n\n!!!not base64!!!\n",
        b"From: =?nonsense?X?=\nSubject: =?utf-8?B?A?=\n\n\xff\xfe\x00",
        b"From: a\nContent-Type: text/plain; charset=none-such\nContent-Transfer-Encoding: q\n\nb",
    ],
)
def test_broken_messages_are_read_as_far_as_they_go(tmp_path: Path, raw: bytes) -> None:
    path = saved(tmp_path / "a.eml", raw)
    expected = "unsupported" if b"\0" in raw else "read"
    assert outcome(path) == expected
    if expected == "read":
        carried(path)


def test_parts_within_parts_without_end_are_no_fault_of_ours(tmp_path: Path) -> None:
    raw = b"From: a\nSubject: b\nDate: c\n"
    for number in range(3000):
        raw += b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number)
    path = saved(tmp_path / "a.eml", raw + b"\nend")
    assert outcome(path) in ("read", "damaged")


def test_an_encrypted_message_says_so(tmp_path: Path) -> None:
    message = mail()
    message.replace_header("Content-Type", "application/pkcs7-mime; name=smime.p7m")
    path = saved(tmp_path / "a.eml", message)
    told = {one.code: one for one in opened(path).problems}
    assert told["mail_not_read"].severity == "review"


def test_mail_is_known_by_its_content_and_text_is_not_mail() -> None:
    raw = bytes(mail())
    assert sniff(raw, "noname")[1] == "message/rfc822"
    assert sniff(b"Note: call back\n\nnot a mail", "a.txt")[1] == "text/plain"
    assert sniff(b"%PDF-1.7", "a.eml")[1] == "application/pdf"


def tnef(files: dict[str, bytes]) -> bytes:
    def attribute(level: int, number: int, value: bytes) -> bytes:
        return struct.pack("<BII", level, number, len(value)) + value + b"\0\0"

    packed = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x2800C, b"the text\0")
    for name, inside in files.items():
        wide = f"{name}\0".encode("utf-16-le")
        padded = wide + bytes(-len(wide) % 4)
        named = struct.pack("<HH16sIIHH", 0x03, 0x8001, b"", 0, 7, 1, 0)
        properties = struct.pack("<I", 2) + named
        properties += struct.pack("<HHII", 0x1F, 0x3707, 1, len(wide)) + padded
        packed += attribute(2, 0x69002, bytes(14)) + attribute(2, 0x18010, b"SHORT~1.PDF\0")
        packed += attribute(2, 0x6800F, inside) + attribute(2, 0x69005, properties)
    return packed


def test_what_outlook_wraps_is_unwrapped(tmp_path: Path) -> None:
    message = mail()
    wrapped = tnef({"Rechnung Mai.pdf": PDF, "b.png": PNG})
    message.add_attachment(wrapped, maintype="application", subtype="ms-tnef",
                           filename="winmail.dat")  # fmt: skip
    path = saved(tmp_path / "a.eml", message)
    assert carried(path) == {"Rechnung Mai.pdf": "", "b.png": ""}
    assert content(path, "Rechnung Mai.pdf", tmp_path / "out") == PDF
    for end in range(0, len(wrapped), 7):
        read_tnef(wrapped[:end])  # whatever is missing


def stored(value: str) -> bytes:
    return value.encode("utf-16-le")


def properties(head: int, **values: int) -> bytes:
    entries = (
        struct.pack("<HHIQ", 0x40, int(key[1:], 16), 6, value) for key, value in values.items()
    )
    return bytes(head) + b"".join(entries)


def outlook(*, html: bool = True, inner: Tree | None = None) -> dict[str, bytes | Tree]:
    """The streams of a message as Outlook stores them."""
    body = "<html><body>Please <b>pay</b> 12,50 €<img src='cid:logo'></body></html>"
    tree: dict[str, bytes | Tree] = {
        "__properties_version1.0": properties(32, t0039=133_592_904_000_000_000, t3FFD=1252),
        "__substg1.0_0037001F": stored("Bill 77"),
        "__substg1.0_0C1A001F": stored("Müller"),
        "__substg1.0_5D01001F": stored("m@example.org"),
        "__substg1.0_0E04001F": stored("ap@example.org"),
        "__substg1.0_1000001F": stored("Please pay 12,50 €"),
        "__attach_version1.0_#00000000": {
            "__properties_version1.0": properties(8),
            "__substg1.0_37010102": PDF * 500,
            "__substg1.0_3707001F": stored("Rechnung Mai.pdf"),
        },
        "__attach_version1.0_#00000001": {
            "__properties_version1.0": properties(8, t3714=4),
            "__substg1.0_37010102": picture(40, 40),
            "__substg1.0_3707001F": stored("logo.png"),
            "__substg1.0_3712001F": stored("logo"),
        },
    }
    if html:
        tree["__substg1.0_10130102"] = body.encode("cp1252")
    if inner is not None:
        inside = {**inner, "__properties_version1.0": properties(24)}
        tree["__attach_version1.0_#00000002"] = {
            "__properties_version1.0": properties(8),
            "__substg1.0_3701000D": inside,
        }
    return tree


@pytest.mark.parametrize("html", [True, False])
def test_a_message_of_outlook_is_read_as_mail_is(tmp_path: Path, html: bool) -> None:
    path = saved(tmp_path / "a.msg", compound(outlook(html=html)))
    assert [one.code for one in opened(path).problems] == [
        "trifles_left_out", "attachments_not_read",
    ]  # fmt: skip
    assert shown(path) == (
        "From: Müller <m@example.org> To: ap@example.org Date: 2024-05-04 10:00 UTC "
        "Subject: Bill 77 Please pay 12,50 €"
    )
    assert carried(path) == {"Rechnung Mai.pdf": ""}
    assert content(path, "Rechnung Mai.pdf", tmp_path / "out") == PDF * 500


def test_a_message_in_a_message_of_outlook_is_a_mail(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.msg", compound(outlook(inner=outlook())))
    assert carried(path) == {"Rechnung Mai.pdf": "", "Bill 77.eml": ""}
    again = saved(tmp_path / "b.eml", content(path, "Bill 77.eml", tmp_path / "out"))
    assert "Please pay 12,50 €" in shown(again)
    assert carried(again) == {"Rechnung Mai.pdf": ""}


def test_what_is_no_message_of_outlook_is_told(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.msg", compound({"WordDocument": b"x" * 600}))
    with pytest.raises(SourceError) as caught:
        opened(path)
    assert caught.value.code == "unsupported"
    whole = compound(outlook())
    for end in (600, 2000, len(whole) // 2):
        with pytest.raises(SourceError) as caught:
            opened(saved(tmp_path / f"cut{end}.msg", whole[:end]))
        assert caught.value.code == "damaged"
