#!/usr/bin/env python3
"""Holds `duixian serve` to the contract: run.py DUIXIAN [--slow] [--sanitized]. Starts the real server on a free port
and speaks to it over sockets, well formed and not. --slow runs what waits for limits or takes thousands of
connections, and that alone; --sanitized leaves out what measures time and memory. Prints TAP and "N passed, N failed"."""

import http.client
import json
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import serving  # noqa: E402 (the folder above is on the path from here on)

ROOT = serving.ROOT
PROGRAM = sys.argv[1]
FACTS = sorted((ROOT / "examples").glob("*.json"))
NDJSON = "application/x-ndjson"
BATCH = "/api/v1/assessments:batch?as_of=2025-06-30"
tests = []


def test(fn):
    if "--slow" not in sys.argv:
        tests.append(fn)
    return fn


def slow(fn):
    if "--slow" in sys.argv:
        tests.append(fn)
    return fn


def measured(fn):  # a sanitizer takes many times longer
    return fn if "--sanitized" in sys.argv else test(fn)


def Server(*options, **environment):
    return serving.Server(PROGRAM, *options, **environment)


server = None


def wait_for(condition):
    for _ in range(400):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def assess(facts, **more):
    return server.ask("POST", "/api/v1/assessments", {"facts": facts, **more})


@test
def the_api_answers_as_the_command_line_does():
    for path in FACTS:
        for options, more in (([], {}), (["--reading", "R2=floor"], {"readings": {"R2": "floor"}})):
            said = subprocess.run(
                [PROGRAM, "assess", path, "--format", "json", "--as-of", "2025-06-30", *options],
                cwd=ROOT, capture_output=True, check=True).stdout
            status, _, body = assess(json.loads(path.read_text()), as_of="2025-06-30", **more)
            assert status == 200
            assert json.loads(body) == json.loads(said), path.name


@test
def every_fault_of_a_request_is_named_with_its_pointer():
    status, headers, body = assess({"企业": {"区内": 1}, "别的": {}}, as_of="2025-02-30", x=1,
                                   readings={"R2": "z", "R9": "a"})
    problem = json.loads(body)
    assert status == 422 and headers["Content-Type"] == "application/problem+json"
    assert [e["pointer"] for e in problem["errors"]] == [
        "/x", "/as_of", "/readings/R2", "/readings/R9", "/facts/企业/区内", "/facts/别的"], problem


@test
def a_fault_of_the_only_key_is_placed():
    for facts in ({"技改项目": {"核定总投入": "-1"}}, {"x": 1}, [], {"新基建项目": {"计息期": [{"余额": 1.234}]}}):
        status, _, body = assess(facts)
        assert status == 422 and all(e["pointer"].startswith("/facts") for e in json.loads(body)["errors"]), body


@test
def problems_speak_the_language_asked_for():
    for language, text in (("en", "not JSON"), ("zh-CN", "不是 JSON")):
        status, _, body = server.ask("POST", "/api/v1/assessments", "nonsense",
                                     {"Content-Type": "application/json", "Accept-Language": language})
        assert status == 400 and text in json.loads(body)["title"]


@test
def facts_may_be_left_out_and_the_day_is_today():
    status, _, body = server.ask("POST", "/api/v1/assessments", {})
    assert status == 200 and len(json.loads(body)["items"]) == 29


@test
def questions_name_only_facts_that_matter():
    facts = {"企业": {"区内": True, "行业门类": "其他"}}
    missing = set()
    for item in json.loads(assess(facts)[2])["items"]:
        missing.update(item["missing"])
    status, _, body = server.ask("POST", "/api/v1/questions", {"facts": facts})
    asked = [q["fact"] for q in json.loads(body)["questions"]]
    assert status == 200 and set(asked) == missing and len(asked) == len(missing)
    settles = [q["settles"] for q in json.loads(body)["questions"]]
    assert settles == sorted(settles, reverse=True)


@test
def the_first_question_settles_most():
    body = server.ask("POST", "/api/v1/questions", {"facts": {}})[2]
    assert json.loads(body)["questions"][0]["fact"] == "企业.区内"


@test
def other_readings_are_what_assessing_under_them_gives():
    facts = json.loads((ROOT / "examples/precision-works.json").read_text())
    found = json.loads(server.ask("POST", "/api/v1/alternatives",
                                  {"facts": facts, "as_of": "2025-06-30"})[2])["items"]
    assert {"2", "3.1", "4", "13", "17.1"} <= set(found)
    for item, options in found.items():
        for o in options:
            said = json.loads(assess(facts, as_of="2025-06-30", readings={o["reading"]: o["option"]})[2])
            (want,) = [i for i in said["items"] if i["id"] == item]
            assert (o["status"], o["amount"]) == (want["status"], want["amount"]), (item, o)


@test
def a_change_of_policy_is_what_the_assessments_under_it_say():
    facts = json.loads((ROOT / "examples/precision-works.json").read_text())
    request = {"as_of": "2025-06-30", "reform": {"readings": {"R2": "floor"}}, "enterprises": [facts], "open": "losers"}
    status, _, body = server.ask("POST", "/api/v1/simulations", request)
    assert status == 200, body
    said = json.loads(body)
    totals = [json.loads(assess(facts, as_of="2025-06-30", readings=r)[2])["total"] for r in ({}, {"R2": "floor"})]
    assert [said["all"]["base"], said["all"]["reform"]] == totals, said["all"]
    assert said["all"]["losers"] == said["opened"]["enterprises"] == 1
    assert [i["id"] for i in said["items"] if i["lost"]] == ["2"]
    request = {"as_of": "2025-06-30", "reform": {}, "synthetic": {"enterprises": 3000, "seed": 2}, "by": ["企业.规模类型"]}
    said, again = (json.loads(server.ask("POST", "/api/v1/simulations", request)[2]) for _ in range(2))
    assert said == again and said["all"]["unchanged"] == 3000 and said["all"]["base"] == said["all"]["reform"]
    assert "假设" in said["population"]["about"]["zh"] and len(said["groups"][0]["values"]) == 4


@test
def a_faulty_change_of_policy_is_refused_with_its_place():
    value = {"model": "article-02.dmn", "decision": "技改补贴金额", "from": 40000000, "to": 1}
    for more, pointer in (
            ({"reform": {"values": [value]}}, "/reform/values/0/from"),
            ({"reform": {"models": {"article-02.dmn": "a.dmn"}}}, "/reform/models/article-02.dmn"),
            ({"reform": {}, "synthetic": {"enterprises": 2000000}}, "/synthetic/enterprises"),
            ({"reform": {}, "enterprises": [{"企业": {"区内": 1}}]}, "/enterprises/0/企业/区内"),
            ({"reform": {}, "facts": {}}, "/facts"),
            ({"reform": {}, "appropriation": -1}, "/appropriation"),
            ({"reform": {}, "population": 1}, "/population")):
        status, _, body = server.ask("POST", "/api/v1/simulations", {"as_of": "2025-06-30", **more})
        assert status == 422 and pointer in [e["pointer"] for e in json.loads(body)["errors"]], (pointer, body)


@test
def prospects_are_the_caps_and_never_less_than_what_comes():
    """With nothing known each item could come to its cap; with one fact forgotten to no less than with it."""
    body = server.ask("POST", "/api/v1/prospects", {"facts": {}, "as_of": "2025-06-30"})[2]
    caps = {"2": 30_000_000, "3.1": 2_000_000, "4": 2_000_000, "5.1": 200_000, "5.2": 200_000, "5.3": 200_000,
            "7": 5_000_000, "8": 5_000_000, "9.1": 1_000_000, "9.2": 1_000_000, "10.1": 5_000_000, "10.2": 400_000,
            "10.3": 200_000, "10.4": 1_000_000, "12": 500_000, "13": 5_000_000, "16.4": 3_500, "17.1": 2_000_000}
    found = json.loads(body)["items"]
    assert len(found) == 29, found
    assert {item: float(p["amount"]) for item, p in found.items() if p["amount"]} == caps, found
    for path in FACTS:
        facts = json.loads(path.read_text())
        known = {i["id"]: i for i in json.loads(assess(facts, as_of="2025-06-30")[2])["items"]}
        for subject, members in facts.items():
            for name in members or {}:
                fewer = {**facts, subject: {k: v for k, v in members.items() if k != name}}
                request = {"facts": fewer, "as_of": "2025-06-30"}
                prospects = json.loads(server.ask("POST", "/api/v1/prospects", request)[2])["items"]
                for item, prospect in prospects.items():
                    amount = known[item]["amount"]
                    if amount and prospect["amount"]:
                        assert float(prospect["amount"]) >= float(amount), (path.name, subject, name, item)


@test
def a_model_is_sent_as_it_was_drawn():
    path = "/api/v1/packs/songjiang-2024/models/"
    status, headers, body = server.ask("GET", path + "article-02")
    assert status == 200 and headers["Content-Type"] == "application/xml" and headers["ETag"]
    assert body == (ROOT / "policies/songjiang-2024/article-02.dmn").read_bytes()
    assert server.ask("GET", path + "article-99")[0] == 404
    assert server.ask("GET", "/api/v1/packs/nowhere/models/article-02")[0] == 404


@test
def the_values_of_a_model_are_those_of_the_assessment():
    facts = {"企业": {"区内": True}, "技改项目": {"认定": True, "核定总投入": 10000000, "设备器具购置额": "6000000.00"}}
    request = {"facts": facts, "as_of": "2025-06-30", "model": "article-02"}
    status, _, body = server.ask("POST", "/api/v1/values", request)
    values = {v["name"]: v for v in json.loads(body)["values"]}
    assert status == 200 and values["技改补贴金额"]["value"] == 857142.85 and not values["技改补贴金额"]["missing"]
    assert values["此前未获补贴"]["value"] == {"unknown": True}
    assert values["此前未获补贴"]["missing"] == ["技改项目.已获补贴"]
    assert values["企业"]["kind"] == "input" and values["企业"]["value"]["区内"] is True
    assert values["口径"]["value"]["R2"] == "counting"
    for model in ("article-99", 1, None):
        assert server.ask("POST", "/api/v1/values", {**request, "model": model})[0] == 404, model


@test
def facts_come_with_words_for_people():
    """Every allowed value has its English, no help text speaks of null or of the options' names."""
    inputs = json.loads(server.ask("GET", "/api/v1/packs/songjiang-2024/facts")[2])["inputs"]
    for fact in [f for i in inputs for f in i["facts"]]:
        labels = fact.get("labels", [])
        assert len(labels) == len(fact.get("allowed", [])), fact
        assert all(not re.search("[一-鿿]", l["en"]) for l in labels), fact
        assert (fact["type"] == "金额") == (fact.get("unit") == {"zh": "元", "en": "yuan"}), fact
        words = " ".join(text for key in ("help", "question", "label") for text in fact[key].values())
        assert not re.search(r"null|空值|R\d|[{}]|利率点时", words), words


@test
def a_pack_is_sent_once():
    status, headers, body = server.ask("GET", "/api/v1/packs/songjiang-2024")
    pack = json.loads(body)
    assert status == 200 and len(pack["items"]) == 29 and len(pack["articles"]) == 18
    for article in pack["articles"]:
        restated = (ROOT / "policies/songjiang-2024/text/zh.md").read_text()
        assert article["text"]["zh"] in restated and article["text"]["en"], article
        assert "\n" not in article["text"]["zh"] and "#" not in article["text"]["en"], article
    etag = headers["ETag"]
    status, _, body = server.ask("GET", "/api/v1/packs/songjiang-2024", headers={"If-None-Match": etag})
    assert status == 304 and body == b""
    for part in ("items", "articles", "facts", "readings"):
        status, _, body = server.ask("GET", f"/api/v1/packs/songjiang-2024/{part}")
        (key, value), = json.loads(body).items()
        assert status == 200 and pack[key] == value


@test
def the_description_is_whole():
    description = json.loads(server.ask("GET", "/api/v1/openapi.json")[2])
    schemas = description["components"]["schemas"]
    references = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(description))
    assert description["openapi"] == "3.1.0" and references
    assert not set(references) - set(schemas), set(references) - set(schemas)
    manual = (ROOT / "docs/api.md").read_text()
    missing = [path for path, methods in description["paths"].items()
               if not any(f"`{method.upper()} {path}`" in manual for method in methods)]
    assert not missing, f"docs/api.md does not have {missing}"
    for path, methods in description["paths"].items():
        for method in methods:
            for name, value in (("pack", "songjiang-2024"), ("model", "article-01"), ("decision", quote("区内"))):
                path = path.replace("{%s}" % name, value)
            described = methods[method].get("requestBody", {"content": {"": 0}})["content"]
            kind = next(iter(described))
            if "{job}" in path or kind not in ("", "application/json", NDJSON):
                continue  # a file, which has tests of its own
            body = b"{}" if path.startswith("/dmn") or kind == NDJSON else b'{"facts": {}}'
            if path.endswith("/values"):
                body = b'{"facts": {}, "model": "article-01"}'
            if path.endswith("/simulations"):
                body = b'{"reform": {}}'
            if kind.endswith("sheet"):
                body = server.ask("GET", "/api/v1/packs/songjiang-2024/template.xlsx")[2]
            status, headers, _ = server.ask(method.upper(), path, body if kind else None, {"Content-Type": kind})
            assert status == 200, path
            assert headers["Content-Type"] in methods[method]["responses"]["200"]["content"], path


@test
def what_is_not_there_is_refused():
    for method, path, status in (
            ("GET", "/api/v1/nothing", 404), ("GET", "/api/v1/packs/none", 404),
            ("DELETE", "/api/v1/packs", 405), ("GET", "/api/v1/assessments", 405),
            ("POST", "/healthz", 405), ("GET", "/no-such-page.js", 404)):
        got, _, body = server.ask(method, path)
        assert got == status, (method, path, got)
        assert json.loads(body)["status"] == status
    status, _, _ = server.ask("POST", "/api/v1/assessments", b"{}", {"Content-Type": "text/plain"})
    assert status == 415


@test
def every_reply_carries_the_strict_headers():
    for path in ("/healthz", "/api/v1/packs", "/api/v1/nothing"):
        headers = server.ask("GET", path)[1]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


@test
def too_much_is_refused():
    status, _, _ = server.ask("POST", "/api/v1/assessments", b"[" * (2 << 20),
                              {"Content-Type": "application/json"})
    assert status == 413
    deep = b'{"facts":' + b"[" * 10000
    status, _, body = server.ask("POST", "/api/v1/assessments", deep,
                                 {"Content-Type": "application/json"})
    assert status == 400 and json.loads(body)["errors"][0]["code"] == "LIMIT_DEPTH"


REFUSED = r'requests_total{operation="REFUSED",status="%s"}'


def refused():
    return sum(server.counted(REFUSED % c) for c in ("4xx", "5xx"))


@test
def ambiguous_messages_are_refused_and_counted():
    post = b"POST /api/v1/assessments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    chunked = post + b"Transfer-Encoding: chunked\r\n"
    chunks = b"\r\n2\r\n{}\r\n0\r\n\r\n"
    behind = b"GET /api/v1/packs HTTP/1.1\r\nHost: smuggled\r\n\r\n"
    ends = [  # where the message ends can be read in two ways: what comes behind is never taken for a request
        *(post + b"Content-Length%s\r\n\r\n{}" % length for length in (
            b": 2\r\nContent-Length: 3", b": 2\r\nContent-Length: 2", b": 2, 2", b": -2", b": +2", b": 0x2", b": ",
            b": 99999999999999999999999", b": 20000000")),
        chunked + b"Content-Length: 2\r\n" + chunks,
        chunked + b"Transfer-Encoding: chunked\r\n" + chunks,
        post + b"Transfer-Encoding: gzip, chunked\r\n" + chunks,
        post + b"Transfer-Encoding: xchunked\r\n" + chunks,
        *(chunked + b"\r\n%s\r\n{}\r\n0\r\n\r\n" % size for size in (b"zz", b"-2", b"f" * 20)),
        chunked + b"\r\n2\r\n{}XX\r\n0\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n Host: a\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n",
        b"GET /healthz XTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 5000 + b"\r\n",
        b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    for data in ends:
        before, reply = refused(), server.raw(data + behind)
        assert re.match(rb"HTTP/1\.[01] (4\d\d|505) ", reply), (data[:99], reply[:60])
        assert b'"packs"' not in reply, (data[:99], reply)
        assert refused() > before, data[:99]
    whole = [  # each is refused; what follows is another message
        post + b"Content-Length : 2\r\n\r\n",
        post + b"Transfer-Encoding : chunked\r\n\r\n",
        post + b"Transfer-Encoding:\r\n chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT evil:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    for data in whole:
        before, reply = refused(), server.raw(data)
        assert re.match(rb"HTTP/1\.1 40[05] ", reply), (data[:99], reply[:60])
        assert refused() > before, data[:99]


@test
def paths_lead_nowhere_else():
    for path in ("/..", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%2e%2e%2fetc/passwd", "//etc/passwd",
                 "/./healthz", "/healthz/", "/healthz%00.js", "/healthz%00", "/healthz%2500", "/api/v1/packs%00x",
                 "/api/v1/packs/%00", "/api/v1/packs/..", "/api/v1/packs/..%2f..%2fetc", "/api/v1/../../etc/passwd",
                 "/%c0%ae%c0%ae/etc/passwd", "/..\\..\\etc", "/.git/config", "http://evil/healthz", "*", "/\xff\xfe"):
        before = server.counted(REFUSED % "4xx")
        reply = server.raw(b"GET " + path.encode("latin-1") + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        if path.startswith("/api/v1/packs/") and b"API_NO_PACK" in reply:
            continue  # an operation's own refusal
        assert reply.startswith(b"HTTP/1.1 404 "), (path, reply[:60])
        assert server.counted(REFUSED % "4xx") == before + 1, path


@test
def large_bodies_have_their_share_of_memory_and_small_ones_theirs():
    large = b'{"facts": {}' + b" " * 900000 + b"}"
    head = b"POST /api/v1/assessments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    held = [server.connect() for _ in range(16)]
    for s in held:
        s.sendall(head + b"Content-Length: 900013\r\n\r\n" + large[:-1])
    wait_for(lambda: server.counted("duixian_body_bytes_held") > 15 << 20)
    json_type = {"Content-Type": "application/json", "Accept-Language": "en"}
    status, headers, body = server.ask("POST", "/api/v1/assessments", large, json_type)
    assert status == 503 and headers["Retry-After"] == "5" and "API_BODIES" in body.decode()
    assert server.ask("POST", "/api/v1/assessments", b'{"facts": {}}', json_type)[0] == 200
    held[0].sendall(large[-1:])
    assert held[0].recv(12) == b"HTTP/1.1 200"
    for s in held:
        s.close()
    wait_for(lambda: server.counted("duixian_body_bytes_held") == 0)
    assert server.ask("POST", "/api/v1/assessments", large, json_type)[0] == 200


@measured
def documents_wait_their_turn_and_hold_up_nobody():
    replies, facts = [], json.loads(FACTS[0].read_text())

    def one():
        replies.append(server.ask("POST", "/api/v1/assessments.pdf", {"facts": facts}))

    threads = [threading.Thread(target=one) for _ in range(40)]
    for t in threads:
        t.start()
    wait_for(lambda: any(r[0] == 503 for r in replies))
    assert server.counted("duixian_documents_waiting") > 0
    assert server.ask("GET", "/api/v1/packs/songjiang-2024/template.xlsx")[0] in (200, 503)
    assert assess(facts)[0] == 200 and any(t.is_alive() for t in threads)  # before the documents are done
    for t in threads:
        t.join()
    made = [r for r in replies if r[0] == 200]
    assert 16 <= len(made) < 40 and all(r[2].startswith(b"%PDF") for r in made)
    for status, headers, body in replies:
        assert status == 200 or (status, headers["Retry-After"]) == (503, "5") and b"API_DOCUMENTS" in body
    wait_for(lambda: server.counted("duixian_documents_waiting") == 0)


@test
def documents_under_way_do_not_keep_the_server_from_ending():
    other = Server()
    head = b"POST /api/v1/assessments.pdf HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    asking = [other.connect() for _ in range(3)]
    for s in asking:
        s.sendall(head + b'Content-Length: 13\r\n\r\n{"facts": {}}')
    idle = other.connect()
    wait_for(lambda: other.counted("duixian_documents_waiting") == 3)
    asking.pop().close()
    begun = time.monotonic()
    other.stop()
    assert time.monotonic() - begun < 20 and idle.recv(1) == b""
    answered = asking[0].recv(12) == b"HTTP/1.1 200"  # within the ten seconds that there are
    assert answered or "--sanitized" in sys.argv


@test
def threads_share_the_pack():
    want = json.loads(assess(json.loads(FACTS[0].read_text()), as_of="2025-06-30")[2])
    wrong = []

    def work():
        for _ in range(20):
            if json.loads(assess(json.loads(FACTS[0].read_text()), as_of="2025-06-30")[2]) != want:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


@test
def a_batch_says_line_by_line_what_the_command_line_says():
    facts = [json.dumps(json.loads(p.read_text()), ensure_ascii=False) for p in FACTS]
    lines = facts + ['{"企业": {"区内": 1}}', "nonsense", "", '{"别的": {}}\r', "[" * 100] + facts
    text = "\n".join(lines).encode()
    for flags, query in ((["--brief"], ""), ([], "&brief=false"), (["--brief", "--reading", "R2=floor"], "&reading=R2=floor")):
        said = subprocess.run([PROGRAM, "batch", "--as-of", "2025-06-30", "--lang", "en", *flags],
                              cwd=ROOT, input=text, capture_output=True).stdout
        status, headers, body = server.ask("POST", "/api/v1/assessments:batch?as_of=2025-06-30" + query, text,
                                           {"Content-Type": NDJSON, "Accept-Language": "en"})
        assert status == 200 and headers["Content-Type"] == NDJSON
        assert body == said, (query, body[:200], said[:200])
    assert b'"line":%d' % (len(facts) + 2) in body and body.count(b'{"error"') == 5
    assert server.ask("POST", "/api/v1/assessments:batch", b"", {"Content-Type": NDJSON})[2] == b""


@test
def a_line_may_come_in_any_pieces():
    line = json.dumps(json.loads(FACTS[0].read_text()), ensure_ascii=False).encode()
    whole = server.ask("POST", BATCH, line + b"\n" + line, {"Content-Type": NDJSON})[2]
    pieces = iter([line[:7], line[7:300], line[300:] + b"\n" + line[:1], b"", line[1:], b"\n"])
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", BATCH, (p for p in pieces if p), {"Content-Type": NDJSON}, encode_chunked=True)
    reply = connection.getresponse()
    assert reply.status == 200 and reply.read() == whole and whole.count(b"\n") == 2
    connection.close()


@measured
def a_long_batch_takes_no_memory():
    line = json.dumps(json.loads(FACTS[0].read_text()), ensure_ascii=False).encode() + b"\n"
    server.ask("POST", BATCH, line * 200, {"Content-Type": NDJSON})
    before, begun, n = server.memory_kib(), time.monotonic(), (8 << 20) // len(line)
    body = server.ask("POST", BATCH, line * n, {"Content-Type": NDJSON})[2]
    seconds = time.monotonic() - begun
    assert body.count(b"\n") == n
    print(f"# batch: {n / seconds:.0f} lines/s, {server.memory_kib() - before} KiB more after {n} lines")
    assert server.memory_kib() - before < 4096


@test
def a_batch_has_limits():
    query = "/api/v1/assessments:batch?as_of=2025-02-30&brief=maybe&reading=R9=a&pack=none&x=1"
    status, _, body = server.ask("POST", query, b"{}", {"Content-Type": NDJSON})
    pointers = sorted(e["pointer"] for e in json.loads(body)["errors"])
    assert status == 422 and pointers == ["/as_of", "/brief", "/pack", "/reading", "/x"], body
    assert server.ask("POST", BATCH, b"{}", {"Content-Type": "application/json"})[0] == 415
    head = b"POST " + BATCH.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
    assert server.raw(head + b"Content-Length: 70000000\r\n\r\n").startswith(b"HTTP/1.1 413 ")
    long = b'{"x": "' + b"a" * (17 << 20) + b'"}\n{}\n'
    errors = server.ask("POST", BATCH, long, {"Content-Type": NDJSON, "Accept-Language": "en"})[2].split(b"\n")
    assert "longer than the limit" in json.loads(errors[0])["error"]["message"] and b'"items"' in errors[1]
    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(16)]
    for s in held:
        s.sendall(head + b"Content-Length: 100\r\n\r\n{")
    time.sleep(0.3)
    assert server.ask("POST", BATCH, b"{}", {"Content-Type": NDJSON})[0] == 503
    for s in held:
        s.close()
    time.sleep(0.5)
    assert server.ask("POST", BATCH, b"{}", {"Content-Type": NDJSON})[0] == 200


@test
def models_answer_as_dmn_eval_does():
    listed = json.loads(server.ask("GET", "/dmn")[2])["models"]
    facts = json.loads((ROOT / "examples/precision-works.json").read_text())
    for model in listed:
        names = {i["name"] for i in model["inputs"]}
        inputs = {k: v for k, v in facts.items() if k in names}
        path = ROOT / "policies" / model["pack"] / model["file"]
        said = json.loads(subprocess.run(
            [PROGRAM, "dmn", "eval", path, "--input", "-"], cwd=ROOT, input=json.dumps(inputs).encode(),
            capture_output=True, check=True).stdout)
        assert [d["name"] for d in model["decisions"]] == list(said), model["file"]
        for name in (model["name"], model["file"].removesuffix(".dmn")):
            status, _, body = server.ask("POST", "/dmn/" + quote(name), inputs)
            assert status == 200 and json.loads(body) == said, (name, body)
        for decision in list(said)[-2:]:
            status, _, body = server.ask("POST", f"/dmn/{quote(model['name'])}/{quote(decision)}", inputs)
            assert status == 200 and json.loads(body) == said[decision], decision


@test
def models_refuse_what_they_do_not_know():
    model = "/dmn/article-01"
    assert server.ask("POST", "/dmn/none", {})[0] == 404
    assert server.ask("POST", model + "/none", {})[0] == 404
    for body, pointer in (({"nothing": 1}, "/nothing"), ({"企业": {"区内": 1}}, "/企业"),
                          ({"企业": {"x": 1}}, "/企业/x"), ([], "")):
        status, _, said = server.ask("POST", model, body)
        assert status == 422 and json.loads(said)["errors"][0]["pointer"] == pointer, said


@test
def a_client_may_ask_only_so_often():
    other = Server("--rate", "5", "--proxy", "127.0.0.1")

    def statuses(n, **headers):
        return [other.ask("GET", "/healthz", headers={k.replace("_", "-"): v for k, v in headers.items()})
                for _ in range(n)]

    replies = statuses(30)
    assert [r[0] for r in replies[:10]] == [200] * 10 and replies[-1][0] == 429, [r[0] for r in replies]
    assert replies[-1][1]["Retry-After"] == "1" and json.loads(replies[-1][2])["status"] == 429
    assert statuses(1, X_Forwarded_For="203.0.113.9")[0][0] == 200
    last = [r[0] for r in statuses(30, X_Forwarded_For="198.51.100.1, 203.0.113.9")]
    assert last[-1] == 429  # only what the proxy itself wrote counts
    time.sleep(1.2)
    assert statuses(1)[0][0] == 200
    other.stop()
    for wrong in ("x", "-1", "", "99999999999"):
        said = subprocess.run([PROGRAM, "serve", f"--rate={wrong}", "--lang", "en"], cwd=ROOT, capture_output=True)
        assert said.returncode == 2, wrong


@test
def the_log_says_what_happened_and_nothing_of_whom():
    other = Server()
    other.ask("POST", "/api/v1/assessments?secret=1", {"facts": {"企业": {"区内": True}}})
    other.ask("GET", "/somebody/secret.js")
    other.ask("SECRET", "/api/v1/packs/secret")
    lines = sorted(map(json.loads, other.stop().splitlines()), key=lambda e: -e["bytes"])
    assert [(e["method"], e["operation"], e["status"]) for e in lines] == [
        ("POST", "ASSESS", 200), ("OTHER", "REFUSED", 405), ("GET", "PAGE", 404)], lines
    assert all(set(e) == {"time", "method", "operation", "status", "ms", "bytes"} for e in lines)
    assert lines[0]["bytes"] > 1000 and "secret" not in json.dumps(lines).lower()
    quiet = Server("--quiet")
    quiet.ask("GET", "/healthz")
    assert quiet.stop() == ""


@test
def a_log_that_nobody_reads_stops_nothing():
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for _ in range(3000):  # more than a pipe holds
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok\n"
    connection.close()


@measured
def it_answers_soon_after_its_start():
    times, processor = [], []
    for _ in range(5):
        begun = time.monotonic()
        other = Server()
        assert other.ask("GET", "/healthz")[0] == 200
        times.append((time.monotonic() - begun) * 1000)
        processor.append(other.processor_ms())
        other.stop()
    print(f"# from the start to the first answer: {min(times):.0f} ms, of which {min(processor):.0f} ms at work")
    assert min(processor) < 100, (times, processor)  # the rest is what else the machine has to do


@test
def open_files_suffice_for_all_connections():
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    soft, hard = re.search(r"Max open files\s+(\d+)\s+(\d+)", limits).groups()
    assert int(soft) >= min(12000, int(hard))


def dribble(request):
    """For how many seconds a sender of one byte a second is put up with, at most 60."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.sendall(request)
        s.settimeout(1)
        for _ in range(60):
            try:
                s.send(b"a")
                if s.recv(100) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - begun


def hold(n):
    """So many connections, or the reason why not."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < n + 1000:
        raise serving.Skip(f"open files are limited to {hard} here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (n + 1000, hard))
    return [server.connect() for _ in range(n)]


def latencies(n=400):
    """Milliseconds that assessments take, each on a connection of its own, in order."""
    facts, times = json.loads(FACTS[0].read_text()), []
    for _ in range(n):
        begun = time.monotonic()
        assert assess(facts, as_of="2025-06-30")[0] == 200
        times.append((time.monotonic() - begun) * 1000)
    return sorted(times)


@slow
def ten_thousand_connections_slow_nobody():
    before = latencies()
    held = hold(10000)
    head = b"POST /api/v1/assessments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for s in held[:3000]:
        s.sendall(head)  # and no more headers
    for s in held[3000:6000]:
        s.sendall(head + b"Content-Length: 500\r\n\r\n" + b"{" * 400)  # and no more body
    begun = time.monotonic()
    time.sleep(1)
    idle, memory = latencies(), server.memory_kib()
    print(f"# p50 and p99: {before[200]:.2f} and {before[396]:.2f} ms alone, {idle[200]:.2f} and {idle[396]:.2f} ms "
          f"beside 10,000 connections; {memory} KiB")
    assert memory < 100 << 10, memory
    assert idle[200] < 2 * before[200] + 1 and idle[396] < 2 * before[396] + 20, (before[396], idle[396])
    assert server.memory_kib() - memory < 1024, server.memory_kib()
    time.sleep(max(0, begun + 33 - time.monotonic()))
    cut = server.counted("duixian_connections_cut_total")
    assert cut == 10000, cut  # all of them, those that sent nothing too
    assert server.ask("GET", "/readyz")[0] == 200
    for s in held:
        s.close()


@slow
def who_is_idle_gives_way_when_there_are_too_many():
    held = hold(11900)
    time.sleep(7)
    assert server.counted("duixian_connections_gave_way_total") > 0
    more = [server.connect() for _ in range(500)]
    assert max(latencies(50)) < 1000
    for s in held + more:
        s.close()


@slow
def slow_senders_are_cut_off():
    requests = [b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ",
                b"POST /api/v1/assessments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 90\r\n\r\n"]
    found, before = [], server.counted("duixian_connections_cut_total")
    threads = [threading.Thread(target=lambda r=r: found.append(dribble(r))) for r in requests]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(29 < seconds < 36 for seconds in found), found
    assert server.counted("duixian_connections_cut_total") >= before + 2


@test
def requests_are_counted():
    assert server.counted(r'requests_total{operation="ASSESS",status="2xx"}') >= 10
    assert server.counted(r'requests_total{operation="REFUSED",status="4xx"}') >= 10
    assert "区内" not in server.ask("GET", "/metrics")[2].decode()


@test
def published_packs_are_kept_and_loaded_again():
    with tempfile.TemporaryDirectory() as folder:
        db, copy = f"{folder}/duixian.db", f"{folder}/changed"
        shutil.copytree(ROOT / "policies/songjiang-2024", copy)
        model = Path(copy, "article-08.dmn")
        model.write_text(model.read_text().replace("0.3, 5000000)", "0.3, 6000000)"))
        digests = []
        for options in (["--pack", copy], []):
            other = Server("--db", db, *options)
            digests.append([p["digest"] for p in json.loads(other.ask("GET", "/api/v1/packs")[2])["packs"]])
            other.stop()
        assert len(digests[0]) == 1 and len(digests[1]) == 2 and digests[0][0] == digests[1][1]
        base = sqlite3.connect(db)
        for statement in ("DELETE FROM pack", "UPDATE pack_file SET bytes = x'00'"):
            try:
                base.execute(statement)
                raise AssertionError(f"{statement} was allowed")
            except sqlite3.IntegrityError:
                base.rollback()
        base.execute("DROP TRIGGER pack_file_is_fixed")
        base.execute("UPDATE pack_file SET bytes = CAST(replace(CAST(bytes AS TEXT), '6000000', '9000000') AS BLOB)"
                     " WHERE name = 'article-08.dmn'")
        base.commit()
        base.close()
        tampered = subprocess.run(
            [PROGRAM, "serve", "--db", db, "--listen", "127.0.0.1:0", "--lang", "en"], cwd=ROOT,
            capture_output=True, text=True, timeout=20)
        assert tampered.returncode != 0 and "tampered" in tampered.stderr, tampered


def import_text(db, text, *options):
    return subprocess.run([PROGRAM, "policy", "text", "import", "-", "--db", db, "--lang", "en", *options],
                          cwd=ROOT, input=text, capture_output=True, text=True, timeout=20)


@test
def an_official_text_is_imported_and_served_by_article():
    meta = ("--source", "A gazette (fictional)", "--date", "2023-12-29")
    with tempfile.TemporaryDirectory() as folder:
        db = f"{folder}/duixian.db"
        for text, fault in (("no articles here", "cannot be cut"), ("第三十条 something", "an article 30")):
            refused = import_text(db, text, *meta)
            assert refused.returncode == 2 and fault in refused.stderr and not refused.stdout, refused
        for wrong in (meta[:2], meta[2:], meta[:3] + ("2023-13-01",)):
            assert import_text(db, "第1条 x", *wrong).returncode == 2, wrong
        etags = set()
        for text in ("第一条　the first\n",
                     "# A policy\n\n**第一条** one\n\nmore of one\n\n## 第十八条 the last\n\nlast\n"):
            done = import_text(db, text, *meta)
            assert done.returncode == 0, done
            other = Server("--db", db)
            _, headers, body = other.ask("GET", "/api/v1/packs/songjiang-2024/articles")
            etags.add(headers["ETag"])
            official = {a["number"]: a["official"] for a in json.loads(body)["articles"] if "official" in a}
            other.stop()
        assert len(etags) == 2 and set(official) == {1, 18}, official
        assert official[1] == {"title": "", "text": "one\n\nmore of one", "source": meta[1], "date": meta[3]}, official
        assert official[18]["title"] == "the last" and official[18]["text"] == "last", official


@test
def the_pack_is_the_one_of_the_day():
    with tempfile.TemporaryDirectory() as folder:
        packs = {}
        for name, changes in (("old", (('"to": "2029-01-27"', '"to": "2025-06-30"'),)),
                              ("new", (('"from": "2024-01-28"', '"from": "2025-07-01"'),
                                       ('"issued": "2023-12-29"', '"issued": "2025-06-01"')))):
            packs[name] = f"{folder}/{name}"
            shutil.copytree(ROOT / "policies/songjiang-2024", packs[name])
            policy = Path(packs[name], "policy.json")
            text = policy.read_text()
            for a, b in (('"id": "songjiang-2024"', f'"id": "{name}"'), *changes):
                assert a in text
                text = text.replace(a, b)
            policy.write_text(text)
        other = Server(DUIXIAN_POLICIES=folder)
        for day, pack in (("2025-06-30", "old"), ("2025-07-01", "new"), ("2029-01-27", "new")):
            said = json.loads(other.ask("POST", "/api/v1/assessments", {"facts": {}, "as_of": day})[2])
            assert said["pack"] == pack, (day, said["pack"])
            said = other.ask("POST", f"/api/v1/assessments:batch?as_of={day}&brief=false", b"{}", {"Content-Type": NDJSON})
            assert json.loads(said[2])["pack"] == pack
        digest = {p["id"]: p["digest"] for p in json.loads(other.ask("GET", "/api/v1/packs")[2])["packs"]}["old"]
        said = json.loads(other.ask("POST", "/api/v1/assessments", {"as_of": "2026-01-01", "pack": digest})[2])
        assert said["pack_digest"] == digest and {i["status"] for i in said["items"]} == {"not_in_force"}
        status, _, body = other.ask("POST", "/api/v1/assessments", {"facts": {}, "as_of": "2030-01-01"},
                                    {"Accept-Language": "en"})
        (error,) = json.loads(body)["errors"]
        assert status == 422 and (error["pointer"], error["code"]) == ("/as_of", "PACK_DAY")
        assert "new 2025-07-01 – 2029-01-27; old 2024-01-28 – 2025-06-30" in error["detail"], error
        status, _, body = other.ask("POST", "/api/v1/assessments:batch?as_of=2030-01-01", b"{}", {"Content-Type": NDJSON})
        assert status == 422 and [e["pointer"] for e in json.loads(body)["errors"]] == ["/as_of"]
        other.stop()


@test
def it_stops_when_asked():
    other = Server()
    other.process.send_signal(signal.SIGTERM)
    assert other.process.wait(timeout=15) == 0


@test
def a_taken_address_is_said():
    taken = subprocess.run([PROGRAM, "serve", "--listen", f"127.0.0.1:{server.port}", "--lang", "en"],
                           cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert taken.returncode == 1 and "cannot listen" in taken.stderr, taken
    wrong = subprocess.run([PROGRAM, "serve", "--listen", "nowhere", "--lang", "en"],
                           cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert wrong.returncode == 2 and "nowhere" in wrong.stderr and not wrong.stdout


def main():
    global server
    server = Server()
    return serving.run(tests, lambda: server.stop())


sys.exit(main())
