#!/usr/bin/env python3
"""Facts objects for the comparison of the engine with the oracle: seeded, so that every run can
be repeated, and bent towards the places where two programs part: a bound and its two neighbours,
a share that is met exactly, a quotient that does not end, a cap that is just reached, a fact that
is missing or null, a whole input that is.

  systematic()         for every input: each fact alone and each pair of facts missing, null or
                       turned, from a base in which the items of the input are granted
  random_objects(n)    everything at once, with the share of missing and null facts varying
  plan(seed, count)    the runs: one (date, readings) each, since a batch has one of either

As a program: `gen.py --count N --seed S` writes random objects to standard output, one a line;
`gen.py --dir DIR` writes the files of the whole plan and MANIFEST.json beside them.
"""

import argparse
import itertools
import json
import os
import random
import sys
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from oracle import DEFAULTS, FIELDS, READINGS, SUPPLY

LEVELS = ("国家级", "市级", "区级")
FEN = Decimal("0.01")

# What a fact may hold: bool with the value that grants; a tuple of allowed words; or the name of
# one of the number makers below. The order is that of the facts in the specification.
INPUTS = {
    "企业": {
        "统一社会信用代码": "code",
        "名称": ("云间精工", '甲"乙\\丙', "A & B <松江>", "上海𠮷野数控", "a\tb/c"),
        "区内": True,
        "行业门类": ("制造业", "软件和信息技术服务业", "生产性服务业", "其他"),
        "规模以上": True,
        "规模类型": ("大型", "中型", "小型", "微型"),
        "工业互联网或数字赋能企业": True,
    },
    "诊断": {
        "现场诊断完成": True,
        "服务商入选": True,
        "报告已出具": True,
        "市级补贴标准": "money",
    },
    "技改项目": {
        "认定": True,
        "核定总投入": "renovation",
        "设备器具购置额": "equipment",
        "已获补贴": False,
    },
    "智能工厂": {
        "认定类型": ("智能工厂", "智能制造优秀场景"),
        "认定级别": LEVELS,
        "同级已奖励": False,
        "已奖励最高级别": LEVELS,
        "智评券面额": "money",
        "诊断或改造服务费用": "money",
    },
    "工赋项目": {
        "认定": True,
        "项目总投资": "application",
        "核定总投入": "money",
        "软件类费用": "software",
        "软件占比例外批准": False,
    },
    "数字化认证": {
        "两化融合版本": ("2.0", "1.0"),
        "两化融合等级": ("AA", "A", "AAA", "AAAA", "AAAAA"),
        "两化融合已奖励": False,
        "DCMM等级": "level",
        "DCMM首次通过": True,
        "高质量工业数据集挂牌": True,
        "数据集挂牌已奖励": False,
    },
    "上云": {"云产品入选": True},
    "关键技术项目": {"领域": FIELDS, "符合条件": True, "投资总额": "thirty_percent"},
    "首台套": {
        "认定": True,
        "生产企业": True,
        "采购使用协议": True,
        "市场销售价格": "thirty_percent",
    },
    "工业互联网平台": {
        "标杆平台级别": LEVELS,
        "标杆平台新获评": True,
        "工赋链主级别": LEVELS,
        "工赋链主新获评": True,
    },
    "服务型制造": {
        "项目符合条件": True,
        "项目投资额": "service",
        "示范企业级别": LEVELS,
        "示范企业同级已奖励": False,
        "示范平台级别": LEVELS,
        "示范平台同级已奖励": False,
        "功能区级别": LEVELS,
        "功能区首次认定": True,
    },
    "供给": {"类别": SUPPLY, "遴选通过": True},
    "园区": {"试点示范级别": LEVELS, "试点示范已奖励": False},
    "星级载体": {
        "运营管理主体": True,
        "星级": "stars",
        "首次获评": True,
        "此前已获金额": "had_for_stars",
        "建安费用": "building",
    },
    "新基建项目": {
        "类别": ("新网络", "新设施", "新平台", "新终端"),
        "符合条件": True,
        "总投资": "infrastructure",
        "本年度利息": "interest",
        "贴息方式": ("利率点", "利息比例"),
        "贴息率": "rate",
        "贴息比例": "share",
        "计息期": "periods",
        "企业本年度已获贴息": "had_this_year",
        "已贴息年数": "years",
        "延长贴息批准": False,
    },
    "创新载体": {
        "产学研合作": True,
        "发起方类型": ("工业互联网平台", "解决方案服务商", "智能硬件企业", "其他"),
    },
    "人才": {"团队核心人才": True, "特别优秀有突出贡献": True},
    "职工培训": {
        "技能证书等级": ("五级", "四级", "三级", "二级", "一级"),
        "属补贴范围": True,
        "人员类别": ("在职职工", "登记失业人员", "其他全额人员"),
        "使用地方教育附加专项资金": True,
    },
    "融资需求": {
        "方式": ("股权", "债券", "融资租赁"),
        "方向": ("企业上云", "工业互联网标杆示范应用", "其他"),
    },
    "安全": {
        "等级保护级别": "level",
        "等级保护已备案": True,
        "等级保护测评通过": True,
        "数据分类分级完成": True,
        "风险评估机制": True,
        "监测预警机制": True,
        "应急处置机制": True,
    },
}

# ---- numbers -----------------------------------------------------------------------------------


def around(*bounds):
    """Each bound in fen with its neighbours."""
    return [Decimal(b) + d for b in bounds for d in (-FEN, Decimal(0), FEN) if Decimal(b) + d >= 0]


SMALL = [Decimal(x) for x in "0 0.01 0.02 0.03 0.07 0.7 1 2 2.1 3 7 199.99 200 200.01".split()]
BOUNDS = {
    "money": [],
    "renovation": around(300_000_000, 10_000_000, 360_000_000),
    "equipment": around(210_000_000, 6_000_000, 7_000_000, "0.07"),
    "application": around("6666666.67", 6_000_000, "666.67"),
    "software": around(4_000_000, 3_600_000, 3_000_000, 200),
    "thirty_percent": around("16666666.67", 16_666_700, "33.33"),
    "service": around(5_000_000),
    "building": around("33333333.33", 20_000_000, 10_000_000, "0.07"),
    "had_for_stars": around(300_000, 1_500_000, 5_000_000),
    "infrastructure": around(50_000_000) + [Decimal(x) for x in (60_000_000, 10**8, 10**9)],
    "interest": around(2_000_000, 1_520_833, 4_000_000),
    "had_this_year": around(2_000_000, "479166.67") + [Decimal(x) for x in (0, 1, 100, 10**5)],
}
PLAIN = {
    "level": "2 1 3 4 5 0",
    "stars": "3 4 5 3 4 5 2 1 6 0",
    "years": "0 1 2 3 4",
    "rate": "0.015 0 0.01 0.02 0.0435 0.03125 0.000001 1",
    "share": "0.5 0 1 0.3 0.333333 0.07 0.999999",
}


def money(rng):
    """An amount in yuan of any size, in whole fen."""
    shape = rng.random()
    if shape < 0.25:
        return rng.choice(SMALL)
    if shape < 0.55:
        return Decimal(rng.randint(1, 99) * 10 ** rng.randint(0, 8))
    if shape < 0.99:
        return Decimal(rng.randint(0, 10 ** rng.randint(1, 12))) * FEN
    return Decimal(rng.randint(0, 10**18)) * FEN


def share_of(rng, whole, share):
    """A part of `whole` that meets the share exactly, or misses or passes it by a fen."""
    part = (whole * Decimal(share)).quantize(FEN, ROUND_FLOOR)
    return max(Decimal(0), part + rng.choice((Decimal(0), Decimal(0), FEN, -FEN)))


def number(rng, kind, facts):
    """A number for a fact of that kind; `facts` are those already drawn for the same input."""
    if kind in PLAIN:
        return Decimal(rng.choice(PLAIN[kind].split()))
    drawn = {name: v.value for name, v in facts.items() if isinstance(v, Number)}
    if kind == "equipment" and "核定总投入" in drawn and rng.random() < 0.6:
        return share_of(rng, drawn["核定总投入"], rng.choice(("0.7", "0.7", "0.6", "1", "1.2")))
    if kind == "software" and rng.random() < 0.6:
        if "核定总投入" in drawn and rng.random() < 0.6:
            return share_of(rng, drawn["核定总投入"], "0.6")
        if "项目总投资" in drawn:
            return share_of(rng, drawn["项目总投资"], "0.6")
    if BOUNDS[kind] and rng.random() < 0.6:
        return rng.choice(BOUNDS[kind])
    return money(rng)


def periods(rng, facts):
    """Interest periods: none, a few, many, or such that only their sum divides evenly."""
    rate = facts["贴息率"].value if isinstance(facts.get("贴息率"), Number) else Decimal("0.015")
    shape = rng.random()
    if shape < 0.1:
        return []
    if shape < 0.4 and rate > 0:
        return even_periods(rng, rate)
    result = []
    for _ in range(rng.choice((1, 1, 2, 3, 12))):
        principal = rng.choice((money(rng), Decimal(10**8), Decimal(rng.randint(1, 9) * 10**7)))
        days = Decimal(rng.choice((0, 1, 31, 65, 120, 180, 360, 365, 366)))
        result.append({"余额": spell(rng, principal), "天数": spell(rng, days)})
    if result and rng.random() < 0.12:
        period = rng.choice(result)
        for member in ("余额", "天数"):
            fate = rng.random()
            if fate < 0.4:
                del period[member]
            elif fate < 0.6:
                period[member] = None
    return result


def even_periods(rng, rate):
    """Three periods of equal length whose subsidy is a whole number of fen, or one fen's worth of
    principal off, while that of each alone is a fraction that does not end."""
    basis = rng.choice((360, 360, 360, 365))
    days = rng.choice((1, 7, 31, 91))
    exact_rate = Fraction(rate)
    step = exact_rate.numerator * days
    multiple = rng.randint(1, max(1, 20_000_000 // step))
    principal = max(0, basis * exact_rate.denominator * multiple + rng.choice((0, 0, 0, -1, 1)))
    cuts = sorted(rng.randint(0, principal) for _ in range(2))
    if rng.random() < 0.5:
        cuts = [principal // 3, principal // 3 * 2]
    parts = (cuts[0], cuts[1] - cuts[0], principal - cuts[1])
    return [
        {"余额": spell(rng, Decimal(part) * FEN), "天数": spell(rng, Decimal(days))}
        for part in parts
    ]


def credit_code(rng):
    """A unified social credit code with its check character."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "91310117" + "".join(rng.choice(alphabet) for _ in range(9))
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[-total % 31]


# ---- objects -----------------------------------------------------------------------------------


class Number:
    """A number with the way it is spelt in the JSON text: as a number or as a string."""

    def __init__(self, value, text):
        self.value = value
        self.text = text


def spell(rng, value):
    text = format(value.normalize(), "f") if value else "0"
    shape = rng.random()
    if shape < 0.3:
        cents = value == value.quantize(FEN)
        return Number(value, f'"{value.quantize(FEN) if cents and shape < 0.15 else text}"')
    if shape < 0.4 and value == value.to_integral_value():
        return Number(value, text + rng.choice((".0", ".00")))
    if shape < 0.42 and value and value == value.to_integral_value():
        return Number(value, f"{value.normalize():E}")
    return Number(value, text)


def dump(value):
    """JSON text on one line, numbers as they are spelt."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dump(k)}: {dump(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def draw(rng, kind, granting, facts):
    """A value of that kind; with probability `granting`, a truth value is the one that grants."""
    if isinstance(kind, bool):
        return kind if rng.random() < granting else not kind
    if isinstance(kind, tuple):
        return kind[0] if rng.random() < granting - 0.6 else rng.choice(kind)
    if kind == "code":
        return credit_code(rng)
    if kind == "periods":
        return periods(rng, facts)
    return spell(rng, number(rng, kind, facts))


# How much is missing, null or adverse in an object: from complete applications to mere scraps.
TEMPERS = (
    {"absent": 0.0, "null": 0.0, "input": 0.0, "granting": 0.97},
    {"absent": 0.04, "null": 0.01, "input": 0.05, "granting": 0.95},
    {"absent": 0.12, "null": 0.0, "input": 0.1, "granting": 1.0},
    {"absent": 0.1, "null": 0.06, "input": 0.1, "granting": 0.9},
    {"absent": 0.5, "null": 0.05, "input": 0.3, "granting": 0.9},
    {"absent": 0.2, "null": 0.2, "input": 0.3, "granting": 0.6},
)


def random_object(rng):
    temper = rng.choice(TEMPERS)
    result = {}
    for subject, kinds in INPUTS.items():
        if rng.random() < temper["input"]:
            fate = rng.random()
            if fate < 0.5:
                continue
            result[subject] = None if fate < 0.8 else {}
            continue
        facts = {}
        for name, kind in kinds.items():
            fate = rng.random()
            if fate < temper["null"]:
                facts[name] = None
            elif fate >= temper["null"] + temper["absent"]:
                facts[name] = draw(rng, kind, temper["granting"], facts)
        result[subject] = shuffled(rng, facts)
    if result.get("企业") is None and rng.random() < 0.8:
        result["企业"] = {"区内": True}
    return shuffled(rng, result)


def shuffled(rng, mapping):
    if rng.random() < 0.7:
        return mapping
    keys = list(mapping)
    rng.shuffle(keys)
    return {key: mapping[key] for key in keys}


def random_objects(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        yield random_object(rng)


def whole(number_or_text):
    return Number(Decimal(number_or_text), number_or_text)


def period(principal, days):
    return {"余额": whole(principal), "天数": whole(days)}


GRANTING_NUMBERS = {
    "money": "30000", "renovation": "10000000", "equipment": "7000000", "application": "6000000",
    "software": "3600000", "thirty_percent": "10000000", "service": "4000000",
    "building": "10000000", "had_for_stars": "300000", "infrastructure": "50000000",
    "interest": "1600000", "had_this_year": "100000", "years": "0", "rate": "0.015",
    "share": "0.5", "level": "2", "stars": "4",
}  # fmt: skip


def granting_value(kind):
    if isinstance(kind, bool):
        return kind
    if isinstance(kind, tuple):
        return kind[0]
    if kind == "periods":
        return [period("100000000", "365")]
    if kind == "code":
        return credit_code(random.Random(0))
    return whole(GRANTING_NUMBERS[kind])


def variants(kind, value):
    """The values of a fact that a case may turn on; ABSENT and null among them."""
    if isinstance(kind, bool):
        return [ABSENT, None, not value]
    if isinstance(kind, tuple):
        return [ABSENT, None, *(word for word in kind if word != value)]
    if kind == "code":
        return [ABSENT, None]
    if kind == "periods":
        return [
            ABSENT,
            None,
            [],
            [period("50000000", "30"), {"余额": whole("1")}],
            [{"天数": whole("1")}, {"余额": None, "天数": whole("2")}],
            [period("30000000", "120"), period("70000000", "180"), period("60000000", "65")],
        ]
    numbers = PLAIN[kind].split() if kind in PLAIN else ["0", *map(str, BOUNDS[kind])]
    return [ABSENT, None, *(whole(n) for n in numbers)]


ABSENT = object()


def input_variations(subject):
    """Facts of one input: the input absent, null, empty; each fact turned alone; each pair."""
    base = {name: granting_value(kind) for name, kind in INPUTS[subject].items()}
    turns = {name: variants(kind, base[name]) for name, kind in INPUTS[subject].items()}
    yield from (base, ABSENT, None, {})
    for name, values in turns.items():
        for value in values:
            yield turned(base, {name: value})
    for a, b in itertools.combinations(turns, 2):
        for x, y in itertools.product(turns[a][:3], turns[b][:3]):
            yield turned(base, {a: x, b: y})


def turned(base, changes):
    facts = {**base, **changes}
    return {name: value for name, value in facts.items() if value is not ABSENT}


def systematic():
    """The variations of all inputs side by side, since no two inputs meet in one item but through
    the enterprise, whose variations come first and alone."""
    granted = {subject: next(input_variations(subject)) for subject in INPUTS}
    objects = [
        {s: facts for s, facts in {**granted, "企业": variation}.items() if facts is not ABSENT}
        for variation in input_variations("企业")
    ]
    columns = {s: list(input_variations(s)) for s in INPUTS if s != "企业"}
    method = [
        {**facts, "贴息方式": "利息比例"}
        for facts in columns["新基建项目"]
        if isinstance(facts, dict) and facts.get("贴息方式") == "利率点"
    ]
    columns["新基建项目"] += method
    columns["星级载体"] += [
        {**facts, "星级": whole("5")} for facts in columns["星级载体"] if isinstance(facts, dict)
    ]
    for k in range(max(map(len, columns.values()))):
        row = {"企业": granted["企业"]}
        row.update({s: variations[k % len(variations)] for s, variations in columns.items()})
        objects.append({s: facts for s, facts in row.items() if facts is not ABSENT})
    return objects


# ---- the plan ----------------------------------------------------------------------------------

MIDDLE = "2025-06-30"
EDGES = (
    "1999-12-31", "2024-01-27", "2024-01-28", "2024-02-29", "2029-01-27", "2029-01-28",
)  # fmt: skip
SYSTEMATIC_READINGS = (
    {},
    {"R2": "floor", "R3": "difference", "R4": "counting", "R13": "difference", "R17": "365"},
    {"R2": "other30"},
    {"R2": "guidance", "R3": "difference", "R13": "difference"},
)


def all_readings():
    names = list(READINGS)
    for options in itertools.product(*READINGS.values()):
        chosen = dict(zip(names, options))
        yield {name: option for name, option in chosen.items() if option != DEFAULTS[name]}


def plan(seed, count):
    """The runs as (title, as_of, readings, objects): about `count` random objects in all, spread
    over every combination of readings, and over the first and last day with a few of them."""
    variations = systematic()
    for readings in SYSTEMATIC_READINGS:
        yield f"systematic {spelt(readings)}", MIDDLE, readings, variations
    combinations = list(all_readings())
    share = max(1, count // (len(combinations) + len(EDGES)))
    for k, readings in enumerate(combinations):
        objects = list(random_objects(f"{seed}/{k}", share))
        yield f"{MIDDLE} {spelt(readings)}", MIDDLE, readings, objects
    for k, as_of in enumerate(EDGES):
        readings = random.Random(f"{seed}/{as_of}").choice(combinations)
        objects = list(random_objects(f"{seed}/edge/{k}", share))
        yield f"{as_of} {spelt(readings)}", as_of, readings, objects


def spelt(readings):
    return " ".join(f"{name}={option}" for name, option in readings.items()) or "defaults"


def write_plan(folder, seed, count):
    os.makedirs(folder, exist_ok=True)
    manifest = []
    for k, (title, as_of, readings, objects) in enumerate(plan(seed, count)):
        name = f"facts-{k:03}.ndjson"
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.writelines(dump(facts) + "\n" for facts in objects)
        manifest.append({"file": name, "title": title, "as_of": as_of, "readings": readings})
    with open(os.path.join(folder, "MANIFEST.json"), "w", encoding="utf-8") as out:
        json.dump(manifest, out, ensure_ascii=False, indent=1)


def main():
    parser = argparse.ArgumentParser(description="random facts objects, one a line")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--dir", help="write the files of the whole plan into this folder")
    options = parser.parse_args()
    if options.dir:
        write_plan(options.dir, options.seed, options.count)
        return
    for facts in random_objects(options.seed, options.count):
        print(dump(facts))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
