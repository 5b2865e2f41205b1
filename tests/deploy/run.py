#!/usr/bin/env python3
"""Tries what deploy/ has: run.py DUIXIAN. Starts the real server behind a real nginx with deploy/nginx.conf,
of which only ports, paths and the certificate are changed, and speaks TLS to it. Prints TAP and "N passed, N
failed"."""

import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import serving  # noqa: E402 (the folder above is on the path from here on)

ROOT = serving.ROOT
PROGRAM = sys.argv[1]
NAME = "duixian.example"
tests = []


def test(fn):
    tests.append(fn)
    return fn


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Front:
    """nginx and the server behind it, in a folder of their own."""

    def __init__(self, folder):
        self.folder, self.http, self.https = folder, free_port(), free_port()
        options = self.unit_options()
        web = folder / "web"
        (web / "assets").mkdir(parents=True)
        (web / "index.html").write_text("<!doctype html><title>x</title>")
        (web / "assets/a-1.js").write_text("export {};")
        self.server = serving.Server(PROGRAM, "--web", str(web), *options)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
             "-keyout", folder / "key.pem", "-out", folder / "fullchain.pem"],
            check=True, capture_output=True)
        (folder / "site.conf").write_text(self.site())
        (folder / "nginx.conf").write_text(
            f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nworker_processes 1;\ndaemon off;\n"
            "events { worker_connections 1024; }\nhttp {\n"
            + "".join(f"    {kind}_temp_path {folder}/{kind};\n"
                      for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + f"    include {folder}/site.conf;\n}}\n")
        self.nginx = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-p", folder],
                                      stderr=subprocess.PIPE, text=True)
        self.wait()

    @staticmethod
    def unit_options():
        """What the unit gives the server beyond addresses and folders."""
        line = re.search(r"^ExecStart=(.*)$", (ROOT / "deploy/duixian.service").read_text(), re.M).group(1)
        words = line.split()
        return [w for name in ("--rate", "--proxy") for w in words[words.index(name):][:2]]

    def site(self):
        text = (ROOT / "deploy/nginx.conf").read_text()
        for old, new in (("listen 80;", f"listen 127.0.0.1:{self.http};"),
                         ("listen 443 ssl", f"listen 127.0.0.1:{self.https} ssl"),
                         ("127.0.0.1:8080", f"127.0.0.1:{self.server.port}"),
                         ("/etc/ssl/duixian/", f"{self.folder}/"), ("/var/log/nginx/", f"{self.folder}/")):
            assert old in text, old
            text = text.replace(old, new)
        return text

    def wait(self):
        for _ in range(100):
            if self.nginx.poll() is not None:
                raise RuntimeError(self.nginx.stderr.read())
            try:
                socket.create_connection(("127.0.0.1", self.https)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("nginx does not listen")

    def tls(self, protocols=("http/1.1",)):
        context = ssl.create_default_context(cafile=self.folder / "fullchain.pem")
        context.set_alpn_protocols(list(protocols))
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.https), timeout=10),
                                   server_hostname=NAME)

    def ask(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection(NAME)
        connection.sock = self.tls()
        connection.request(method, path, body, dict(headers))
        reply = connection.getresponse()
        data = reply.read()
        connection.close()
        return reply.status, dict(reply.getheaders()), data

    def stop(self):
        self.nginx.terminate()
        self.nginx.wait(timeout=15)
        self.server.stop()


front = None
JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}


@test
def pages_come_through():
    status, headers, body = front.ask("GET", "/")
    assert status == 200 and b"<!doctype html>" in body and headers["Content-Type"].startswith("text/html")
    assert "immutable" in front.ask("GET", "/assets/a-1.js")[1]["Cache-Control"]


@test
def the_api_answers():
    facts = json.loads((ROOT / "examples/precision-works.json").read_text())
    status, _, body = front.ask("POST", "/api/v1/assessments", json.dumps({"facts": facts}), JSON)
    assert status == 200 and len(json.loads(body)["items"]) == 29
    status, _, body = front.ask("POST", "/dmn/article-01", "{}", JSON)
    assert status == 200 and json.loads(body)


@test
def headers_survive():
    want = front.server.ask("GET", "/api/v1/packs/songjiang-2024")[1]
    got = front.ask("GET", "/api/v1/packs/songjiang-2024")[1]
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "ETag",
                 "Cross-Origin-Opener-Policy", "Permissions-Policy", "Cache-Control", "Content-Type"):
        assert got[name] == want[name], name
    assert got["Strict-Transport-Security"].startswith("max-age=")
    status, _, body = front.ask("GET", "/api/v1/packs/songjiang-2024", headers={"If-None-Match": got["ETag"]})
    assert status == 304 and body == b""
    status, _, body = front.ask("POST", "/api/v1/assessments", "{", {**JSON, "Accept-Language": "en"})
    assert status == 400 and "not JSON" in json.loads(body)["title"]


@test
def long_texts_are_compressed():
    status, headers, body = front.ask("GET", "/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert status == 200 and headers["Content-Encoding"] == "gzip" and body[:2] == b"\x1f\x8b"


@test
def too_much_is_refused():
    assert front.ask("POST", "/api/v1/assessments", b"[" * (1100 << 10), JSON)[0] == 413
    assert front.ask("POST", "/api/v1/assessments:batch", (b"{}" + b" " * 4000 + b"\n") * 500, NDJSON)[0] == 200
    assert front.ask("POST", "/api/v1/jobs", b'{"x": 1}\n' * 200000, NDJSON)[0] == 202
    with front.tls() as s:
        s.sendall(b"POST /api/v1/assessments:batch HTTP/1.1\r\nHost: %s\r\nContent-Length: 70000000\r\n\r\n"
                  % NAME.encode())
        assert s.recv(100).split()[1] == b"413"
    assert front.ask("GET", "/", headers={"X": "a" * 20000})[0] == 400


@test
def http_2_is_spoken_and_plain_http_sent_on():
    with front.tls(("h2", "http/1.1")) as s:
        assert s.selected_alpn_protocol() == "h2"
    plain = http.client.HTTPConnection("127.0.0.1", front.http)
    plain.request("GET", "/x?y=1", headers={"Host": NAME})
    reply = plain.getresponse()
    assert reply.status == 301 and reply.getheader("Location") == f"https://{NAME}/x?y=1"


@test
def nothing_personal_is_logged():
    front.ask("GET", "/secret?fact=secret", headers={"Referer": "https://secret/"})
    time.sleep(0.2)
    log = (front.folder / "duixian.log").read_text()
    assert log and all(json.loads(line) for line in log.splitlines())
    assert "secret" not in log and "127.0.0.1" not in log


@test
def who_asks_too_often_is_told():
    statuses = [front.ask("GET", "/healthz")[0] for _ in range(10)]
    assert statuses[0] == 200
    with front.tls() as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n" % NAME.encode() * 400)
        seen, answer = b"", b"x"
        s.settimeout(3)
        while answer and b" 429 " not in seen:
            answer = s.recv(65536)
            seen += answer
    assert b" 429 " in seen
    time.sleep(2.5)
    assert front.ask("GET", "/healthz")[0] == 200


@test
def systemd_takes_the_unit():
    tool = shutil.which("systemd-analyze")
    if not tool:
        raise serving.Skip("systemd-analyze is not here")
    with tempfile.TemporaryDirectory() as folder:
        unit = Path(folder, "duixian.service")
        text = (ROOT / "deploy/duixian.service").read_text()
        unit.write_text(text.replace("/usr/local/bin/duixian", str(Path(PROGRAM).resolve())))
        said = subprocess.run([tool, "verify", "--man=no", unit], capture_output=True, text=True)
        faults = [line for line in said.stderr.splitlines() if "duixian" in line]
        assert not faults, faults
        said = subprocess.run([tool, "security", "--offline=true", unit], capture_output=True, text=True)
        exposure = re.search(r"exposure level for \S+: ([\d.]+)", said.stdout)
        assert exposure and float(exposure.group(1)) < 2, said.stdout[-500:] + said.stderr
        print(f"# systemd-analyze security: exposure {exposure.group(1)} of 10")


NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def main():
    global front
    if not NGINX or not shutil.which("openssl"):
        print("# skipped: nginx and openssl are needed\n1..0\n0 passed, 0 failed")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # nginx gives up root for a user of its own
        front = Front(Path(folder))
        return serving.run(tests, lambda: front.stop())


sys.exit(main())
