#!/usr/bin/env python3
"""Compare a duixian binary with the oracle, item by item, over generated facts.

    run.py DUIXIAN_BINARY [--count N] [--seed S] [--pack DIR-OR-ID]

Each run of the plan (gen.py) is one `batch --brief` of the binary under one date and one choice
of readings. Prints TAP, then every class of difference once: how often it was seen and the
smallest facts object found that still shows it, with both answers. Exit status 1 on a difference.
"""

import argparse
import collections
import json
import subprocess
import sys
import tempfile
import time

import gen
from oracle import ITEMS, assess, read_facts

SHOWN_CLASSES = 40
SHRINKING_SECONDS = 30
"""A broken binary has more classes of difference than anyone reads or waits for."""


class Engine:
    def __init__(self, binary, pack, seconds):
        self.command = [binary, "batch", "--brief", *(["--pack", pack] if pack else [])]
        self.seconds = seconds

    def answers(self, lines, as_of, readings):
        """One parsed answer a line, exit status and messages; no answer where it gave none."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".ndjson") as facts:
            facts.writelines(line + "\n" for line in lines)
            facts.flush()
            options = ["--facts", facts.name, "--as-of", as_of]
            for name, option in readings.items():
                options += ["--reading", f"{name}={option}"]
            try:
                done = subprocess.run(
                    self.command + options, capture_output=True, timeout=self.seconds
                )
            except subprocess.TimeoutExpired:
                return [], None, f"no end within {self.seconds} s"
        answers = []
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            try:
                answers.append(json.loads(line))
            except ValueError:
                answers.append({"error": {"message": f"not JSON: {line[:200]}"}})
        return answers, done.returncode, done.stderr.decode("utf-8", "replace")


def differences(expected, got):
    """The classes of difference of one line: (what, detail) pairs, empty where all agrees."""
    if not isinstance(got, dict):
        return [("line", "no answer")]
    if "error" in got:
        return [("line", f"error: {got['error'].get('message')}")]
    found = []
    items = got.get("items", {})
    for item in ITEMS:
        want, have = expected["items"][item], items.get(item)
        if have is None:
            found.append((item, "item absent from the answer"))
        elif want["status"] != have.get("status"):
            found.append((item, f"status {want['status']}, engine {have.get('status')}"))
        elif want["amount"] != have.get("amount"):
            kinds = ["null" if v is None else "a sum" for v in (want["amount"], have.get("amount"))]
            found.append((item, f"amount: {kinds[0]}, engine {kinds[1]}"))
        elif want["missing"] != have.get("missing"):
            found.append((item, missing_difference(want["missing"], have.get("missing"))))
    if set(items) - set(ITEMS):
        found.append(("line", "items that do not exist"))
    if not found and expected["total"] != got.get("total"):
        found.append(("total", "total differs though all items agree"))
    return found


def missing_difference(want, have):
    have = have or []
    lost = ", ".join(sorted(set(want) - set(have))) or "nothing"
    extra = ", ".join(sorted(set(have) - set(want))) or "nothing"
    if lost == extra == "nothing":
        return "missing: not in order or named twice"
    return f"missing: engine leaves out {lost}; engine adds {extra}"


def smaller(facts):
    """Facts objects with less in them: at first one input beside the enterprise and nothing else,
    then everything but one input, one fact or one period."""
    if len(facts) > 2:
        for subject in facts:
            yield {k: v for k, v in facts.items() if k in ("企业", subject)}
    for subject, inner in facts.items():
        yield {k: v for k, v in facts.items() if k != subject}
        for name in inner or {}:
            rest = {k: v for k, v in inner.items() if k != name}
            yield {**facts, subject: rest}
            if isinstance(inner[name], list):
                for k in range(len(inner[name])):
                    shorter = inner[name][:k] + inner[name][k + 1 :]
                    yield {**facts, subject: {**inner, name: shorter}}


def shrink(engine, facts, as_of, readings, wanted, deadline):
    """Facts from which nothing can be taken without losing the difference `wanted`."""
    while time.monotonic() < deadline:
        candidates = list(smaller(facts))
        answers, _, _ = engine.answers([gen.dump(c) for c in candidates], as_of, readings)
        for candidate, got in zip(candidates, answers):
            if wanted in differences(assess(candidate, as_of, readings), got):
                facts = candidate
                break
        else:
            break
    return facts


class Report:
    def __init__(self, engine):
        self.engine = engine
        self.count = self.failed = 0
        self.classes = collections.OrderedDict()

    def run(self, title, as_of, readings, objects):
        lines = [gen.dump(facts) for facts in objects]
        answers, status, messages = self.engine.answers(lines, as_of, readings)
        bad = 0
        for k, line in enumerate(lines):
            facts = read_facts(line)
            got = answers[k] if k < len(answers) else None
            found = differences(assess(facts, as_of, readings), got)
            bad += bool(found)
            for difference in found:
                self.note(difference, facts, as_of, readings)
        complaint = ""
        if len(answers) > len(lines):
            complaint = f"{len(answers)} answers for {len(lines)} lines"
        elif status != 0:
            complaint = f"exit status {status}: {messages.strip()[:300]}"
        self.count += 1
        self.failed += bool(bad or complaint)
        verdict = "not ok" if bad or complaint else "ok"
        print(f"{verdict} {self.count} - {title} ({len(lines)} objects, {bad} differ)")
        if complaint:
            print(f"# {complaint}")
        sys.stdout.flush()

    def note(self, difference, facts, as_of, readings):
        seen = self.classes.setdefault(difference, [0, facts, as_of, readings])
        seen[0] += 1
        if len(gen.dump(facts)) < len(gen.dump(seen[1])):
            seen[1:] = [facts, as_of, readings]

    def explain(self):
        deadline = time.monotonic() + SHRINKING_SECONDS
        classes = sorted(self.classes.items(), key=lambda entry: -entry[1][0])
        for difference, (count, facts, as_of, readings) in classes[:SHOWN_CLASSES]:
            item, detail = difference
            print(f"#\n# item {item}: {detail} ({count} times)")
            if item != "line":
                facts = shrink(self.engine, facts, as_of, readings, difference, deadline)
            line = gen.dump(facts)
            want = assess(facts, as_of, readings)
            answers, _, _ = self.engine.answers([line], as_of, readings)
            have = answers[0] if answers and isinstance(answers[0], dict) else {}
            print(f"#   as of {as_of}, {gen.spelt(readings)}\n#   facts   {line}")
            if item in ITEMS:
                want, have = want["items"][item], have.get("items", {}).get(item)
                print(f"#   oracle  {json.dumps(want, ensure_ascii=False)}")
            print(f"#   engine  {json.dumps(have, ensure_ascii=False)[:2000]}")

        hidden = collections.Counter(item for (item, _), _ in classes[SHOWN_CLASSES:])
        if hidden:
            rest = ", ".join(f"{count} of item {item}" for item, count in hidden.items())
            print(f"#\n# and more classes, not shown: {rest}")

    def finish(self):
        self.explain()
        print(f"1..{self.count}")
        print(f"# {self.count - self.failed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def main():
    parser = argparse.ArgumentParser(description="compare a duixian binary with the oracle")
    parser.add_argument("binary")
    parser.add_argument("--count", type=int, default=7000, help="random objects in all")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--pack", help="handed on to the binary")
    parser.add_argument("--seconds", type=int, default=120, help="time limit of one batch")
    options = parser.parse_args()
    report = Report(Engine(options.binary, options.pack, options.seconds))
    for run in gen.plan(options.seed, options.count):
        report.run(*run)
    return report.finish()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main())
