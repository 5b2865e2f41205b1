#!/usr/bin/env python3
"""Check the pack's cases against the oracle, without the engine.

    check_cases.py [CASES-DIRECTORY]

Every case of every file must say what the oracle says; and the cases of an item must be complete:
at least eight, each fact that the item reads once null and once missing, each option of each
reading that the item depends on. Prints TAP, one line a file. Exit status 1 if anything is wrong.
"""

import collections
import pathlib
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal

import oracle
from gen import INPUTS

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent.parent / "policies" / "songjiang-2024" / "cases"
TCK = "{http://www.omg.org/spec/DMN/20160719/testcase}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
DEFAULT_DAY = "2025-06-30"
LEAST = 8
ITEM_READINGS = {"2": "R2", "3.1": "R3", "4": "R4", "13": "R13", "17.1": "R17"}


# ---- reading the TCK's format --------------------------------------------------------------------


def value_of(node):
    """What a node of the TCK's valueType holds: a value, a structure, or a list."""
    value = node.find(TCK + "value")
    if value is not None:
        return scalar(value)
    values = node.find(TCK + "list")
    if values is not None:
        return [value_of(item) for item in values.findall(TCK + "item")]
    return {c.get("name"): value_of(c) for c in node.findall(TCK + "component")}


def scalar(value):
    if value.get(XSI + "nil") == "true":
        return None
    kind, text = value.get(XSI + "type"), value.text or ""
    if kind == "xsd:boolean":
        return {"true": True, "false": False}[text]
    if kind == "xsd:decimal":
        return Decimal(text)
    if kind in ("xsd:string", "xsd:date"):
        return text
    raise ValueError(f"a value of type {kind}")


class Case:
    def __init__(self, node):
        self.id = node.get("id")
        self.item = self.id.rsplit("-", 1)[0]
        self.description = node.findtext(TCK + "description") or ""
        inputs = {n.get("name"): value_of(n) for n in node.findall(TCK + "inputNode")}
        self.as_of = inputs.pop("评估日", DEFAULT_DAY)
        self.readings = inputs.pop("口径", {})
        self.facts = inputs
        results = node.findall(TCK + "resultNode")
        self.results = {r.get("name"): value_of(r.find(TCK + "expected")) for r in results}

    def problems(self):
        if set(self.results) != {self.item}:
            yield f"asserts {sorted(self.results)} instead of its own item"
            return
        if not any("\u4e00" <= c <= "\u9fff" for c in self.description):
            yield "has no description in Chinese"
        for subject, facts in self.facts.items():
            unknown = set(facts or {}) - set(INPUTS.get(subject, {}))
            if subject not in INPUTS or unknown:
                yield f"names facts that do not exist: {subject} {sorted(unknown)}"
        for name, option in self.readings.items():
            if option == oracle.DEFAULTS[name]:
                yield f"spells out the default of {name}"
        want = oracle.assess(self.facts, self.as_of, self.readings)["items"][self.item]
        got = dict(self.results[self.item])
        if got.get("amount") is not None:
            got["amount"] = oracle.money(oracle.exact(got["amount"]))
        if got != want:
            yield f"expects {got}; the oracle says {want}"


# ---- completeness --------------------------------------------------------------------------------


class Watched(oracle.Facts):
    """Facts that remember what was read."""

    def __init__(self, inputs):
        super().__init__(inputs)
        self.read = set()

    def __call__(self, subject, name):
        self.read.add((subject, name))
        return super().__call__(subject, name)


def gaps(item, cases):
    """What the cases of an item leave out, in words."""
    if len(cases) < LEAST:
        yield f"item {item} has {len(cases)} cases, fewer than {LEAST}"
    read, null, missing = set(), set(), set()
    for case in cases:
        facts = Watched(case.facts)
        oracle.decide(oracle.ITEMS[item], facts, dict(oracle.DEFAULTS, **case.readings))
        read |= facts.read
        for subject, names in INPUTS.items():
            known = case.facts.get(subject, {}) or {}
            null |= {(subject, n) for n, v in known.items() if v is None}
            missing |= {(subject, n) for n in names if n not in known}
    for what, seen in (("null", null), ("missing", missing)):
        for subject, name in sorted(read - seen):
            yield f"item {item} has no case with {subject}.{name} {what}"
    if item in ITEM_READINGS:
        name = ITEM_READINGS[item]
        used = {case.readings.get(name, oracle.DEFAULTS[name]) for case in cases}
        for option in sorted(set(oracle.READINGS[name]) - used):
            yield f"item {item} has no case under {name}={option}"
    words = collections.Counter(case.description for case in cases)
    for description in sorted(d for d, n in words.items() if n > 1):
        yield f"item {item} has two cases described as “{description}”"


def check_file(path):
    """The items of one file with the number of their cases, and everything wrong in it."""
    root = ET.parse(path).getroot()
    wrong = []
    if root.findtext(TCK + "modelName") != "songjiang-2024":
        wrong.append("modelName is not songjiang-2024")
    cases = [Case(node) for node in root.findall(TCK + "testCase")]
    for case_id, count in collections.Counter(case.id for case in cases).items():
        if count > 1:
            wrong.append(f"{case_id} stands twice")
    by_item = collections.defaultdict(list)
    for case in cases:
        by_item[case.item].append(case)
        wrong += [f"{case.id} {problem}" for problem in case.problems()]
    for item, of_item in by_item.items():
        if int(item.split(".")[0]) != int(path.stem):
            wrong.append(f"item {item} does not belong into this file")
        wrong += gaps(item, of_item)
    return {item: len(of_item) for item, of_item in by_item.items()}, wrong


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else CASES
    seen, failed, number = {}, 0, 0
    for number, path in enumerate(sorted(folder.glob("*.xml")), 1):
        counts, wrong = check_file(path)
        seen.update(counts)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {path.name}: {sum(counts.values())} cases")
        for problem in wrong:
            print(f"# {problem}")
    absent = [item for item in oracle.ITEMS if item not in seen]
    number += 1
    failed += bool(absent)
    print(f"{'not ok' if absent else 'ok'} {number} - every item has cases: {sum(seen.values())}")
    if absent:
        print(f"# without a case: {', '.join(absent)}")
    print(f"1..{number}")
    print(f"# {number - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main())
