#!/usr/bin/env python3
"""The Songjiang articles a second time, in plain Python: the oracle for the engine and the pack.

It is written from the text of the measures alone, article by article, and shares nothing with
the decision models under policies/ nor with the engine in C. What both get wrong in the same way
they would have to get wrong twice, by two roads. Money is exact (fractions.Fraction); nothing is
imported that a bare Python 3 does not have.

A fact is a value, None (null: known not to exist) or an Unknown that carries the path of the
missing fact. The rules for the two are few and stand in `lift` and `decide`:
  - an operation with a null operand is null, whatever else is unknown; else, with an unknown
    operand, it is unknown and its causes are those of its operands;
  - a null condition fails; an item whose amount is null cannot be paid and is ineligible;
  - an item is undetermined when nothing is known to fail and a condition or the amount is unknown;
    what is missing are the causes of all of these together.

assess(facts, as_of, readings) is the whole interface. Run as a program it answers the command line
`batch --facts FILE --brief [--as-of DATE] [--reading R2=floor]...`, so that it can stand in for
the engine's binary wherever two of them are compared.
"""

import argparse
import datetime
import json
import sys
from decimal import Decimal
from fractions import Fraction

FIRST_DAY = datetime.date(2024, 1, 28)
LAST_DAY = datetime.date(2029, 1, 27)

READINGS = {
    "R2": ("counting", "floor", "other30", "guidance"),
    "R3": ("each", "difference"),
    "R4": ("floor", "counting"),
    "R13": ("each", "difference"),
    "R17": ("360", "365"),
}
DEFAULTS = {name: options[0] for name, options in READINGS.items()}

WAN = 10_000


class Unknown:
    """A value that is not known, and the facts that would have to be known for it."""

    def __init__(self, causes):
        self.causes = frozenset(causes)


NO_AMOUNT = object()
"""The item grants no sum, which is not the same as a sum that rests on a null."""


# ---- values ------------------------------------------------------------------------------------


def lift(operation, *operands):
    """The operation on plain values; null if an operand is null, else unknown if one is unknown."""
    if any(operand is None for operand in operands):
        return None
    causes = [cause for o in operands if isinstance(o, Unknown) for cause in o.causes]
    if causes:
        return Unknown(causes)
    return operation(*operands)


def divide(a, b):
    return lift(lambda x, y: x / y if y != 0 else None, a, b)


def multiply(a, b):
    return lift(lambda x, y: x * y, a, b)


def add(a, b):
    return lift(lambda x, y: x + y, a, b)


def subtract(a, b):
    return lift(lambda x, y: x - y, a, b)


def smallest(*values):
    return lift(min, *values)


def largest(*values):
    return lift(max, *values)


def is_true(value):
    return lift(lambda v: v is True, value)


def is_not(value):
    return lift(lambda v: v is False, value)


def at_least(value, bound):
    return lift(lambda v: v >= bound, value)


def below(value, bound):
    return lift(lambda v: v < bound, value)


def above_zero(value):
    return lift(lambda v: v > 0, value)


def one_of(value, *allowed):
    return lift(lambda v: v in allowed, value)


def holds_any(*conditions):
    """or: one that holds decides; else what is unknown keeps it open; null counts as failing."""
    if any(c is True for c in conditions):
        return True
    causes = [cause for c in conditions if isinstance(c, Unknown) for cause in c.causes]
    return Unknown(causes) if causes else False


def holds_all(*conditions):
    """and: one that fails, or is null, decides; else what is unknown keeps it open."""
    if any(c is False or c is None for c in conditions):
        return False
    causes = [cause for c in conditions if isinstance(c, Unknown) for cause in c.causes]
    return Unknown(causes) if causes else True


def either(selector, *branches):
    """What follows where the fact that selects the branch is unknown: the branches' common value,
    else unknown because of the selector and of what is unknown in the branches."""
    unknown = [b for b in branches if isinstance(b, Unknown)]
    if not unknown and all(b == branches[0] for b in branches):
        return branches[0]
    return Unknown(selector.causes.union(*(b.causes for b in unknown)))


def by_value(value, table):
    """A table over one fact: null where the fact is null or stands in no row."""
    return lift(table.get, value)


class Facts:
    """Access by input and fact; absent is unknown, and a null input makes all its facts null."""

    def __init__(self, inputs):
        self.inputs = inputs

    def __call__(self, subject, name):
        if subject in self.inputs and self.inputs[subject] is None:
            return None
        facts = self.inputs.get(subject, {})
        if name not in facts:
            return Unknown([f"{subject}.{name}"])
        return facts[name]

    def number(self, subject, name):
        return lift(exact, self(subject, name))

    def if_paid(self, subject, name):
        """A fact on what was had before: absent or null means nothing."""
        value = self(subject, name)
        return None if isinstance(value, Unknown) else value


def exact(value):
    """A number of the facts as a Fraction: from JSON as int or Decimal, or from a string."""
    if isinstance(value, (bool, float)) or not isinstance(value, (int, str, Decimal, Fraction)):
        raise TypeError(f"not an exact number: {value!r}")
    return Fraction(value)


# ---- the articles ------------------------------------------------------------------------------
# Each returns (conditions, amount); `f` gives facts, `r` the readings.


def item_1(f, r):
    conditions = [
        one_of(f("企业", "行业门类"), "制造业"),
        is_true(f("企业", "规模以上")),
        is_true(f("诊断", "现场诊断完成")),
        is_true(f("诊断", "服务商入选")),
        is_true(f("诊断", "报告已出具")),
    ]
    return conditions, f.number("诊断", "市级补贴标准")


def item_2(f, r):
    total = f.number("技改项目", "核定总投入")
    equipment = f.number("技改项目", "设备器具购置额")
    conditions = [is_true(f("技改项目", "认定")), is_not(f("技改项目", "已获补贴"))]
    if r["R2"] == "floor":
        conditions.append(at_least(divide(equipment, total), Fraction(70, 100)))
    if r["R2"] == "counting":
        base = smallest(total, divide(equipment, Fraction(7, 10)))
    elif r["R2"] == "other30":
        other = smallest(subtract(total, equipment), multiply(Fraction(30, 100), total))
        base = add(equipment, other)
    else:
        base = total
    return conditions, smallest(multiply(base, Fraction(10, 100)), Fraction(3000 * WAN))


FACTORY_REWARD = {
    "国家级": Fraction(200 * WAN),
    "市级": Fraction(100 * WAN),
    "区级": Fraction(30 * WAN),
}


def item_3_1(f, r):
    level = f("智能工厂", "认定级别")
    conditions = [
        one_of(f("智能工厂", "认定类型"), "智能工厂", "智能制造优秀场景"),
        one_of(level, "国家级", "市级", "区级"),
        is_not(f("智能工厂", "同级已奖励")),
    ]
    amount = by_value(level, FACTORY_REWARD)
    if r["R3"] == "difference":
        paid = FACTORY_REWARD.get(f.if_paid("智能工厂", "已奖励最高级别"), Fraction(0))
        amount = lift(lambda full: full - paid if paid < full else full, amount)
    return conditions, amount


def item_3_2(f, r):
    voucher = f.number("智能工厂", "智评券面额")
    cost = f.number("智能工厂", "诊断或改造服务费用")
    return [above_zero(voucher), above_zero(cost)], smallest(voucher, cost)


def item_4(f, r):
    investment = f.number("工赋项目", "项目总投资")
    software = f.number("工赋项目", "软件类费用")
    conditions = [is_true(f("工赋项目", "认定"))]
    if r["R4"] == "floor":
        share = divide(software, f.number("工赋项目", "核定总投入"))
        exception = is_true(f("工赋项目", "软件占比例外批准"))
        conditions.append(holds_any(at_least(share, Fraction(60, 100)), exception))
        base = investment
    else:
        base = smallest(investment, divide(software, Fraction(6, 10)))
    return conditions, smallest(multiply(base, Fraction(30, 100)), Fraction(200 * WAN))


def item_5_1(f, r):
    conditions = [
        one_of(f("数字化认证", "两化融合版本"), "2.0"),
        one_of(f("数字化认证", "两化融合等级"), "AA", "AAA", "AAAA", "AAAAA"),
        is_not(f("数字化认证", "两化融合已奖励")),
    ]
    return conditions, Fraction(20 * WAN)


def item_5_2(f, r):
    conditions = [
        at_least(f.number("数字化认证", "DCMM等级"), 2),
        is_true(f("数字化认证", "DCMM首次通过")),
    ]
    return conditions, Fraction(20 * WAN)


def item_5_3(f, r):
    conditions = [
        is_true(f("数字化认证", "高质量工业数据集挂牌")),
        is_not(f("数字化认证", "数据集挂牌已奖励")),
    ]
    return conditions, Fraction(20 * WAN)


def item_6(f, r):
    conditions = [
        one_of(f("企业", "规模类型"), "中型", "小型", "微型"),
        is_true(f("上云", "云产品入选")),
    ]
    return conditions, NO_AMOUNT


FIELDS = (
    "数字经济", "绿色低碳", "元宇宙", "智能终端",
    "未来空间", "未来健康", "未来智能", "未来能源", "未来材料",
)  # fmt: skip


def item_7(f, r):
    conditions = [
        one_of(f("关键技术项目", "领域"), *FIELDS),
        is_true(f("关键技术项目", "符合条件")),
    ]
    share = multiply(f.number("关键技术项目", "投资总额"), Fraction(30, 100))
    return conditions, smallest(share, Fraction(500 * WAN))


def item_8(f, r):
    conditions = [
        is_true(f("首台套", "认定")),
        is_true(f("首台套", "生产企业")),
        is_true(f("首台套", "采购使用协议")),
    ]
    share = multiply(f.number("首台套", "市场销售价格"), Fraction(30, 100))
    return conditions, smallest(share, Fraction(500 * WAN))


def item_9_1(f, r):
    conditions = [
        one_of(f("工业互联网平台", "标杆平台级别"), "国家级", "市级"),
        is_true(f("工业互联网平台", "标杆平台新获评")),
    ]
    return conditions, Fraction(100 * WAN)


def item_9_2(f, r):
    conditions = [
        one_of(f("工业互联网平台", "工赋链主级别"), "国家级", "市级"),
        is_true(f("工业互联网平台", "工赋链主新获评")),
    ]
    return conditions, Fraction(100 * WAN)


def item_10_1(f, r):
    conditions = [is_true(f("服务型制造", "项目符合条件"))]
    return conditions, smallest(Fraction(500 * WAN), f.number("服务型制造", "项目投资额"))


def item_10_2(f, r):
    level = f("服务型制造", "示范企业级别")
    conditions = [
        one_of(level, "国家级", "市级", "区级"),
        is_not(f("服务型制造", "示范企业同级已奖励")),
    ]
    tiers = {
        "国家级": Fraction(40 * WAN),
        "市级": Fraction(20 * WAN),
        "区级": Fraction(10 * WAN),
    }
    return conditions, by_value(level, tiers)


def item_10_3(f, r):
    level = f("服务型制造", "示范平台级别")
    conditions = [
        one_of(level, "国家级", "市级", "区级"),
        is_not(f("服务型制造", "示范平台同级已奖励")),
    ]
    tiers = {
        "国家级": Fraction(20 * WAN),
        "市级": Fraction(10 * WAN),
        "区级": Fraction(5 * WAN),
    }
    return conditions, by_value(level, tiers)


def item_10_4(f, r):
    conditions = [
        one_of(f("服务型制造", "功能区级别"), "市级"),
        is_true(f("服务型制造", "功能区首次认定")),
    ]
    return conditions, Fraction(100 * WAN)


SUPPLY = (
    "云平台服务商", "云产品", "解决方案服务商", "典型案例",
    "应用场景", "工业互联网平台", "运营商", "优秀产品",
)  # fmt: skip


def item_11(f, r):
    conditions = [one_of(f("供给", "类别"), *SUPPLY), is_true(f("供给", "遴选通过"))]
    return conditions, NO_AMOUNT


def item_12(f, r):
    conditions = [
        one_of(f("园区", "试点示范级别"), "国家级", "市级"),
        is_not(f("园区", "试点示范已奖励")),
    ]
    return conditions, Fraction(50 * WAN)


def item_13(f, r):
    stars = f.number("星级载体", "星级")
    conditions = [
        is_true(f("星级载体", "运营管理主体")),
        one_of(stars, 3, 4, 5),
        is_true(f("星级载体", "首次获评")),
    ]
    cost = f.number("星级载体", "建安费用")
    sums = {
        3: Fraction(30 * WAN),
        4: smallest(multiply(cost, Fraction(15, 100)), Fraction(500 * WAN)),
        5: smallest(multiply(cost, Fraction(25, 100)), Fraction(500 * WAN)),
    }
    if isinstance(stars, Unknown):
        amount = either(stars, *sums.values())
    else:
        amount = sums.get(stars)
    if r["R13"] == "difference":
        paid = exact(f.if_paid("星级载体", "此前已获金额") or 0)
        amount = largest(subtract(amount, paid), Fraction(0))
    return conditions, amount


def item_14(f, r):
    conditions = [
        one_of(f("新基建项目", "类别"), "新网络", "新设施", "新平台", "新终端"),
        is_true(f("新基建项目", "符合条件")),
    ]
    interest_subsidy = decide(item_17_1, f, r)
    if interest_subsidy["status"] == "undetermined":
        return conditions, Unknown(interest_subsidy["missing"])
    if interest_subsidy["status"] == "ineligible":
        return conditions, NO_AMOUNT
    return conditions, Fraction(interest_subsidy["amount"])


def item_15(f, r):
    founders = ("工业互联网平台", "解决方案服务商", "智能硬件企业")
    conditions = [
        is_true(f("创新载体", "产学研合作")),
        one_of(f("创新载体", "发起方类型"), *founders),
    ]
    return conditions, NO_AMOUNT


def item_16_1(f, r):
    return [is_true(f("人才", "团队核心人才"))], NO_AMOUNT


def item_16_2(f, r):
    return [is_true(f("人才", "特别优秀有突出贡献"))], NO_AMOUNT


def item_16_3(f, r):
    conditions = [
        is_true(f("企业", "工业互联网或数字赋能企业")),
        is_true(f("职工培训", "使用地方教育附加专项资金")),
    ]
    return conditions, NO_AMOUNT


SKILL_TARIFF = {"五级": 1500, "四级": 2000, "三级": 2500, "二级": 3000, "一级": 3500}
SKILL_SHARE = {
    "在职职工": Fraction(80, 100),
    "登记失业人员": Fraction(1),
    "其他全额人员": Fraction(1),
}


def item_16_4(f, r):
    level = f("职工培训", "技能证书等级")
    conditions = [
        is_true(f("企业", "工业互联网或数字赋能企业")),
        is_true(f("职工培训", "属补贴范围")),
        one_of(level, *SKILL_TARIFF),
    ]
    share = by_value(f("职工培训", "人员类别"), SKILL_SHARE)
    return conditions, multiply(by_value(level, SKILL_TARIFF), share)


def item_17_1(f, r):
    conditions = [
        one_of(f("新基建项目", "类别"), "新网络", "新设施", "新平台"),
        is_true(f("新基建项目", "符合条件")),
        at_least(f.number("新基建项目", "总投资"), 5000 * WAN),
        holds_any(
            below(f.number("新基建项目", "已贴息年数"), 3),
            is_true(f("新基建项目", "延长贴息批准")),
        ),
    ]
    interest = f.number("新基建项目", "本年度利息")
    by_rate = divide(
        multiply(f.number("新基建项目", "贴息率"), principal_days(f)), Fraction(r["R17"])
    )
    by_share = multiply(interest, f.number("新基建项目", "贴息比例"))
    method = f("新基建项目", "贴息方式")
    if isinstance(method, Unknown):
        computed = either(method, by_rate, by_share, None)  # a way that is known not to exist
    else:
        computed = {"利率点": by_rate, "利息比例": by_share}.get(method)
    had = f.number("新基建项目", "企业本年度已获贴息")
    left = largest(subtract(Fraction(200 * WAN), had), Fraction(0))
    return conditions, smallest(computed, interest, left)


def principal_days(f):
    """The sum of principal times days over the periods: nothing where there is no period; null
    where a member is null; unknown, as the list is, where a member is missing."""
    periods = f("新基建项目", "计息期")
    if periods is None or isinstance(periods, Unknown):
        return periods
    gap = Unknown(["新基建项目.计息期"])
    total = Fraction(0)
    for period in periods:
        members = {"余额": None, "天数": None} if period is None else period
        principal = lift(exact, members.get("余额", gap))
        total = add(total, multiply(principal, lift(exact, members.get("天数", gap))))
    return total


def item_17_2(f, r):
    conditions = [
        one_of(f("融资需求", "方式"), "股权", "债券", "融资租赁"),
        one_of(f("融资需求", "方向"), "企业上云", "工业互联网标杆示范应用"),
    ]
    return conditions, NO_AMOUNT


def item_18(f, r):
    level = f.number("安全", "等级保护级别")
    filed = is_true(f("安全", "等级保护已备案"))
    conditions = [
        holds_any(holds_all(at_least(level, 2), filed), one_of(level, 1)),
        is_true(f("安全", "等级保护测评通过")),
        is_true(f("安全", "数据分类分级完成")),
        is_true(f("安全", "风险评估机制")),
        is_true(f("安全", "监测预警机制")),
        is_true(f("安全", "应急处置机制")),
    ]
    return conditions, NO_AMOUNT


ITEMS = {
    "1": item_1, "2": item_2, "3.1": item_3_1, "3.2": item_3_2, "4": item_4,
    "5.1": item_5_1, "5.2": item_5_2, "5.3": item_5_3, "6": item_6, "7": item_7, "8": item_8,
    "9.1": item_9_1, "9.2": item_9_2, "10.1": item_10_1, "10.2": item_10_2, "10.3": item_10_3,
    "10.4": item_10_4, "11": item_11, "12": item_12, "13": item_13, "14": item_14, "15": item_15,
    "16.1": item_16_1, "16.2": item_16_2, "16.3": item_16_3, "16.4": item_16_4,
    "17.1": item_17_1, "17.2": item_17_2, "18": item_18,
}  # fmt: skip

NOT_IN_TOTAL = ("14", "16.4")
"""The sum of article 14 is that of 17.1 again; that of 16.4 goes to the employee."""


# ---- the decision ------------------------------------------------------------------------------


def decide(item, f, r):
    """Status, amount in yuan (a Fraction of whole fen, or None) and missing facts of one item."""
    conditions, amount = item(f, r)
    conditions = [is_true(f("企业", "区内")), *conditions]
    if any(c is False or c is None for c in conditions) or amount is None:
        return {"status": "ineligible", "amount": None, "missing": []}
    unknown = [v for v in (*conditions, amount) if isinstance(v, Unknown)]
    if unknown:
        missing = sorted(set().union(*(v.causes for v in unknown)))
        return {"status": "undetermined", "amount": None, "missing": missing}
    if amount is NO_AMOUNT:
        return {"status": "eligible", "amount": None, "missing": []}
    return {"status": "eligible", "amount": Fraction(amount * 100 // 1, 100), "missing": []}


def money(amount):
    fen = int(amount * 100)
    return f"{fen // 100}.{fen % 100:02d}"


def assess(facts, as_of, readings=None):
    """What `duixian batch --brief` prints for one facts object.

    facts: as read from JSON with parse_float=Decimal; as_of: 'YYYY-MM-DD' or a date;
    readings: those that differ from the default.
    """
    if isinstance(as_of, str):
        as_of = datetime.date.fromisoformat(as_of)
    r = dict(DEFAULTS, **(readings or {}))
    for name, option in r.items():
        if option not in READINGS[name]:
            raise ValueError(f"no such reading: {name}={option}")
    if not FIRST_DAY <= as_of <= LAST_DAY:
        closed = {"status": "not_in_force", "amount": None, "missing": []}
        return {"items": {i: dict(closed) for i in ITEMS}, "total": "0.00"}
    f = Facts(facts)
    total = Fraction(0)
    items = {}
    for name, item in ITEMS.items():
        result = decide(item, f, r)
        if result["amount"] is not None:
            total += result["amount"] if name not in NOT_IN_TOTAL else 0
            result["amount"] = money(result["amount"])
        items[name] = result
    return {"items": items, "total": money(total)}


def read_facts(text):
    return json.loads(text, parse_float=Decimal)


def main():
    parser = argparse.ArgumentParser(description="the oracle behind the command line of the engine")
    parser.add_argument("command", choices=["batch"])
    parser.add_argument("--facts", required=True)
    parser.add_argument("--brief", action="store_true")
    parser.add_argument("--pack")
    parser.add_argument("--as-of", default=datetime.date.today().isoformat())
    parser.add_argument("--reading", action="append", default=[])
    options = parser.parse_args()
    readings = dict(reading.split("=", 1) for reading in options.reading)
    with open(options.facts, encoding="utf-8") as lines:
        for line in lines:
            result = assess(read_facts(line), options.as_of, readings)
            print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
