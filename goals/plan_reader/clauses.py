"""Sentences cut into clauses, never inside brackets or a title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENS = {"(": ")", "《": "》"}
_SENTENCE = frozenset("。!?\n")
_SENTENCE_MARK = re.compile(r"[。!?\n]")
_CLAUSE = frozenset(",;:")


@dataclass(frozen=True)
class Clause:
    """text[start:end], without the mark that ends it. `ends_sentence`: nothing is carried on from it."""

    start: int
    end: int
    ends_sentence: bool
    heads: bool = False  # a colon ends it: what follows speaks of it


def clauses(text: str, start: int, end: int) -> Iterator[Clause]:
    """The clauses of a stretch of text. A bracket that never closes ends with its sentence."""
    closing = ""
    begin = start
    sentence_end = start
    for place in range(start, end):
        if place >= sentence_end:
            sentence_end = _sentence_end(text, place + 1, end)
        character = text[place]
        if character in _SENTENCE:
            closing = ""
            if place > begin:
                yield Clause(begin, place, True)
            begin = place + 1
        elif closing:
            closing = "" if character == closing else closing
        elif character in _OPENS and text.find(_OPENS[character], place, sentence_end) > 0:
            closing = _OPENS[character]
        elif character in _CLAUSE and not _inside_number(text, place):
            if place > begin:
                yield Clause(begin, place, False, character == ":")
            begin = place + 1
    if end > begin:
        yield Clause(begin, end, True)


def _sentence_end(text: str, place: int, end: int) -> int:
    found = _SENTENCE_MARK.search(text, place, end)
    return found.start() if found else end


def _inside_number(text: str, place: int) -> bool:
    """1,200 is one number; 浓度:35 one statement."""
    before, after = text[place - 1 : place], text[place + 1 : place + 4]
    if text[place] == ",":
        return before.isdigit() and len(after) == 3 and after.isdigit() and not text[place + 4 : place + 5].isdigit()
    return text[place] == ":" and (after[:1].isdigit() or after[:1] in "≤≥<>")
