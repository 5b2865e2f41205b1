/* Random FEEL expressions as trees: { form, kids, letter }, where each $ in the form stands for a kid.
 *
 * Letters: N number, B boolean, S string, D date, T time, X date and time, Y and Z the durations, L list
 * of numbers, M list of strings, C context {a: N, b: S, c: B}, K list of contexts, R range of numbers.
 * In a rule $X is an expression of letter X, @X a new variable in scope from the body on, &X one in
 * scope from here on, and !X brings `item` into scope. */

/* The variables of every expression, and their values as JSON. */
export const inputs = {
  n: { letter: 'N', type: 'number', value: 2 },
  m: { letter: 'N', type: 'number', value: -1.5 },
  s: { letter: 'S', type: 'string', value: 'ab' },
  h: { letter: 'B', type: 'boolean', value: true },
  l: { letter: 'L', type: 'number', list: true, value: [3, 1, 2, 2] },
  g: { letter: 'M', type: 'string', list: true, value: ['b', 'a'] },
  u: { letter: 'C', value: { a: 5, b: 'x', c: false } },
  z: { letter: 'A', value: null }
};

const rules = `
N ($N + $N)|($N - $N)|($N * $N)|($N / $N)|($N ** 2)|-$N|(if $B then $N else $N)|$L[1]|$L[-1]|$L[$N]|$C.a
N count($L)|sum($L)|min($L)|max($N, $N)|mean($L)|median($L)|product($L)|abs($N)|floor($N)|ceiling($N)
N round half up($N, 1)|round half down($N, 0)|round up($N, 1)|round down($N, 1)|decimal($N, 1)
N modulo($N, $N)|sqrt($N)|number($S)|string length($S)|$D.year|$D.month|$D.day|$X.hour|$T.minute|$Y.years
N $Z.hours|$Z.days|$D.weekday|day of year($D)|week of year($D)|$R.start|(function(&N) $N)($N)|stddev($L)
N {v: $N, w: v + $N}.w|get value($C, "a")|index of($L, $N)[1]|$K[1].a|($Y / $Y)|($Z / $Z)|max($L)|min($N, $N)
N floor($N, 1)|ceiling($N, 1)|exp($N)|log($N)|number("1,000.5", ",", ".")|max(list: $L)|modulo(dividend: $N, divisor: $N)
B ($B and $B)|($B or $B)|not($B)|($N = $N)|($N != $N)|($N < $N)|($N >= $N)|($S = $S)|($S < $S)|($D <= $D)
B ($X > $X)|($T < $T)|($Y > $Y)|($Z <= $Z)|($A = $A)|($L = $L)|($C = $C)|($A != $A)|($N between $N and $N)
B ($N in $R)|($N in [$N..$N])|($N in ($N, $N))|($N in (< $N))|($N in ($N..$N))|($S in ("a", $S))|($N in $L)
B (if $B then $B else $B)|(some @N in $L satisfies $B)|(every @N in $L satisfies $B)|($A instance of number)
B (some @N in $L, @N in [$N, $N] satisfies $B)|($A instance of string)|($L instance of list<number>)
B ($A = null)|all($B, $B)|any([$B, $B, $B])|contains($S, $S)|starts with($S, $S)|ends with($S, $S)
B matches($S, "a.*")|even($N)|odd($N)|list contains($L, $N)|is($N, $N)|before($N, $N)|after($R, $N)
B during($N, $R)|includes($R, $N)|meets($R, $R)|met by($R, $R)|overlaps($R, $R)|overlaps before($R, $R)
B overlaps after($R, $R)|coincides($N, $N)|starts($R, $R)|started by($R, $N)|finishes($N, $R)
B finished by($R, $R)|$C.c|($D between $D and $D)|($D in [$D..$D])|is($A, $A)|list contains($A, $A)|($M = $M)
S ($S + $S)|upper case($S)|lower case($S)|substring($S, $N)|substring($S, 1, 2)|substring before($S, $S)
S substring after($S, $S)|replace($S, "a", $S)|string($N)|string join($M)|string join($M, $S)|string($B)
S (if $B then $S else $S)|$C.b|$M[$N]|day of week($D)|month of year($D)|max($M)|string($D)|string($Z)|string($X)
S string($L)|string($Y)|string($T)|$K.b[1]
D date($S)|date($X)|date($N, $N, $N)|($D + $Z)|($D - $Y)|($D + $Y)|(if $B then $D else $D)|min($D, $D)
D date(2024, 2, 29)|date("2023-12-31")
T time($X)|time(10, 30, $N)|($T + $Z)|($T - $Z)|time("11:15:00")|time(10, 0, 0, $Z)
X date and time($D, $T)|($X + $Z)|($X - $Y)|date and time("2024-01-31T12:00:00")|($X + $Y)|($X - $Z)
Y years and months duration($D, $D)|($Y + $Y)|($Y * $N)|duration("P1Y")|-$Y|($Y - $Y)|($Y / $N)
Z ($D - $D)|($X - $X)|($Z / $N)|abs($Z)|($T - $T)|duration("PT1H")|($Z + $Z)|($Z * $N)|-$Z
L [$N, $N]|[$N]|append($L, $N)|concatenate($L, $L)|$L[item > $N]|$L[!N$B]|(for @N in $L return $N)
L (for @N in 1..3 return $N)|(for @N in $L return count(partial) + $N)|(for @N in $L, @N in $L return $N)
L sort($L, function(&N, &N) $B)|reverse($L)|sublist($L, 1)|sublist($L, $N, 1)|insert before($L, 1, $N)
L remove($L, $N)|distinct values($L)|union($L, $L)|flatten([$L, [$L]])|list replace($L, 1, $N)|mode($L)
L index of($L, $N)|$K.a|$K[!C$B].a|(if $B then $L else $L)|list replace($L, function(&N, &N) $B, $N)
L sort($L, function(x, y) x < y)|(for @N in -1..2 return $N)|flatten($L)
M [$S, $S]|split($S, "b")|$K.b|(for @S in $M return $S)|$M[!S$B]|append($M, $S)|distinct values($M)
C {a: $N, b: $S, c: $B}|context put($C, "a", $N)|context merge([$C, $C])|$K[1]|(if $B then $C else $C)
C context([{key: "a", value: $N}, {key: "b", value: $S}])|context put($C, ["d"], $N)
K [$C, $C]|$K[!C$B]|append($K, $C)|$K[a > $N]|(for @N in $L return {a: $N, b: $S})|get entries($C)
R [$N..$N]|($N..$N]|[$N..$N)|(if $B then $R else $R)
A $N|$N|$B|$B|$S|$D|$L|$L|$C|$K|$X|$Y|$Z|$T|$R|$M|[$A, $A]|{a: $A}|(if $B then $A else $A)|$A[1]|($A = $A)
A flatten([$A, [$A]])|(for @A in [$A] return $A)|$C.a
A (not($A))|($A and $B)|($B or $A)|sum($A)|count($A)|max($A)|($A in ($A, $A))|concatenate([$A], [$A])
`;

const leaves = `
N 0|1|2|3|-1|0.5|10|1.25
B true|false
S "a"|"b"|"ab"|""|"1"|"abc"
D @"2024-02-29"|@"2023-01-31"|@"2024-12-30"
T @"10:00:00"|@"23:59:59"
X @"2024-02-29T10:00:00"|@"2024-01-01T00:00:00"
Y @"P1Y2M"|@"-P1M"
Z @"PT36H"|@"-PT30M"|@"P2D"
L [1, 2, 3]|[3, 1, 2]|[2, null]
M ["a", "b"]
C {a: 1, b: "a", c: true}
K [{a: 1, b: "a"}, {a: 2, c: true}]
R [1..3]|(0..2]
A null|1|true|[1, null]|{a: [1]}|"x"
`;

function table(text) {
  const byLetter = {};
  for (const line of text.trim().split('\n')) (byLetter[line[0]] ||= []).push(...line.slice(2).split('|'));
  return byLetter;
}

const ruleTable = table(rules);
const leafTable = table(leaves);
const letters = Object.keys(leafTable);

/* A generator of the sequence that follows from a seed (mulberry32). */
export function chanceOf(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) % n;
  };
}

function leaf(chance, scope, letter) {
  if (chance(20) === 0) return { form: 'null', kids: [], letter };
  const named = scope.filter((v) => v.letter === letter || letter === 'A');
  if (named.length && chance(2)) return { form: named[chance(named.length)].name, kids: [], letter };
  return { form: leafTable[letter][chance(leafTable[letter].length)], kids: [], letter };
}

export function generate(chance, letter, depth, scope, names = { next: 0 }) {
  if (depth === 0 || chance(6) === 0) return leaf(chance, scope, letter);
  if (chance(60) === 0) letter = letters[chance(letters.length)];
  const rule = ruleTable[letter][chance(ruleTable[letter].length)];
  const kids = [];
  let inner = scope, later = [], form = '';
  for (let i = 0; i < rule.length; i++) {
    const c = rule[i];
    if (later.length && /^( return| satisfies|, @)/.test(rule.slice(i))) {
      inner = [...inner, ...later];
      later = [];
    }
    if (c === '$') {
      kids.push(generate(chance, rule[++i], depth - 1, inner, names));
      form += '$';
    } else if ((c === '@' && /[A-Z]/.test(rule[i + 1])) || c === '&') {
      const variable = { name: `v${names.next++}`, letter: rule[++i] };
      if (c === '&') inner = [...inner, variable];
      else later.push(variable);
      form += variable.name;
    } else if (c === '!' && /[A-Z]/.test(rule[i + 1])) {
      inner = [...inner, { name: 'item', letter: rule[++i] }];
    } else {
      form += c;
    }
  }
  return { form, kids, letter };
}

export function textOf(tree) {
  let kid = 0;
  return tree.form.replace(/\$/g, () => textOf(tree.kids[kid++]));
}

/* Trees one step smaller: a part gives way to one of its parts or to a literal. */
export function* smaller(tree) {
  if (tree.kids.length) {
    for (const form of ['null', '1', 'true', '"a"', '[]']) yield { form, kids: [], letter: tree.letter };
    for (const kid of tree.kids) yield kid;
  } else if (/^v\d|^item$/.test(tree.form)) {
    for (const form of ['1', 'null']) yield { form, kids: [], letter: tree.letter };
  }
  for (let i = 0; i < tree.kids.length; i++)
    for (const kid of smaller(tree.kids[i]))
      yield { ...tree, kids: tree.kids.map((old, at) => (at === i ? kid : old)) };
}
