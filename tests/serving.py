"""What the tests of the server share: starting it on a free port, speaking to it, and running the tests of
a file one after another."""

import http.client
import json
import os
import re
import socket
import subprocess
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Server:
    """`duixian serve` with further options. It must end well when it is stopped: a sanitizer that found
    something ends it with a status of its own."""

    def __init__(self, program, *options, **environment):
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--lang", "en", *options],
            cwd=ROOT, stderr=subprocess.PIPE, text=True,
            env=os.environ | environment)
        line = self.process.stderr.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        assert found, f"no address in {line!r}"
        self.port = int(found.group(1))

    def stop(self):
        """What it still had to say, after it ended well."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, f"ended with {self.process.returncode}: {said[-3000:]}"
        return said

    def memory_kib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def processor_ms(self):
        ticks = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        return sum(map(int, ticks)) * 1000 / os.sysconf("SC_CLK_TCK")

    def connect(self, timeout=30):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def ask(self, method, path, body=None, headers=()):
        """(status, headers, body) of the reply; a body that is no bytes goes out as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        head = dict(headers)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body, ensure_ascii=False).encode()
            head.setdefault("Content-Type", "application/json")
        connection.request(method, path, body, head)
        reply = connection.getresponse()
        data = reply.read()
        connection.close()
        return reply.status, dict(reply.getheaders()), data

    def raw(self, data):
        """What comes back for bytes that a client library would not send; b"" for no answer."""
        with self.connect(timeout=3) as s:
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            out = b""
            try:
                while chunk := s.recv(65536):
                    out += chunk
            except (ConnectionResetError, TimeoutError):
                pass  # closed, or left to the idle limit: no answer either way
            return out

    def counted(self, pattern):
        """The number that /metrics has behind the pattern."""
        text = self.ask("GET", "/metrics")[2].decode()
        return int(re.search(pattern + r" (\d+)$", text, re.M).group(1))


class Skip(Exception):
    """Raised by a test that cannot be done here; says why."""


def run(tests, stop):
    """Runs the tests, then stop(), in TAP; 0 when all is well."""
    failed = 0
    for number, fn in enumerate([*tests, stop], 1):
        verdict, name = "ok", "the server ends well" if fn is stop else fn.__name__.replace("_", " ")
        left_out, why = "", []
        try:
            fn()
        except Skip as reason:
            left_out = f" # SKIP {reason}"
        except Exception as error:
            at = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name == fn.__name__][-1:]
            where = f"line {at[0].lineno}: {at[0].line}\n" if at else ""
            verdict, why = "not ok", f"{where}{type(error).__name__}: {error}".splitlines()
            failed += 1
        print(f"{verdict} {number} - {name}{left_out}")
        print("".join(f"# {line}\n" for line in why), end="", flush=True)
    print(f"1..{len(tests) + 1}")
    print(f"{len(tests) + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0
