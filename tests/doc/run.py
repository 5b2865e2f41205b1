#!/usr/bin/env python3
"""Holds the documents to what they must say: run.py DUIXIAN-SERVE. Asks a real server for the PDF, the
spreadsheets and the form, and reads them with other programs: poppler for the PDF, the standard library for
.xlsx. Prints TAP and "N passed, N failed"."""

import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
import xml.etree.ElementTree as ET
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import serving  # noqa: E402 (the folder above is on the path from here on)

ROOT = serving.ROOT
PROGRAM = sys.argv[1]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
FACTS = json.loads((ROOT / "examples/precision-works.json").read_text())
tests = []


def test(fn):
    tests.append(fn)
    return fn


server = None


def ask(method, path, body=None, type="application/json", lang="zh"):
    """(status, media type, body) of the reply."""
    head = {"Accept-Language": lang} | ({"Content-Type": type} if body is not None else {})
    status, headers, data = server.ask(method, path, body, head)
    return status, headers["Content-Type"], data


def document(kind, facts, lang="zh", **more):
    status, type, data = ask("POST", f"/api/v1/assessments.{kind}",
                                    {"facts": facts, "as_of": "2025-06-30", **more}, lang=lang)
    assert status == 200, data
    return type, data


def assessment(facts):
    return json.loads(ask("POST", "/api/v1/assessments", {"facts": facts, "as_of": "2025-06-30"})[2])


def with_pdf(data, *command):
    with tempfile.NamedTemporaryFile(suffix=".pdf") as f:
        f.write(data)
        f.flush()
        return subprocess.run([c if c != "PDF" else f.name for c in command], capture_output=True, check=True).stdout


def cells(data, sheet=1):
    """{"B12": text} of a sheet, as the file holds it."""
    z = zipfile.ZipFile(io.BytesIO(data))
    shared = ["".join(t.text or "" for t in si.iter(NS + "t"))
              for si in ET.fromstring(z.read("xl/sharedStrings.xml"))]
    found = {}
    for c in ET.fromstring(z.read(f"xl/worksheets/sheet{sheet}.xml")).iter(NS + "c"):
        v = c.find(NS + "v")
        if v is not None:
            found[c.get("r")] = shared[int(v.text)] if c.get("t") == "s" else v.text
    return found


def form(lang="zh"):
    status, type, data = ask("GET", "/api/v1/packs/songjiang-2024/template.xlsx", lang=lang)
    assert status == 200 and type == XLSX
    return data


def rows_of(data):
    """{path: row number} of a form."""
    return {v: int(k[1:]) for k, v in cells(data).items() if k[0] == "G" and int(k[1:]) > 2}


def filled(data, values):
    """The form with cells D… set to (type, inner XML), by the path of the row."""
    rows = rows_of(data)
    z, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as w:
        for name in z.namelist():
            text = z.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = text.decode()
                for path, (type, inner) in values.items():
                    text, n = re.subn(rf'<c r="D{rows[path]}"( s="\d+")?/>',
                                      rf'<c r="D{rows[path]}"\1{type}>{inner}</c>', text)
                    assert n == 1, path
                text = text.encode()
            w.writestr(name, text)
    return out.getvalue()


def cell(value):
    inline = ' t="inlineStr"', f"<is><t>{value}</t></is>"
    if value is None:
        return ' t="inlineStr"', "<is><t>无</t></is>"
    if isinstance(value, bool):
        return ' t="b"', f"<v>{int(value)}</v>"
    return inline if isinstance(value, str) else ("", f"<v>{value}</v>")


def send(data, lang="zh"):
    status, _, body = ask("POST", "/api/v1/facts.xlsx", data, XLSX, lang)
    return status, json.loads(body)


@test
def the_pdf_says_what_the_assessment_says():
    for path in EXAMPLES:
        facts = json.loads(path.read_text())
        type, data = document("pdf", facts)
        assert type == "application/pdf"
        text = with_pdf(data, "pdftotext", "-layout", "PDF", "-").decode()
        flat = re.sub(r"\s", "", text)
        result = assessment(facts)
        for item in result["items"]:
            assert re.sub(r"\s", "", item["title"]["zh"]) in flat, item["title"]
            if item["amount"]:
                assert f"{float(item['amount']):,.2f}" in text, item
        assert f"{float(result['total']):,.2f}" in text
        assert result["pack_digest"] in text and facts["企业"]["名称"] in text
        assert "2025-06-30" in text
        n = len(re.findall(r"第\s*\d+\s*页", text))
        assert n > 1 and re.search(rf"第\s*1\s*页，共\s*{n}\s*页", text)


@test
def every_character_comes_through():
    name = "如意，𠮷㛃䶮龘（松江）有限公司"
    facts = {"企业": {"名称": name, "区内": True}}
    _, data = document("pdf", facts)
    text = with_pdf(data, "pdftotext", "PDF", "-").decode()
    assert "如意" in text, text[:200]
    fonts = with_pdf(data, "pdffonts", "PDF").decode().splitlines()[2:]
    for line in fonts:
        emb, sub, uni = line.split()[-5:-2]
        assert (emb, sub, uni) == ("yes", "yes", "yes"), line


@test
def the_same_assessment_is_the_same_file():
    for kind in ("pdf", "xlsx"):
        link = "https://example.org/#facts"
        assert document(kind, FACTS, link=link) == document(kind, FACTS, link=link)
    reordered = dict(reversed(FACTS.items()))
    digest = re.compile(rb"sha256:[0-9a-f]{64}")
    texts = [with_pdf(document("pdf", f)[1], "pdftotext", "PDF", "-") for f in (FACTS, reordered)]
    assert digest.findall(texts[0]) == digest.findall(texts[1])
    other = with_pdf(document("pdf", FACTS | {"上云": None})[1], "pdftotext", "PDF", "-")
    assert digest.findall(texts[0]) != digest.findall(other)


@test
def the_pdf_is_in_english_too():
    _, data = document("pdf", {}, lang="en")
    text = with_pdf(data, "pdftotext", "-layout", "PDF", "-").decode()
    assert "Page 1 of" in text and "undetermined" in text and "Still missing" in text


@test
def a_link_must_be_one():
    for link in ("javascript:alert(1)", "https://x/\n", 1, "https://" + "x" * 3000):
        status, _, body = ask("POST", "/api/v1/assessments.pdf", {"facts": {}, "link": link})
        assert status == 422 and json.loads(body)["errors"][0]["pointer"] == "/link", (link, body)
    assert len(document("pdf", {}, link="https://x/#" + "x" * 1100)[1]) > 1000


@test
def the_spreadsheet_holds_exact_values():
    type, data = document("xlsx", FACTS)
    found, result = cells(data), assessment(FACTS)
    assert type == XLSX
    for row, item in enumerate(result["items"], 2):
        assert found[f"A{row}"] == item["id"] and found[f"B{row}"] == item["title"]["zh"]
        if item["amount"]:
            assert found[f"F{row}"] == re.sub(r"\.?0+$", "", item["amount"]), item
    conditions = cells(data, 2)
    n = sum(len(i["conditions"]) for i in result["items"])
    assert f"D{n + 1}" in conditions and f"D{n + 2}" not in conditions
    about = cells(data, 3)
    assert result["pack_digest"] in about.values() and "2025-06-30" in about.values()


@test
def a_formula_stays_a_text():
    _, data = document("xlsx", {"企业": {"名称": "=1+1"}})
    z = zipfile.ZipFile(io.BytesIO(data))
    assert not any(b"<f>" in z.read(n) for n in z.namelist() if n.startswith("xl/worksheets"))


@test
def a_filled_form_gives_the_facts_back():
    for lang in ("zh", "en"):
        for path in EXAMPLES:
            facts = json.loads(path.read_text())
            values = {}
            for subject, members in facts.items():
                if members is None:
                    values[subject] = cell(None)
                for name, value in (members or {}).items():
                    if not isinstance(value, list):
                        values[f"{subject}.{name}"] = cell(value)
                    else:
                        text = ";".join("/".join(str(v) for v in e.values()) for e in value)
                        values[f"{subject}.{name}"] = cell(text)
            status, body = send(filled(form(lang), values), lang)
            assert status == 200, (path.name, body)
            assert body["pack"] == "songjiang-2024"
            got, want = assessment(body["facts"]), assessment(facts)
            assert [(i["status"], i["amount"]) for i in got["items"]] == [
                (i["status"], i["amount"]) for i in want["items"]], path.name
            for subject, members in facts.items():
                for name, value in (members or {}).items():
                    back = body["facts"][subject][name]
                    same = back == value or (not isinstance(value, (bool, list)) and float(back) == float(value)) \
                        or [{k: float(v) for k, v in e.items()} for e in back] == [
                            {k: float(v) for k, v in e.items()} for e in value]
                    assert same, (subject, name, value, back)
                assert members is not None or body["facts"][subject] is None
    status, body = send(form())
    assert status == 200 and body["facts"] == {}


@test
def numbers_keep_their_digits():
    for stored, want in (("0.1", "0.1"), ("0.10000000000000001", "0.1"), ("1E+3", "1000"), ("1e-2", "0.01"),
                         ("1234567.8899999999", "1234567.89"), ("6000000", "6000000")):
        raw = ask("POST", "/api/v1/facts.xlsx",
                         filled(form(), {"技改项目.核定总投入": ("", f"<v>{stored}</v>")}), XLSX)[2].decode()
        assert f'"核定总投入":{want}}}' in raw, (stored, raw)
    for typed, want in (("1,234,567.80", "1234567.80"), ("12345678901234567.25", "12345678901234567.25")):
        raw = ask("POST", "/api/v1/facts.xlsx",
                         filled(form(), {"技改项目.核定总投入": cell(typed)}), XLSX)[2].decode()
        assert f'"核定总投入":{want}}}' in raw, (typed, raw)


@test
def faults_are_told_by_cell():
    data = form()
    rows = rows_of(data)
    faults = {"企业.区内": cell("也许"), "技改项目.核定总投入": cell("很多"), "企业.行业门类": cell("农业"),
              "技改项目.设备器具购置额": (' t="e"', "<v>#DIV/0!</v>"), "新基建项目.计息期": cell("1/2/3"),
              "上云": cell("无"), "上云.云产品入选": cell(True)}
    for lang, word in (("zh", "应填数字"), ("en", "expected a number")):
        status, body = send(filled(data, faults), lang)
        assert status == 422, body
        named = {e["pointer"] for e in body["errors"]}
        assert named == {f"D{rows[p]}" for p in faults if p != "上云"}, body
        assert any(word in e["detail"] for e in body["errors"])
        assert all(e["detail"].startswith(e["pointer"]) for e in body["errors"])
    status, body = send(filled(data, {"企业.行业门类": cell("农业"), "技改项目.核定总投入": cell(-1)}))
    assert status == 422 and {e["pointer"] for e in body["errors"]} == {
        f"D{rows['企业.行业门类']}", f"D{rows['技改项目.核定总投入']}"}, body


@test
def what_is_no_form_is_refused():
    def packed(entries):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            for name, text in entries:
                z.writestr(name, text)
        return out.getvalue()

    good = form()
    bomb = packed([("xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * (200 << 20))])
    strings = packed([("xl/sharedStrings.xml", b" " * (50 << 20)), ("xl/worksheets/sheet1.xml", b"<x/>")])
    entity = packed([("xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')])
    other = packed([("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{NS[1:-1]}"><sheetData/></worksheet>')])
    many = packed([(f"x{i}", b"") for i in range(2000)])
    for data, statuses in ((b"", (400,)), (b"nonsense", (400,)), (good[:2000], (400,)), (bomb, (413,)),
                           (strings, (400, 413)), (entity, (400,)), (other, (422,)), (many, (400,))):
        status, body = send(data)
        assert status in statuses and body["title"], (status, body)
    for at in range(0, len(good), 997):
        broken = bytearray(good)
        broken[at] ^= 0x5A
        assert send(bytes(broken))[0] in (200, 400, 413, 422)
    assert ask("POST", "/api/v1/facts.xlsx", good, "application/json")[0] == 415


def main():
    global server
    server = serving.Server(PROGRAM)
    return serving.run(tests, lambda: server.stop())


sys.exit(main())
