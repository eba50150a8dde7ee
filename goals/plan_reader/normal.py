"""One spelling for every plan text, with the way back to the characters as they were received."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import opencc

_SPELLINGS = {
    **dict.fromkeys("“”„‟「」『』﹁﹂﹃﹄", '"'),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("–—―−─", "-"),
    **dict.fromkeys("≧⩾", "≥"),
    **dict.fromkeys("≦⩽", "≤"),
    **dict.fromkeys("〔[", "("),
    **dict.fromkeys("〕]", ")"),
    "~": "~", "∼": "~", "〜": "~", "﹪": "%", "\t": "\t",
}  # fmt: skip
_CIRCLED = {chr(0x2460 + n): f"({n + 1})" for n in range(20)}  # NFKC would make a bare digit of a list number
_INVISIBLE = ("Cf", "Cc", "Zs", "Zl", "Zp")

_CJK = r"\u3400-\u9fff"
_POINT_IN_NUMBER = re.compile(r"(?<=\d)[。·.・﹒](?=\d)")
_POINT_IN_PM = re.compile(r"(?<=[Pp][Mm]2)[,、](?=5)")
_PAGE_NUMBER = re.compile(r"-?\d{1,3}-?|第\d{1,3}页(?:,?共\d{1,3}页)?")
#: 38 36 are two numbers; 3 5 is one that a scan pulled apart.
_PARTS_NUMBERS = re.compile(r"(?<=\d\d)[ ]+(?=\d\d)")
_STOP_AFTER_WORD = re.compile(rf"(?<=[{_CJK}%)])\.(?![\dA-Za-z])")
_ENDS_SENTENCE = tuple("。;:!?")
_ENDS_IN_LIST = tuple(",、")
#: What opens a line that no line before it may swallow.
OPENS_LINE = re.compile(
    r"[一二三四五六七八九十]+、|第[一二三四五六七八九十]+[章节部]|\([一二三四五六七八九十]+\)"
    r"|\d{1,2}[.、](?!\d)|\(\d{1,2}\)|附件"
)


@dataclass(frozen=True)
class NormalText:
    """A text in one spelling. `at[i]` is the place in `original` of character i of `text`."""

    original: str
    text: str
    at: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] stands in the original. ValueError for an empty span."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no words at {start}:{end}")
        return self.at[start], self.at[end - 1] + 1


def normalise(original: str) -> NormalText:
    """Full width to half, traditional to simplified characters, one kind of quotes and dashes; spaces inside words go.

    A line break stays only where a paragraph ends: lines that a print or a PDF broke in mid-sentence are joined.
    """
    lines: list[list[tuple[str, int]]] = [[]]
    for place, character in enumerate(original):
        if character in "\n\r\v\f\u2028\u2029":
            lines.append([])
        else:
            lines[-1].extend((part, place) for part in _spelling(character))
    joined = [pair for paragraph in _paragraphs([_trimmed(line) for line in lines]) for pair in paragraph]
    text = "".join(character for character, _place in joined)
    text = _POINT_IN_NUMBER.sub(".", text)
    text = _POINT_IN_PM.sub(".", text)
    text = _STOP_AFTER_WORD.sub("。", text)
    return NormalText(original, text, [place for _character, place in joined])


@cache
def _spelling(character: str) -> str:
    if character in _CIRCLED:
        return _CIRCLED[character]
    if character in _SPELLINGS:
        return _SPELLINGS[character]
    if character.isspace():
        return " "
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    plain = unicodedata.normalize("NFKC", character)
    plain = "".join(_SPELLINGS.get(part, part) for part in plain if not part.isspace())
    # Character by character: a phrase must not change its length, or the way back would be lost.
    return "".join(_converter().convert(part) for part in plain)


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _trimmed(line: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The line without the spaces that only lay it out; one stays between two numbers, a tab between two cells."""
    text = "".join(character for character, _place in line)
    kept: list[tuple[str, int]] = []
    for position, pair in enumerate(line):
        if pair[0] == " " and not _PARTS_NUMBERS.match(text, position, len(text)):
            continue
        if pair[0] == " " and kept and kept[-1][0] == " ":
            continue
        if pair[0] == "\t" and (not kept or kept[-1][0] == "\t"):
            continue
        kept.append(pair)
    while kept and kept[-1][0] in " \t":
        kept.pop()
    return kept


def _paragraphs(lines: Sequence[list[tuple[str, int]]]) -> Iterable[list[tuple[str, int]]]:
    texts = ["".join(character for character, _place in line) for line in lines]
    width = _width_of_print(texts)
    if width:  # what a printed page adds between two halves of a sentence
        lines = [line for line, text in zip(lines, texts, strict=True) if not _PAGE_NUMBER.fullmatch(text)]
        texts = [text for text in texts if not _PAGE_NUMBER.fullmatch(text)]
    for number, line in enumerate(lines):
        yield line
        if not line or number + 1 == len(lines):
            continue
        if not _runs_on(texts[number], texts[number + 1], width):
            yield [("\n", line[-1][1])]


def _width_of_print(texts: Sequence[str]) -> int:
    """How many characters a line holds where lines are broken by width; 0 where a line is a paragraph."""
    long = sorted(len(text) for text in texts if len(text) >= 12)
    if len(long) < 5:
        return 0
    width = long[int(len(long) * 0.9)]
    full = [text for text in texts if len(text) >= 0.8 * width]
    open_ended = [text for text in full if not text.endswith(_ENDS_SENTENCE)]
    return width if width <= 60 and len(open_ended) >= 0.6 * len(full) and len(full) >= 4 else 0


def _runs_on(line: str, after: str, width: int) -> bool:
    if OPENS_LINE.match(after):
        return False
    if after and OPENS_LINE.fullmatch(line) and len(line) > 1 and not line.startswith("附件"):
        return True  # a number alone on its line
    if line.endswith(_ENDS_IN_LIST):
        return True
    return bool(width) and len(line) >= 0.8 * width and not line.endswith(_ENDS_SENTENCE) and after != ""
