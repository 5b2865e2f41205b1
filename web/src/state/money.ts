/* Decimal numbers as text: what people type, and how amounts are shown. No amount ever becomes a
 * binary floating-point number. */

const FULL_WIDTH = '０１２３４５６７８９．－％';
const HALF_WIDTH = '0123456789.-%';

/* Powers of ten that may follow a number as typed: 1000万, 1.5%. */
const SUFFIXES: ReadonlyArray<[RegExp, number]> = [[/亿元?$/, 8], [/万元?$/, 4], [/元$/, 0], [/%$/, -2]];

function trim(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  const kept = fraction.replace(/0+$/, '');
  return whole.replace(/^0+(?=\d)/, '') + (kept ? `.${kept}` : '');
}

/* Moves the point of a plain decimal by some places. */
function shift(text: string, places: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  const zeros = '0'.repeat(Math.abs(places));
  const digits = places < 0 ? zeros + whole + fraction : whole + fraction + zeros;
  const point = places < 0 ? whole.length : whole.length + places;
  return trim(`${digits.slice(0, point)}.${digits.slice(point)}`);
}

/* A typed number as a plain decimal without grouping, or null when it is none. Full-width digits,
 * commas, ¥, 元, 万, 亿 and % are understood. */
export function readDecimal(typed: string): string | null {
  let text = typed.replace(/[０-９．－％]/g, (c) => HALF_WIDTH.charAt(FULL_WIDTH.indexOf(c)));
  text = text.replace(/[\s,，¥￥]/g, '');
  let places = 0;
  for (const [suffix, power] of SUFFIXES) {
    if (!suffix.test(text)) continue;
    text = text.replace(suffix, '');
    places = power;
    break;
  }
  return /^\d+(\.\d+)?$/.test(text) ? shift(text, places) : null;
}

export function decimalPlaces(decimal: string): number {
  return (decimal.split('.')[1] ?? '').length;
}

/* Digits that count, as the server counts them. */
export function significantDigits(decimal: string): number {
  return decimal.replace('.', '').replace(/^0+/, '').length;
}

/* The sum of amounts with two decimals, as the server writes them. */
export function sum(amounts: string[]): string {
  const fen = amounts.reduce((total, amount) => total + BigInt(amount.replace('.', '')), BigInt(0)).toString().padStart(3, '0');
  return `${fen.slice(0, -2)}.${fen.slice(-2)}`;
}

export function isAtMostOne(decimal: string): boolean {
  return /^(0(\.\d+)?|1(\.0+)?)$/.test(decimal);
}

/* 857142.85 as 857,142.85 */
export function group(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/* In units of ten thousand: 857142.85 is 85.714285. Null below one unit. */
export function inWan(decimal: string): string | null {
  const wan = shift(decimal, -4);
  return wan.startsWith('0') ? null : group(wan);
}

const CAPITALS = '零壹贰叁肆伍陆柒捌玖';
const UNITS = ['', '拾', '佰', '仟'];
const SECTIONS = ['', '万', '亿'];

function capitalsOf(digits: string): string {
  let out = '';
  let zero = false;
  let sectionHasDigit = false;
  for (let i = 0; i < digits.length; i++) {
    const place = digits.length - 1 - i;
    const digit = Number(digits.charAt(i));
    if (digit === 0) {
      zero = out !== '';
    } else {
      out += (zero ? '零' : '') + CAPITALS.charAt(digit) + UNITS[place % 4];
      zero = false;
      sectionHasDigit = true;
    }
    if (place % 4 === 0 && sectionHasDigit) {
      out += SECTIONS[place / 4];
      sectionHasDigit = false;
    }
  }
  return out;
}

/* The capital form used on Chinese bills: 捌拾伍万柒仟壹佰肆拾贰元捌角伍分. Null beyond twelve digits
 * of yuan or below a fen. */
export function inCapitals(decimal: string): string | null {
  const [whole = '0', fraction = ''] = trim(decimal).split('.');
  if (whole.length > 12 || fraction.length > 2) return null;
  const jiao = Number(fraction.charAt(0) || '0');
  const fen = Number(fraction.charAt(1) || '0');
  const yuan = capitalsOf(whole);
  if (!yuan && !jiao && !fen) return '零元整';
  let out = yuan ? `${yuan}元` : '';
  if (jiao) out += `${CAPITALS.charAt(jiao)}角`;
  else if (fen && yuan) out += '零';
  return fen ? `${out}${CAPITALS.charAt(fen)}分` : `${out}整`;
}

/* How large an amount is beside the largest, in thousandths, for drawing. */
export function thousandthsOf(amount: string, largest: string): number {
  const fen = (decimal: string): bigint => BigInt(shift(decimal, 2).split('.')[0] || '0');
  const whole = fen(largest);
  return whole === BigInt(0) ? 0 : Number((fen(amount) * BigInt(1000)) / whole);
}

/* Whether a is less than b; both plain, not negative. */
export function isLess(a: string, b: string): boolean {
  const [wholeA = '', fractionA = ''] = trim(a).split('.');
  const [wholeB = '', fractionB = ''] = trim(b).split('.');
  if (wholeA.length !== wholeB.length) return wholeA.length < wholeB.length;
  if (wholeA !== wholeB) return wholeA < wholeB;
  return fractionA < fractionB;
}
