#!/usr/bin/env python3
"""The shared library as other programs see it. TAP.

    library.py LIBDUIXIAN.SO BUILD-FOLDER

It exports what the header declares and nothing else; the header stands alone in C11 and C++11; installed,
it is found by pkg-config; and every ```c program in docs/embedding.md and examples/embed/README.md's program,
built in C and in C++, prints what is shown below it.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HEADER = ROOT / "include" / "duixian.h"
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
LANGUAGES = {"C": ["gcc", "-x", "c", "-std=c11"], "C++": ["g++", "-x", "c++", "-std=c++11"]}

results = []


def check(ok, name, detail=""):
    results.append(ok)
    print("ok" if ok else "not ok", len(results), "-", name)
    if not ok:
        print("# " + str(detail).replace("\n", "\n# "))


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, cwd=ROOT, **options)


def check_names(library):
    listed = run("nm", "-D", "--defined-only", library).stdout.split("\n")
    exported = {line.split()[-1] for line in listed if line}
    declared = set(re.findall(r"^DUIXIAN_API [^(]*?(\w+)\(", HEADER.read_text(), re.M))
    check(exported == declared, "the names exported are those of the header", exported ^ declared)


def check_header():
    for name, compiler in LANGUAGES.items():
        done = run(*compiler, *STRICT, "-fsyntax-only", HEADER)
        check(done.returncode == 0, f"the header alone in {name}", done.stderr)


def install(build, folder):
    """What a program needs to be built, in a folder of its own; returns the flags and the environment."""
    done = run("meson", "install", "-C", build, "--no-rebuild", "--tags", "devel,runtime",
               env={**os.environ, "DESTDIR": folder})
    found = sorted(Path(folder).rglob("duixian.pc"))
    check(len(found) == 1, "it can be installed", done.stdout + done.stderr)
    if not found:
        sys.exit(1)
    env = {**os.environ, "PKG_CONFIG_PATH": str(found[0].parent), "PKG_CONFIG_SYSROOT_DIR": folder}
    flags = run("pkg-config", "--cflags", "--libs", "duixian", env=env)
    check(flags.returncode == 0 and "-lduixian" in flags.stdout, "pkg-config knows it", flags.stderr)
    where = str(found[0].parent.parent)
    return flags.stdout.split(), {**os.environ, "LD_LIBRARY_PATH": where, "LC_ALL": "C.UTF-8"}


def build(source, language, flags, program):
    return run(*LANGUAGES[language], *STRICT, source, "-x", "none", "-o", program, *flags)


def check_embed(language, flags, env, folder):
    """Each command of the README prints what is shown."""
    program = Path(folder, "embed")
    done = build(ROOT / "examples/embed/embed.c", language, flags, program)
    check(done.returncode == 0, f"examples/embed/embed.c builds in {language}", done.stderr)
    text = (ROOT / "examples/embed/README.md").read_text(encoding="utf-8")
    for command, shown in re.findall(r"^\$ \./embed (.*)\n((?:[^$`].*\n)*)", text, re.M):
        done = run("sh", "-c", f"'{program}' {command} 2>&1", env=env)
        name = re.sub(r"[#\\]", "", command)
        check(done.stdout == shown, f"{language}: embed {name}", f"shown:\n{shown}printed:\n{done.stdout}")


def check_page(language, flags, env, folder):
    """Each program of the page prints the block that follows it."""
    text = (ROOT / "docs/embedding.md").read_text(encoding="utf-8")
    pairs = re.findall(r"^```c\n(.*?)^```\n.*?^```text\n(.*?)^```", text, re.M | re.S)
    check(bool(pairs), "docs/embedding.md has a program")
    for number, (code, shown) in enumerate(pairs, 1):
        source, program = Path(folder, "page.c"), Path(folder, "page")
        source.write_text(code, encoding="utf-8")
        done = build(source, language, flags, program)
        check(done.returncode == 0, f"program {number} of docs/embedding.md builds in {language}", done.stderr)
        done = run(program, env=env)
        check(done.stdout == shown, f"program {number} of docs/embedding.md in {language}", done.stdout + done.stderr)


def main():
    library, build_folder = sys.argv[1:]
    check_names(Path(library).resolve())
    check_header()
    with tempfile.TemporaryDirectory() as folder:
        flags, env = install(build_folder, folder)
        for language in LANGUAGES:
            check_embed(language, flags, env, folder)
            check_page(language, flags, env, folder)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
