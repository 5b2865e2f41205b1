/* Amounts, facts and departments in words. */
import type { AssessedItem, Fact, Item, Label } from '../api/client';
import { say, sayTitle, sayValue, words } from '../i18n';
import { valueOf, type Value } from '../state/answers';
import { outcome } from '../state/assessment';
import { group } from '../state/money';
import { factAt, thePack } from '../state/pack';

/* "最高 857,142.85 元", or null where there is no amount. */
export function amountText(amount: string | null, kind: AssessedItem['amount_kind']): string | null {
  return amount === null ? null : words.value.amount[kind](group(amount));
}

/* The total of the assessment on the page, or null: nothing is not shown as a sum. */
export function totalText(): string | null {
  const amount = outcome.assessment?.total;
  return !amount || /^[0.]*$/.test(amount) ? null : words.value.yuan(group(amount));
}

export function departmentsText(ids: string[]): string {
  const names = ids.map((id) => thePack().departments.find((department) => department.id === id));
  return names.map((department) => (department ? say(department.name) : '')).join(words.value.comma);
}

export function titlesText(items: Item[]): string {
  return items.map((item) => say(item.title)).join(words.value.comma);
}

/* A choice among the values of a fact. */
export function choiceText(fact: Fact, choice: string): string {
  if (fact.kind === 'boolean') return choice === 'true' ? words.value.answered.yes : words.value.answered.no;
  const label = fact.labels?.[(fact.allowed ?? []).map(String).indexOf(choice)];
  return label ? sayValue(label, choice) : choice;
}

/* The unit of a fact, or of a member of its periods. */
export function unitOf(of: { unit?: Label }): string | undefined {
  return of.unit && say(of.unit);
}

function numberText(fact: Fact, value: string): string {
  const unit = unitOf(fact);
  return unit ? `${group(value)} ${unit}` : group(value);
}

export function valueText(fact: Fact, value: Value | undefined): string {
  if (value === undefined) return words.value.item.notKnown;
  if (value === null) return words.value.answered.none;
  if (Array.isArray(value)) return words.value.answered.periods(value.length);
  if (typeof value === 'boolean') return value ? words.value.answered.yes : words.value.answered.no;
  if (fact.allowed) return choiceText(fact, value);
  return fact.kind === 'number' ? numberText(fact, value) : value;
}

/* A fact by its label; a path that is none is told as it stands. */
export function factName(path: string): string {
  const fact = factAt(path);
  return fact ? sayTitle(fact.label) : path;
}

/* A fact with its answer. */
export function factLine(path: string): string {
  const fact = factAt(path);
  return fact ? `${factName(path)}${words.value.colon}${valueText(fact, valueOf(path))}` : path;
}
