"""Style sheets of HTML as MuPDF understands them: what a browser hides by them is not drawn.

MuPDF knows ``display`` and ``visibility``, and passes over ``@media`` and the other ways to make a
text unseen; these are written in its words here.
"""

from __future__ import annotations

import re

UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|opacity\s*:\s*0*\.?0+\s*(;|!|$)|"
    r"font-size\s*:\s*0*\.?0+\s*(px|pt|em|rem|%)?\s*(;|!|$)|mso-hide\s*:\s*all|"
    r"text-indent\s*:\s*-\d{3,}|(left|top)\s*:\s*-\d{4,}|"
    r"clip\s*:\s*rect\((\s*,?\s*[01](px)?\b){4}\s*\)|clip-path\s*:\s*inset\(\s*(50|100)%",
    re.IGNORECASE,
)
"""Styles by which nothing is shown."""
_NO_ROOM = re.compile(
    r"(?<![\w-])(max-)?(height|width)\s*:\s*0+(px|pt|em|rem|%)?\s*(;|!|$)", re.IGNORECASE
)
_CUT_OFF = re.compile(r"overflow(-[xy])?\s*:\s*(hidden|clip)", re.IGNORECASE)
ELSEWHERE = re.compile(r"@import[^;]*;?|url\s*\([^)]*\)|expression\s*\([^)]*\)", re.IGNORECASE)
"""What loads something, or runs."""
_REMARK = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_RULE = re.compile(r"\{([^{}]*)\}")
_MEDIA = re.compile(r"@media([^{}]*)\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}", re.IGNORECASE)
_WINDOW = re.compile(
    r"\s*(?:only\s+)?(?:all|screen)?(?:\s*(?:and)?\s*\(\s*min-width\s*:\s*(\d{1,4})px\s*\))?\s*",
    re.IGNORECASE,
)
"""Media that a window is, if it is as wide as this."""
WINDOW = 1024
"""Pixels of a window that holds for all: no telephone's."""


def hides(style: str) -> bool:
    """Whether these declarations leave nothing to see."""
    if "animation" in style.lower():  # which begins unseen, and ends otherwise
        return False
    no_room = _NO_ROOM.search(style) and _CUT_OFF.search(style)
    return bool(UNSEEN.search(style) or no_room)


def own_style(text: str) -> str:
    """A style sheet without what it loads, and without the end of its element."""
    plain = ELSEWHERE.sub("", _REMARK.sub(" ", text)).replace("<", "")
    return _RULE.sub(_rule, _MEDIA.sub(_media, plain))


def _rule(found: re.Match[str]) -> str:
    told = found[1]
    return f"{{{told};display:none}}" if hides(told) else found[0]


def _media(found: re.Match[str]) -> str:
    """The rules for a window; those for paper and telephones are left out."""
    windows = filter(None, (_WINDOW.fullmatch(one) for one in found[1].split(",")))
    return found[2] if any(int(one[1] or 0) <= WINDOW for one in windows) else ""
