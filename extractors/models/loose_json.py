"""JSON as models write it: read whole where it is whole, mended where it has slips, cut where cut.

The outermost object comes first, always: what stands inside a broken one is a part of an answer,
never the answer. Slips that leave every value in its place (trailing commas, comments, raw line
breaks in strings, single quotes, Python's literals) are put right token by token, so that nothing
is lost or guessed. What is worse is left to `json_repair`, and compared with the text afterwards.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

MOST_STARTS = 64
"""Opening braces tried when JSON has to be found in prose."""
MOST_DEEP = 100
"""Levels of an answer; schemas have ten."""
MOST_MENDED = 600_000
"""Characters of a broken object that are mended: about as long as an answer of 128,000 tokens, and
what a library in Python does in seconds."""
LONGEST_NUMBER = 400
"""Digits of a number that is taken for one; Python itself reads up to 4,300."""

_TOKEN = re.compile(
    r"""(?P<space>[\s\ufeff]+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<mark>[{}\[\]:,])
    |(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
    |(?P<word>[-+]?[^\W\d][\w$]*)
    |(?P<cut>["'](?:[^\\]|\\.)*\\?\Z|/\*.*\Z|[-+.\d]+[eE]?[-+]?\Z)""",
    re.DOTALL | re.VERBOSE,
)
_IN_STRING = re.compile(
    r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|\\.|[\x00-\x1f\"]",
    re.DOTALL,
)
_STRICT_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_OBJECT_BEGINS = re.compile(
    r"\{(?:[\s\ufeff]|//[^\n]*\n|\#[^\n]*\n|/\*.*?\*/)*(?:[\"'“}]|[^\W\d]\w*\s*:)", re.DOTALL
)
_PAIR = re.compile(
    r"""["'“][\w .-]{1,60}["'”]\s*:\s*(?:"(?:[^"\\]|\\.)*"|'[^'\n]*'|“[^”]*”|[-\d][\w.,-]*)"""
)
_FENCED = re.compile(r"```(?:json5?|JSON)?\s*\n(.*?)\n?\s*```", re.DOTALL)

_LITERALS = {
    "true": "true", "false": "false", "null": "null", "none": "null", "undefined": "null",
    # No value of any schema: as good as none.
    "nan": "null", "infinity": "null", "inf": "null",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loose:
    """An object found in a text.

    Attributes:
        value: without NUL and halves of characters, which no database and no file takes.
        repaired: the text was not just this object in clean JSON.
        cut: the text ends before the object does; what was not finished is left out.
        lost: words of the text that are in no value, and of values that stand beside the object:
            another answer, or the rest of one that was closed too early.
    """

    value: dict[str, Any]
    repaired: bool = False
    cut: bool = False
    lost: tuple[str, ...] = ()


def read_object(text: str) -> Loose | None:
    """The JSON object that a text is, or the longest of those not within another one in it."""
    value = _strict(text)
    if value is not None:
        clean, changed = _storable(value)
        return Loose(clean, repaired=changed)
    for fenced in _FENCED.finditer(text):
        found = _longest(fenced[1])
        if found is not None and not found.cut:
            return _with_rest(found, text[: fenced.start()] + text[fenced.end() :])
    return _longest(text)


def storable(text: str) -> str:
    """`text` as databases and files take it: without NUL, halves of characters replaced."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _strict(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(
            text,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_float,
            object_pairs_hook=_said_once,
        )
        deep = _depth(value) > MOST_DEEP
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not deep else None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a name with two values nobody knows which one is meant."""
    value = dict(pairs)
    if len(value) < len(pairs) and any(value[name] != told for name, told in pairs):
        raise ValueError("a name with two values")
    return value


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_NUMBER else text


def _float(text: str) -> float | str:
    """A number too large for one stays as it is written."""
    number = float(text)
    return number if abs(number) != float("inf") else text


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        held = [list(one.values()) if isinstance(one, dict) else one for one in level
                if isinstance(one, dict | list)]  # fmt: skip
        level = [inner for inners in held for inner in inners]
    return depth


def _storable(value: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    changed = False

    def clean(one: Any) -> Any:
        nonlocal changed
        if isinstance(one, str):
            kept = storable(one)
            changed = changed or kept != one
            return kept
        if isinstance(one, dict):
            return {clean(name): clean(inner) for name, inner in one.items()}
        return [clean(inner) for inner in one] if isinstance(one, list) else one

    return clean(value), changed


def _longest(text: str) -> Loose | None:
    """The longest object of those that are not within another one."""
    best: tuple[int, int, Loose] | None = None
    position = 0
    for _ in range(MOST_STARTS):
        begins = _OBJECT_BEGINS.search(text, position)
        if begins is None:
            break
        start = begins.start()
        found, end = _object_at(text, start)
        if found is not None and found.value and (best is None or end - start > best[1] - best[0]):
            best = (start, end, found)
        position = max(end, start + 1)
    if best is None:
        return None
    start, end, found = best
    return _with_rest(found, text[:start] + " " + text[end:])


def _with_rest(found: Loose, rest: str) -> Loose:
    """An object, and what of the text beside it looks like values and is not in it."""
    beside = " ".join(_PAIR.findall(rest))
    if not beside:
        return found
    lost = tuple(sorted((*found.lost, *_missing(beside, found.value))))
    return replace(found, lost=lost, repaired=True)


def _object_at(text: str, start: int) -> tuple[Loose | None, int]:
    """The object that begins here, mended as need be, and where it ends."""
    found = _put_right(text, start)
    if found is not None:
        return found
    end = _end_of(text, start)
    return _mended(text[start:end], closed=end is not None), end or len(text)


# --- slips that leave every value in its place --------------------------------------------------


def _put_right(text: str, start: int) -> tuple[Loose, int] | None:
    """An object whose tokens are all there, and where it ends; None where they make no sense."""
    out: list[str] = []
    open_: list[str] = []
    position = start
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None or len(open_) > MOST_DEEP:
            return None
        position = token.end()
        if token.lastgroup == "cut":
            break
        if token.lastgroup == "space":
            continue
        written = _written(token, text)
        if written is None:
            if position == len(text):  # a word that was cut
                break
            return None
        if written == "," and out[-1] in (",", "{", "["):
            continue
        if not _put(written, out, open_):
            return None
        if not open_:
            break
        if position == len(text) and token.lastgroup in ("number", "word"):
            out.pop()  # there may have been more of it
    cut = bool(open_)
    if cut:
        _close(out, open_)
    value = _strict("".join(out))
    if value is None:
        return None
    clean, _ = _storable(value)
    return Loose(clean, repaired=True, cut=cut), position


def _put(written: str, out: list[str], open_: list[str]) -> bool:
    """Add a token to those before it; False where it closes another bracket than the open one."""
    if written in ("}", "]"):
        if out[-1] == ",":
            out.pop()
        if open_.pop() + written not in ("{}", "[]"):
            return False
    elif written in ("{", "["):
        open_.append(written)
    out.append(written)
    return True


def _written(token: re.Match[str], text: str) -> str | None:
    """A token as JSON has it; None where there is no telling what it means."""
    told = token.group()
    if token.lastgroup == "mark":
        return told
    if token.lastgroup == "string":
        return f'"{_IN_STRING.sub(_escaped, told[1:-1])}"'
    if token.lastgroup == "number":
        return told if _STRICT_NUMBER.fullmatch(told) else _number(told)
    if _is_key(token, text):
        return json.dumps(told)
    return _LITERALS.get(told.lstrip("+-").lower())


def _is_key(token: re.Match[str], text: str) -> bool:
    rest = _TOKEN.match(text, token.end())
    while rest is not None and rest.lastgroup == "space":
        rest = _TOKEN.match(text, rest.end())
    return rest is not None and rest.group() == ":"


def _number(told: str) -> str:
    """``+1``, ``.5`` and ``5.`` as JSON has them; ``007`` is more likely a code than seven."""
    mended = re.sub(r"^\+", "", told)
    mended = re.sub(r"^(-?)\.", r"\g<1>0.", mended)
    mended = re.sub(r"\.(?=$|[eE])", "", mended)
    return mended if _STRICT_NUMBER.fullmatch(mended) else json.dumps(told)


def _escaped(found: re.Match[str]) -> str:
    """What stands in a string, as JSON has it."""
    told = found.group()
    if len(told) > 2 and told[1] in "xU":  # as Python has it
        return json.dumps(chr(int(told[2:], 16)))[1:-1]
    if len(told) == 6 or (len(told) == 2 and told[1] in '"\\/bfnrt'):
        return told
    if told == "\\\n":  # a line that goes on
        return ""
    if told == "\\'":
        return "'"
    return json.dumps(told)[1:-1]


def _close(out: list[str], open_: list[str]) -> None:
    """End a cut object: without a name that has no value, and with all brackets closed."""
    if out[-1] == ":":
        del out[-2:]
    elif open_[-1] == "{" and out[-1][0] == '"' and out[-2] in ("{", ","):
        out.pop()
    if out[-1] == ",":
        out.pop()
    out += ["}" if one == "{" else "]" for one in reversed(open_)]


# --- what is worse ------------------------------------------------------------------------------


def _end_of(text: str, start: int) -> int | None:
    """Where the object that begins here is closed, as far as strings can be told."""
    depth = 0
    position = start
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            position += 1
            continue
        if token.lastgroup == "cut":
            return None
        position = token.end()
        depth += (token.group() in ("{", "[")) - (token.group() in ("}", "]"))
        if depth == 0:
            return position
    return None


def _mended(text: str, *, closed: bool) -> Loose | None:
    if ":" not in text or len(text) > MOST_MENDED:
        return None
    from json_repair import repair_json

    cut = not closed and not text.rstrip(" \n`").endswith("}")
    if cut:
        # Half a value is a wrong one.
        text = re.sub(r"[^,\[\]{}]*\Z", "", text)
    try:
        value: Any = repair_json(text, return_objects=True)
        if isinstance(value, list):  # with something behind it
            value = next((one for one in value if isinstance(one, dict)), None)
        # Once there and back: without NaN, and no deeper than it may be.
        value = _strict(re.sub(r"\b(?:NaN|-?Infinity)\b", "null", json.dumps(value)))
    except (ValueError, TypeError, RecursionError):
        return None
    if value is None:
        return None
    clean, _ = _storable(value)
    return Loose(clean, repaired=True, cut=cut, lost=_missing(text, clean))


def _missing(text: str, value: dict[str, Any]) -> tuple[str, ...]:
    """Words and figures of a text that are neither in comments nor in the value."""
    there = Counter(_words(json.dumps(value, ensure_ascii=False)))
    said = Counter(_words("".join(_without_comments(text))))
    return tuple(sorted((said - there).elements()))


def _words(text: str) -> Iterator[str]:
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
    for word in re.findall(r"[^\W\d_]+|\d+", re.sub(r"\\[a-z]", " ", text).lower()):
        # 1.50 and 1.5 are one number.
        bare = word.strip("0") if word.isdigit() else word
        if bare and bare not in _LITERALS:
            yield bare


def _without_comments(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        end = position + 1 if token is None else token.end()
        yield " " if token is not None and token.lastgroup == "space" else text[position:end]
        position = end
