"""Documents as they come: text in its encodings, pages, Word, PDF; and what is refused, in words."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pylopdf_fonts_zh_cn
import pytest
import typst
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from goals.draft_words import unreadable_words
from goals.plan_reader.documents import MOST_BYTES, UnreadableDocumentError, text_of
from tests.goals.plan_reader.reading import in_a_plan, promises, read
from tests.goals.plan_reader.said import sentences

PLAN = in_a_plan("全市PM2.5年均浓度控制在35微克/立方米以内,优良天数比率不低于88.5%。")


def word(lines: list[str]) -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def pdf(text: str) -> bytes:
    fonts = str(Path(pylopdf_fonts_zh_cn.__file__).parent / "fonts")
    escaped = "".join(f"\\{character}" if character in "#*_@$<>[]`~=/-+" else character for character in text)
    source = '#set text(font: "Noto Serif SC", size: 15pt)\n#set page(paper: "a4", numbering: "1")\n'
    return typst.compile((source + escaped.replace("\n", "\n\n")).encode(), font_paths=[fonts])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_any_of_its_encodings(encoding):
    found = text_of(PLAN.encode(encoding))
    assert (found.media, found.text) == ("txt", PLAN)


def test_a_page_gives_its_words_and_nothing_of_its_scripts():
    body = "".join(f"<p>{line}</p>" for line in PLAN.splitlines())
    head = "<head><title>x</title><script>var a='隐藏'</script></head>"
    page = f"<html>{head}<body>{body}<div>页脚&nbsp;&copy;</div></body></html>"
    found = text_of(page.encode())
    assert found.media == "html"
    assert "隐藏" not in found.text
    assert promises(found.text) == promises(PLAN)


def test_a_page_says_its_own_encoding_and_its_tables_keep_their_cells():
    table = "<table><tr><th>指标</th><th>2023年目标</th></tr><tr><td>森林覆盖率</td><td>60%</td></tr></table>"
    body = f"<h2>一、主要目标</h2>{table}<h2>二、重点任务</h2><p>加强宣传教育引导工作。</p>"
    page = f'<html><meta charset="gb2312"><body>{body}</body></html>'
    assert [str(one.value) for one in promises(text_of(page.encode("gb18030")).text)] == ["60"]


def test_word_gives_its_paragraphs_and_tables():
    assert promises(text_of(word(PLAN.splitlines())).text) == promises(PLAN)


def test_numbers_that_word_counts_itself_are_written_out():
    document = docx.Document()
    numbering = document.part.numbering_part.element
    for tag, children in (("w:abstractNum", ("w:lvl",)), ("w:num", ("w:abstractNumId",))):
        element = OxmlElement(tag)
        element.set(qn("w:abstractNumId" if tag == "w:abstractNum" else "w:numId"), "77")
        child = OxmlElement(children[0])
        if tag == "w:abstractNum":
            child.set(qn("w:ilvl"), "0")
            for name, value in (("w:numFmt", "chineseCounting"), ("w:lvlText", "%1、")):
                part = OxmlElement(name)
                part.set(qn("w:val"), value)
                child.append(part)
        else:
            child.set(qn("w:val"), "77")
        element.append(child)
        numbering.append(element)
    for line in ("总体要求", "坚持稳中求进的工作总基调不动摇。", "主要目标", "森林覆盖率达到60%。", "重点任务"):
        paragraph = document.add_paragraph(line)
        if len(line) == 4:
            identity = OxmlElement("w:numPr")
            number = OxmlElement("w:numId")
            number.set(qn("w:val"), "77")
            identity.append(number)
            paragraph._p.get_or_add_pPr().append(identity)
    kept = io.BytesIO()
    document.save(kept)
    text = text_of(kept.getvalue()).text
    assert "一、总体要求" in text
    assert "三、重点任务" in text
    assert len(promises(text)) == 1


def test_a_pdf_with_a_text_layer_is_read_like_its_text():
    chosen = [one for one in sentences() if one.topic == "sentences as plans build them"][:12]
    text = (
        "江城市2023年生态环境工作要点\n一、主要目标\n"
        + "\n".join(one.words for one in chosen)
        + "\n二、任务\n(一)宣传。\n"
    )
    found = text_of(pdf(text))
    assert found.media == "pdf"
    assert {str(one) for one in promises(found.text)} == {str(one) for one in promises(text)}


def spoiled() -> dict[str, tuple[bytes, str]]:
    """What may be handed in by mistake, with the code of the refusal."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("xl/workbook.xml", "<a/>")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b" " * 101 * 1024**2)
    torn = word(PLAN.splitlines())
    return {
        "empty": (b"", "empty"),
        "only spaces": (b" \n\t\n", "empty"),
        "binary": (bytes(range(256)) * 40, "binary"),
        "no Chinese": (b"Environmental work plan of 2023. " * 40, "not_chinese"),
        "too large": (b"a" * (MOST_BYTES + 1), "too_large"),
        "too long": ("生态环境".encode() * 110_000, "too_long"),
        "scan": (pdf("")[:], "scanned"),
        "torn pdf": (b"%PDF-1.7\n1 0 obj", "damaged"),
        "sheet": (archive.getvalue(), "not_a_document"),
        "bomb": (bomb.getvalue(), "too_large"),
        "torn word": (torn[: len(torn) // 2], "damaged"),
        "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000, "old_word"),
        "locked word": (b"\xd0\xcf\x11\xe0" + b"\x00" * 99 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        "locked pdf": (LOCKED_PDF, "encrypted"),
    }


#: An empty page under a password (RC4, 40 bit), by hand: PDFium asks for the password before anything else.
LOCKED_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 1/R 2/Length 40/P -4/O<" + b"ab" * 32 + b">/U<" + b"cd" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 4 0 R/Size 5/ID[<" + b"01" * 16 + b"><" + b"01" * 16 + b">]>>\n%%EOF\n"
)


@pytest.mark.parametrize("case", spoiled())
def test_what_is_no_plan_is_refused_in_a_sentence(case):
    data, code = spoiled()[case]
    with pytest.raises(UnreadableDocumentError) as refusal:
        text_of(data)
    assert refusal.value.code == code
    sentence = unreadable_words(refusal.value.code, refusal.value.about)
    assert "没有保存" in sentence
    assert "%" not in sentence


def test_lines_that_windows_ends_are_lines():
    assert promises(text_of(PLAN.replace("\n", "\r\n").encode()).text) == promises(PLAN)
    assert read(PLAN).title == "江城市2023年生态环境工作要点"
