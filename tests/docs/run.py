#!/usr/bin/env python3
"""Does what the documents say, in a copy of the tree, and compares what comes out with what they show.

    run.py [--update] DUIXIAN [DOCUMENT.md...]

In every ```console block a line that begins with "$ " is run by a shell, and the lines below it are what
it must print; a line "..." stands for any number of lines. Every ```diff block is applied to the file it
names. A document is one walk from top to bottom; one that speaks
to http://127.0.0.1:8080 gets a server of its own, on another port. ./run is a stand-in that runs DUIXIAN, so that nothing
is built again. --update puts what was printed into the document, where no "..." shortens it. TAP.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import serving  # noqa: E402 (the folder above is on the path from here on)

ROOT = serving.ROOT
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/api.md", "docs/operations.md",
             "docs/simulate.md"]
ADDRESS = "127.0.0.1:8080"
BLOCK = re.compile(r"^```(console|diff)\n(.*?)^```$", re.M | re.S)
# Commands that install or build, or run these tests: shown, not run here.
NOT_HERE = re.compile(r"(\./run|\./test.*|git .*)")


def shell(command, folder, address):
    done = subprocess.run(
        ["sh", "-c", command.replace(ADDRESS, address)], cwd=folder, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8", "DUIXIAN_POLICIES": str(folder / "policies")},
    )
    return done.stdout.replace(address, ADDRESS)


def matches(shown, printed):
    parts = [re.escape(part) for part in re.split(r"^\.\.\.\n", shown, flags=re.M)]
    return re.fullmatch(r"(?:.*\n)*".join(parts), printed) is not None


def run_console(block, folder, address, results):
    """Runs each command of a block; returns the block with what was printed."""
    new = ""
    for part in re.split(r"^(?=\$ )", block, flags=re.M):
        if not part.startswith("$ "):
            new += part
            continue
        command, shown = re.fullmatch(r"\$ (.*?(?:\\\n.*?)*)\n(.*)", part, re.S).groups()
        if NOT_HERE.fullmatch(command):
            new += part
            continue
        printed = shell(command, folder, address)
        ok = matches(shown, printed)
        results.append((ok, command, "" if ok else f"shown:\n{shown}printed:\n{printed}"))
        new += f"$ {command}\n" + (shown if ok else printed)
    return new


def apply_diff(block, folder, results):
    """A diff without line numbers: '---' and '+++' name the file, '@@' begins a hunk further down."""
    name = re.search(r"^\+\+\+ (.*)$", block, re.M)[1]
    file = folder / name
    text, at, ok = file.read_text(encoding="utf-8"), 0, True
    for hunk in re.split(r"^@@.*\n", block, flags=re.M):
        lines = [line for line in hunk.splitlines() if not line.startswith(("---", "+++"))]
        old = "".join(line[1:] + "\n" for line in lines if line[:1] in " -")
        new = "".join(line[1:] + "\n" for line in lines if line[:1] in " +")
        found = text.find(old, at)
        ok = ok and found >= 0
        if ok:
            text, at = text[:found] + new + text[found + len(old):], found + len(new)
    file.write_text(text, encoding="utf-8")
    results.append((ok, f"the diff of {name} applies", "" if ok else f"not found:\n{old}"))


def walk(document, duixian, update):
    results, path = [], ROOT / document
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("policies", "examples"):
            shutil.copytree(ROOT / part, folder / part)
        (folder / "run").write_text(f'#!/bin/sh\nexec "{duixian}" "$@"\n')
        (folder / "run").chmod(0o755)

        def visit(match):
            kind, block = match.groups()
            if kind == "diff":
                apply_diff(block, folder, results)
                return match[0]
            return f"```console\n{run_console(block, folder, address, results)}```"

        text = path.read_text(encoding="utf-8")
        server = serving.Server(duixian, "--quiet") if ADDRESS in "".join(m[2] for m in BLOCK.finditer(text)) else None
        address = f"127.0.0.1:{server.port}" if server else ADDRESS
        new = BLOCK.sub(visit, text)
        if server:
            server.stop()
        if update and new != text:
            path.write_text(new, encoding="utf-8")
    return results


def main(arguments):
    update = "--update" in arguments
    duixian, *documents = [a for a in arguments if a != "--update"]
    results = []
    for document in documents or DOCUMENTS:
        results += [(ok, f"{document}: {text}", why)
                    for ok, text, why in walk(document, Path(duixian).resolve(), update)]
    for ok, text, why in results:
        print("ok" if ok else "not ok", "-", text.replace("\n", " "))
        print("".join(f"# {line}\n" for line in why.splitlines()), end="")
    print(f"1..{len(results)}")
    return 0 if all(ok for ok, _, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
