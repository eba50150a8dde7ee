"""From the bytes of a document to its text: plain text, HTML, Word (.docx), PDF with a text layer.

What a file is, its bytes say, never its name. Nothing is fetched, no script or macro runs.
"""

from __future__ import annotations

import io
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

import docx
import pypdfium2
from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

MOST_BYTES = 20 * 1024**2
_MOST_UNPACKED = 100 * 1024**2
_MOST_CHARACTERS = 400_000
_MOST_PAGES = 400
_LEAST_CHINESE = 20

#: PDFium may run in one thread at a time.
_PDFIUM = threading.Lock()


class UnreadableDocumentError(Exception):
    """A document that gives no plan's text. `code` says why; the words for it are the page's."""

    def __init__(self, code: str, **about: object) -> None:
        super().__init__(code)
        self.code = code
        self.about = about


@dataclass(frozen=True)
class DocumentText:
    """The text of a document and what kind it is: txt, html, docx or pdf."""

    media: str
    text: str


def text_of(data: bytes) -> DocumentText:
    """The text of a document. UnreadableDocumentError with a code for whatever is no Chinese text."""
    if len(data) > MOST_BYTES:
        raise UnreadableDocumentError("too_large", limit=MOST_BYTES // 1024**2)
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnreadableDocumentError("empty")
    media, read = _kind_of(data)
    text = read(data).replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if "\x00" in text:
        raise UnreadableDocumentError("binary")
    if len(text) > _MOST_CHARACTERS:
        raise UnreadableDocumentError("too_long", count=len(text), limit=_MOST_CHARACTERS)
    if not text.strip():
        raise UnreadableDocumentError("scanned" if media == "pdf" else "empty")
    chinese = len(re.findall(r"[\u3400-\u9fff]", text))
    letters = sum(character.isalpha() for character in text)
    if chinese < _LEAST_CHINESE or chinese < 0.3 * letters:
        scan = media == "pdf" and chinese == 0 and letters < 200
        raise UnreadableDocumentError("scanned" if scan else "not_chinese")
    return DocumentText(media, text)


def _kind_of(data: bytes) -> tuple[str, Callable[[bytes], str]]:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in data[:1024]:
        return "pdf", _of_pdf
    if data.startswith(b"PK\x03\x04"):
        return "docx", _of_docx
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise UnreadableDocumentError("encrypted" if locked else "old_word")
    if re.match(rb"<(!doctype|html|head|body|p|div|meta|table|\?xml)", head, re.IGNORECASE):
        return "html", _of_html
    return "txt", _of_text


def _of_text(data: bytes) -> str:
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if marked else ["utf-8-sig", "gb18030", "big5"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text
    raise UnreadableDocumentError("binary")


def _of_pdf(data: bytes) -> str:
    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise UnreadableDocumentError("encrypted" if "password" in str(error).lower() else "damaged") from error
        try:
            if len(document) > _MOST_PAGES:
                raise UnreadableDocumentError("too_many_pages", count=len(document), limit=_MOST_PAGES)
            pages = [page.get_textpage().get_text_bounded() for page in document]
        except pypdfium2.PdfiumError as error:
            raise UnreadableDocumentError("damaged") from error
        finally:
            document.close()
    # PDFium marks a hyphen at a line's end with U+FFFE; in Chinese text there is none to join.
    return "\n".join(pages).replace("\ufffe", "")


def _of_docx(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if "word/document.xml" not in package.namelist():
                raise UnreadableDocumentError("not_a_document")
            if any(member.flag_bits & 1 for member in package.infolist()):
                raise UnreadableDocumentError("encrypted")
            if sum(member.file_size for member in package.infolist()) > _MOST_UNPACKED:
                raise UnreadableDocumentError("too_large", limit=MOST_BYTES // 1024**2)
        document = docx.Document(io.BytesIO(data))
        return "\n".join(_lines_of(document))
    except UnreadableDocumentError:
        raise
    except Exception as error:  # python-docx, lxml and zipfile raise whatever they meet
        raise UnreadableDocumentError("damaged") from error


def _lines_of(document: Document) -> Iterator[str]:
    numbers = _Numbers(document)
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            yield numbers.of(block) + block.text
        elif isinstance(block, Table):
            for row in block.rows:
                yield "\t".join(" ".join(cell.text.split()) for cell in row.cells)


class _Numbers:
    """The list numbers that Word counts itself and does not write into the text: 一、 (一) 1."""

    def __init__(self, document: Document) -> None:
        self._styles: dict[tuple[str, str], tuple[str, str]] = {}
        self._counted: dict[tuple[str, int], int] = {}
        try:
            numbering = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        abstract = {one.get(qn("w:abstractNumId")): one for one in numbering.findall(qn("w:abstractNum"))}
        for number in numbering.findall(qn("w:num")):
            reference = number.find(qn("w:abstractNumId"))
            levels = abstract.get(None if reference is None else reference.get(qn("w:val")))
            for level in () if levels is None else levels.findall(qn("w:lvl")):
                shape, words = level.find(qn("w:numFmt")), level.find(qn("w:lvlText"))
                if shape is not None and words is not None:
                    key = (number.get(qn("w:numId")), level.get(qn("w:ilvl")))
                    self._styles[key] = (shape.get(qn("w:val")) or "", words.get(qn("w:val")) or "")

    def of(self, paragraph: Paragraph) -> str:
        identity = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}")
        if identity is None:
            return ""
        indent = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:ilvl')}")
        number = identity.get(qn("w:val")) or ""
        level = 0 if indent is None else int(indent.get(qn("w:val")) or 0)
        shape, words = self._styles.get((number, str(level)), ("", ""))
        self._counted[number, level] = self._counted.get((number, level), 0) + 1
        for deeper in [key for key in self._counted if key[0] == number and key[1] > level]:
            del self._counted[deeper]
        if shape in ("bullet", "none", ""):
            return ""
        return re.sub(r"%(\d)", lambda match: self._spelt(number, int(match[1]) - 1), words)

    def _spelt(self, number: str, level: int) -> str:
        count = self._counted.get((number, level), 1)
        shape = self._styles.get((number, str(level)), ("", ""))[0]
        return (
            _chinese(count) if re.search("chinese|japanese|ideograph|taiwanese", shape, re.IGNORECASE) else str(count)
        )


def _chinese(count: int) -> str:
    digits = "零一二三四五六七八九"
    if count >= 100:
        return str(count)
    tens, ones = divmod(count, 10)
    return (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones else "")


_BLOCKS = frozenset(
    (
        *("p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "section", "article"),
        *("header", "footer", "blockquote", "dd", "dt", "dl", "pre", "hr"),
    )
)
_UNSEEN = frozenset(("script", "style", "head", "template", "noscript", "svg", "title"))


class _Html(HTMLParser):
    """The text of a page: a line a block, a tab between cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append("\t")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            # A line break in the source is no line break of the page.
            self.parts.append(re.sub(r"[ \r\n\t]+", " ", data))


def _of_html(data: bytes) -> str:
    named = re.search(rb"""charset=["']?([\w-]+)""", data[:4096])
    encoding = named[1].decode("ascii").lower() if named else ""
    try:
        source = data.decode("gb18030" if encoding in ("gb2312", "gbk", "gb18030") else "utf-8-sig")
    except UnicodeDecodeError:
        source = _of_text(data)
    page = _Html()
    page.feed(source)
    page.close()
    lines = (line.strip(" ") for line in "".join(page.parts).split("\n"))
    return "\n".join(line.strip("\t") for line in lines if line.strip())
