#!/usr/bin/env python3
"""What is said about broken models, word for word, in Chinese and English.

    run.py [--bin BINARY] [--update] [NAME ...]

Each NAME.dmn is a small model with one or more faults, named after them; NAME.txt is all that
`duixian dmn check` says about it (standard error, standard output, exit status), first in Chinese,
then in English. Beside a NAME.json the model is sound, and NAME.txt is what `duixian dmn eval --trace` says
with that input: why each null is null. --update writes what is said now, for a person to read.
Prints TAP; exit status 1 when anything differs.
"""

import argparse
import difflib
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parent.parent


def said(binary, name, language):
    path = HERE / f"{name}.dmn"
    if path.with_suffix(".json").exists():
        command = ["dmn", "eval", path.name, "--input", f"{path.stem}.json", "--trace"]
    else:
        command = ["dmn", "check", path.name]
    done = subprocess.run([binary, *command, "--lang", language], cwd=path.parent, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True)
    text = (done.stderr + done.stdout).decode("utf-8", "backslashreplace")
    return text + f"[{done.returncode}]\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=str(REPO / "build" / "duixian"))
    parser.add_argument("--update", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    binary = os.path.abspath(options.bin)
    names = options.names or sorted(
        str(path.relative_to(HERE).with_suffix("")) for path in HERE.rglob("*.dmn"))
    failed = 0
    for number, name in enumerate(names, 1):
        seen = said(binary, name, "zh") + said(binary, name, "en")
        path = HERE / f"{name}.txt"
        if options.update:
            path.write_text(seen, encoding="utf-8")
        wanted = path.read_text(encoding="utf-8") if path.exists() else ""
        failed += seen != wanted
        print(f"{'ok' if seen == wanted else 'not ok'} {number} - {name}")
        for line in difflib.unified_diff(wanted.splitlines(), seen.splitlines(), "expected", "said",
                                         lineterm=""):
            print("# " + line)
    print(f"1..{len(names)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
