/* What stands in the fields of one fact before it is an answer, and what it means. The checks are
 * those of the server, so that a mistake is seen where it was made. */
import type { Fact } from '../api/client';
import type { Dictionary } from '../i18n';
import type { Period, Value } from './answers';
import { decimalPlaces, group, isAtMostOne, readDecimal, significantDigits } from './money';

/* choice: '' nothing chosen, or one of these, or an allowed value. */
export const NONE = '\0none';
export const UNKNOWN = '\0unknown';
const YES = 'true';
const NO = 'false';

export interface Draft {
  choice: string;
  text: string;
  rows: Period[];
}

export type Field = 'choice' | 'number' | 'text' | 'periods';

export function fieldOf(fact: Fact): Field {
  if (fact.kind === 'boolean' || fact.allowed) return 'choice';
  if (fact.kind === 'list') return 'periods';
  return fact.kind === 'number' ? 'number' : 'text';
}

/* Values of a fact that is a choice, as text; 0 among numbers stands for none. */
export function choicesOf(fact: Fact): string[] {
  return fact.kind === 'boolean' ? [YES, NO] : (fact.allowed ?? []).map(String);
}

/* Whether "there is none" is an answer of its own. */
export function canBeNone(fact: Fact): boolean {
  return fact.kind !== 'boolean' && fieldOf(fact) !== 'text' && !choicesOf(fact).includes('0');
}

export function emptyRow(fact: Fact): Period {
  return Object.fromEntries((fact.members ?? []).map((member) => [member.name, '']));
}

export function draftOf(fact: Fact, value: Value | undefined): Draft {
  const draft: Draft = { choice: '', text: '', rows: [emptyRow(fact)] };
  if (value === undefined) return draft;
  if (value === null) draft.choice = NONE;
  else if (Array.isArray(value)) draft.rows = value.map((row) => ({ ...row }));
  else if (fieldOf(fact) === 'choice') draft.choice = String(value);
  else draft.text = fact.type === '金额' && typeof value === 'string' ? group(value) : String(value);
  return draft;
}

/* value undefined: not known. */
export type Reading = { ok: true; value: Value | undefined } | { ok: false; message: string };

type Faults = Dictionary['fault'];

interface Rule {
  fits(decimal: string): boolean;
  fault: keyof Faults;
}

const AMOUNT: Rule = { fits: (n) => decimalPlaces(n) <= 2, fault: 'amount' };

/* By the name of the type; what is not here may be any number that is not negative. */
const RULES: Record<string, Rule> = {
  金额: AMOUNT,
  余额: AMOUNT,
  比例: { fits: isAtMostOne, fault: 'share' },
  星级: { fits: (n) => /^\d$/.test(n), fault: 'stars' },
};

const DIGITS_MAX = 34;

function readNumber(typed: string, type: string, words: Faults): Reading {
  const decimal = readDecimal(typed);
  const rule = RULES[type];
  if (decimal === null || (rule && !rule.fits(decimal)))
    return { ok: false, message: words[rule?.fault ?? 'number'] };
  if (significantDigits(decimal) > DIGITS_MAX) return { ok: false, message: words.digits };
  return { ok: true, value: decimal };
}

function readRows(rows: Period[], words: Faults): Reading {
  const value: Period[] = [];
  for (const row of rows) {
    const filled = Object.values(row).filter((text) => text.trim() !== '').length;
    if (filled === 0) continue;
    const period: Period = {};
    for (const [name, typed] of Object.entries(row)) {
      const number = readNumber(typed, name, words);
      if (!number.ok) return { ok: false, message: words.period };
      period[name] = number.value as string;
    }
    value.push(period);
  }
  return { ok: true, value: value.length > 0 ? value : undefined };
}

export function readDraft(fact: Fact, draft: Draft, words: Faults): Reading {
  if (draft.choice === NONE) return { ok: true, value: null };
  if (draft.choice === UNKNOWN) return { ok: true, value: undefined };
  const typed = draft.text.trim();
  switch (fieldOf(fact)) {
    case 'choice':
      if (draft.choice === '') return { ok: true, value: undefined };
      return { ok: true, value: fact.kind === 'boolean' ? draft.choice === YES : draft.choice };
    case 'periods':
      return readRows(draft.rows, words);
    case 'number':
      return typed === '' ? { ok: true, value: undefined } : readNumber(typed, fact.type, words);
    case 'text':
      return { ok: true, value: typed === '' ? undefined : typed };
  }
}
