#!/usr/bin/env python3
"""Run the command line as a person would and compare what comes back.

    run.py [--bin BINARY] [CASES.txt ...]

A file of cases is lines; a case begins with `case NAME` and goes on with directives, each in a
folder of its own that is thrown away:

    file NAME TEXT       writes a file (TEXT as it is)       lines NAME N TEXT   TEXT, N times
    bytes NAME TEXT      the same with Python's escapes       zeros NAME SIZE     a file of SIZE NULs
    deep NAME N          N nested arrays                      digits NAME N PATH  facts with a number of N digits
    pack NAME            a copy of the Songjiang pack         remove PATH         removes a file
    replace PATH A => B  replaces the first A by B in a file  break DIR N         a syntax error in the N-th decision table
    tables NAME N        a model of N decision tables, the last with a syntax error
    env NAME VALUE       sets a variable (empty: unsets it)   input NAME          standard input

    run ARGUMENTS        the command, split as a shell would; {repo} is the repository
    exit N               the exit status (default 0)
    out is TEXT | out has TEXT | out ~ REGEX | out none       standard output
    err has TEXT | err ~ REGEX | err none | err lines N       standard error
    zh has TEXT | zh ~ REGEX, en ...                          standard error with --lang zh, --lang en added
    made NAME has TEXT | made NAME none                       a file the command wrote
    within SECONDS       the longest the command may take

With exit 2, standard output must be empty and standard error must not be, unasked. TEXT may hold \\n.
Prints TAP and last the counts; exit status 1 when a case failed.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parent.parent
PACK = REPO / "policies" / "songjiang-2024"
LIMIT_SECONDS = 60

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="m" namespace="urn:m">
  <inputData id="i" name="x"><variable name="x" typeRef="number"/></inputData>
%s</definitions>
"""
TABLE = """  <decision id="d%d" name="d%d"><variable name="d%d" typeRef="number"/>
    <informationRequirement id="r%d"><requiredInput href="#i"/></informationRequirement>
    <decisionTable hitPolicy="UNIQUE">
      <input><inputExpression typeRef="number"><text>x</text></inputExpression></input>
      <output/>
      <rule><inputEntry><text>%s</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>
    </decisionTable></decision>
"""
BROKEN_CELL = "&gt;= (1 +"


def text_of(argument):
    return argument.replace("\\n", "\n")


def break_table(folder, number):
    """Puts a syntax error into the first cell of the number-th table of the models of a folder."""
    seen = 0
    for path in sorted(folder.glob("*.dmn")):
        source = path.read_text(encoding="utf-8")
        for table in re.finditer(r"<decisionTable\b.*?</decisionTable>", source, re.S):
            seen += 1
            if seen == number:
                cell = re.compile(r"(<inputEntry\b[^>]*>\s*<text>)[^<]*").search(source, table.start())
                source = source[: cell.start()] + cell.group(1) + BROKEN_CELL + source[cell.end() :]
                path.write_text(source, encoding="utf-8")
                return
    raise SystemExit(f"{folder} has no {number} tables")


class Case:
    def __init__(self, name, where):
        self.name, self.where = name, where
        self.steps, self.checks = [], []
        self.run, self.status, self.within = None, 0, LIMIT_SECONDS
        self.env, self.input, self.languages = {}, None, []

    def add(self, word, rest):
        if word == "run":
            self.run = rest
        elif word == "exit":
            self.status = int(rest)
        elif word == "within":
            self.within = float(rest)
        elif word == "env":
            name, _, value = rest.partition(" ")
            self.env[name] = value
        elif word == "input":
            self.input = rest
        elif word in ("out", "err", "zh", "en", "made"):
            self.checks.append((word, rest))
            if word in ("zh", "en") and word not in self.languages:
                self.languages.append(word)
        else:
            self.steps.append((word, rest))


def prepare(folder, word, rest):
    first, _, text = rest.partition(" ")
    path = folder / first
    if word == "file":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(text) + "\n", encoding="utf-8")
    elif word == "lines":
        count, _, line = text.partition(" ")
        path.write_text((line + "\n") * int(count), encoding="utf-8")
    elif word == "bytes":
        path.write_bytes(text.encode().decode("unicode_escape").encode("latin-1"))
    elif word == "zeros":
        with open(path, "wb") as file:
            file.truncate(int(text))
    elif word == "deep":
        path.write_text("[" * int(text) + "]" * int(text))
    elif word == "digits":
        count, _, at = text.partition(" ")
        subject, _, fact = at.partition(".")
        path.write_text('{"%s": {"%s": %s}}' % (subject, fact, "1" * int(count)), encoding="utf-8")
    elif word == "pack":
        shutil.copytree(PACK, path)
    elif word == "remove":
        path.unlink()
    elif word == "replace":
        old, _, new = text.partition(" => ")
        source = path.read_text(encoding="utf-8")
        if old not in source:
            raise SystemExit(f"{first} does not hold {old!r}")
        path.write_text(source.replace(old, new, 1), encoding="utf-8")
    elif word == "break":
        break_table(path, int(text))
    elif word == "tables":
        n = int(text)
        cells = ["&gt; 0"] * (n - 1) + [BROKEN_CELL]
        tables = "".join(TABLE % (i, i, i, i, cells[i - 1]) for i in range(1, n + 1))
        path.write_text(MODEL % tables, encoding="utf-8")
    else:
        raise SystemExit(f"unknown directive {word!r}")


def holds(check, text):
    how, _, what = check.partition(" ")
    what = text_of(what)
    if how == "none":
        return text == ""
    if how == "is":
        return text.rstrip("\n") == what
    if how == "has":
        return what in text
    if how == "lines":
        return len(text.splitlines()) == int(what)
    if how == "~":
        return re.search(what, text, re.M) is not None
    raise SystemExit(f"unknown check {check!r}")


def faults_of(case, folder, binary, language):
    """What is wrong with one run of a case."""
    arguments = [a.replace("{repo}", str(REPO)) for a in shlex.split(case.run)]
    arguments += ["--lang", language] if language else []
    env = {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_ALL", "LC_MESSAGES")}
    env["DUIXIAN_POLICIES"] = str(REPO / "policies")
    env.update(case.env)
    env = {k: v for k, v in env.items() if v}
    stdin = open(folder / case.input, "rb") if case.input else subprocess.DEVNULL
    start = time.monotonic()
    done = subprocess.run([binary, *arguments], cwd=folder, env=env, stdin=stdin,
                          capture_output=True, timeout=LIMIT_SECONDS)
    seconds = time.monotonic() - start
    out = done.stdout.decode("utf-8", "backslashreplace")
    err = done.stderr.decode("utf-8", "backslashreplace")
    faults = []
    if done.returncode != case.status:
        faults.append(f"exit status {done.returncode}, expected {case.status}")
    if case.status == 2 and (out or not err):
        faults.append("exit status 2 wants a message and nothing on standard output")
    if seconds > case.within:
        faults.append(f"took {seconds:.2f} s")
    for word, check in case.checks:
        if word == "made":
            name, _, check = check.partition(" ")
            made = folder / name
            seen = made.read_text(encoding="utf-8") if made.exists() else ""
        elif word in ("zh", "en"):
            if word != language:
                continue
            seen = err
        else:
            seen = out if word == "out" else err
        if not holds(check, seen):
            faults.append(f"{word} {check}")
    if faults:
        faults += ["standard output: " + line for line in out.splitlines()[:5]]
        faults += ["standard error: " + line for line in err.splitlines()[:5]]
    return faults


def run_case(case, binary):
    faults = []
    for language in case.languages or [None]:
        with tempfile.TemporaryDirectory(prefix="duixian-") as name:
            folder = pathlib.Path(name)
            for word, rest in case.steps:
                prepare(folder, word, rest)
            faults += [f"{language or ''} {fault}" for fault in
                       faults_of(case, folder, binary, language)]
    return faults


def read_cases(path):
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.strip().partition(" ")
        if word == "case":
            cases.append(Case(rest, f"{path.name}:{number}"))
        else:
            cases[-1].add(word, rest)
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=os.environ.get("DUIXIAN", str(REPO / "build" / "duixian")))
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    binary = os.path.abspath(options.bin)
    cases = [c for path in options.files or sorted(HERE.glob("*.txt")) for c in read_cases(path)]
    failed = 0
    for number, case in enumerate(cases, 1):
        faults = run_case(case, binary)
        failed += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {number} - {case.where}: {case.name}", flush=True)
        for fault in faults:
            print("# " + fault)
    print(f"1..{len(cases)}")
    print(f"# {len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
