/* Decimals to and from text. Reading keeps 38 digits and whether anything other than zero follows
 * them, which is all that rounding to 34 needs, however long the text is. */
#include "base/num_wide.h"

#define KEPT 38 /* digits held in two words of 19 */

typedef struct text {
    uint64_t word[2]; /* first and second 19 significant digits */
    uint32_t digits;  /* from the first that is not zero; counts on past KEPT */
    int64_t e;        /* power of ten of the last kept digit */
    bool neg, more;
} text;

static inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Reads digits from s[i]; each moves the decimal point by `move` when it is kept and by `move` + 1
 * when it is not. */
static size_t scan_digits(dx_str s, size_t i, int move, text *ret) {
    for (; i < s.n && is_digit(s.p[i]); i++) {
        unsigned digit = (unsigned)(s.p[i] - '0');
        ret->e += move;
        if (digit == 0 && ret->digits == 0)
            continue;
        if (ret->digits < KEPT) {
            uint64_t *word = &ret->word[ret->digits >= KEPT / 2];
            *word = *word * 10 + digit;
        } else {
            ret->e++;
            ret->more |= digit != 0;
        }
        ret->digits += ret->digits < UINT32_MAX;
    }
    return i;
}

/* Reads what follows the e; the value saturates where no text could bring it back into range. */
static bool scan_exponent(dx_str s, size_t i, text *ret) {
    bool neg = i < s.n && s.p[i] == '-';
    int64_t e = 0;
    if (neg || (i < s.n && s.p[i] == '+'))
        i++;
    size_t from = i;
    for (; i < s.n && is_digit(s.p[i]); i++)
        e = e > INT64_MAX / 100 ? e : e * 10 + (s.p[i] - '0');
    ret->e += neg ? -e : e;
    return i > from && i == s.n;
}

static bool scan(dx_str s, text *ret) {
    *ret = (text){.neg = s.n > 0 && s.p[0] == '-'};
    size_t from = ret->neg || (s.n > 0 && s.p[0] == '+');
    size_t i = scan_digits(s, from, 0, ret);
    if (i < s.n && s.p[i] == '.') {
        from = i + 1;
        i = scan_digits(s, from, -1, ret);
    }
    if (i == from) /* no digit where there must be one */
        return false;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E'))
        return scan_exponent(s, i + 1, ret);
    return i == s.n;
}

bool dx_num_parse(dx_arena *arena, dx_str s, dx_num *ret) {
    text t;
    if (!scan(s, &t))
        return false;
    dx_u128 c = t.word[0];
    if (t.digits > KEPT / 2)
        c = c * dx_pow10[(t.digits < KEPT ? t.digits : KEPT) - KEPT / 2] + t.word[1];
    /* Past these the number is too large or rounds to zero. */
    int32_t e = t.e > 20000 ? 20000 : t.e < -20000 ? -20000 : (int32_t)t.e;
    return dx_num_close(arena, t.neg, c, e, t.more, ret);
}

uint32_t dx_num_text_digits(dx_str s) {
    text t;
    if (!scan(s, &t))
        return 0;
    return t.digits != 0 ? t.digits : 1;
}

#define PLAIN_MAX 40

/* The digits of c, without leading zeros but for zero itself; returns how many. */
static size_t write_digits(dx_u128 c, char ret[40]) {
    size_t digits = (size_t)dx_u128_digits(c);
    const uint64_t half = (uint64_t)dx_pow10[19];
    uint64_t low = (uint64_t)(c % half), high = (uint64_t)(c / half);
    for (size_t i = digits; i-- > 0;) {
        if (digits - i == 20)
            low = high;
        ret[i] = (char)('0' + low % 10);
        low /= 10;
    }
    return digits;
}

static void add_zeros(dx_buf *out, size_t count) {
    static const char zeros[] = "00000000000000000000000000000000";
    for (size_t n; count > 0; count -= n) {
        n = count < sizeof zeros - 1 ? count : sizeof zeros - 1;
        dx_buf_add(out, (dx_str){zeros, n});
    }
}

/* digits * 10^e without an exponent. */
static void print_plain(dx_buf *out, dx_str digits, int32_t e) {
    size_t decimals = e < 0 ? (size_t)-e : 0;
    if (decimals == 0) {
        dx_buf_add(out, digits);
        add_zeros(out, (size_t)e);
    } else if (digits.n > decimals) {
        dx_buf_add(out, (dx_str){digits.p, digits.n - decimals});
        dx_buf_char(out, '.');
        dx_buf_add(out, (dx_str){digits.p + digits.n - decimals, decimals});
    } else {
        dx_buf_add(out, DX_STR("0."));
        add_zeros(out, decimals - digits.n);
        dx_buf_add(out, digits);
    }
}

/* d.dddE+n: the point after the first digit. */
static void print_scientific(dx_buf *out, dx_str digits, int32_t e) {
    dx_buf_char(out, digits.p[0]);
    if (digits.n > 1) {
        dx_buf_char(out, '.');
        dx_buf_add(out, (dx_str){digits.p + 1, digits.n - 1});
    }
    e += (int32_t)digits.n - 1;
    char exponent[40];
    size_t n = write_digits((dx_u128)(e < 0 ? -e : e), exponent);
    dx_buf_add(out, e < 0 ? DX_STR("E-") : DX_STR("E+"));
    dx_buf_add(out, (dx_str){exponent, n});
}

void dx_num_print(dx_buf *out, dx_num a) {
    dx_dec x = dx_num_open(a);
    char chars[40];
    dx_str digits = {chars, write_digits(x.c, chars)};
    if (x.c == 0 && x.e > 0)
        x.e = 0;
    int32_t whole = (int32_t)digits.n + x.e; /* digits before the point */
    int32_t length = x.e >= 0 ? whole : 1 - x.e + (whole > 0 ? whole : 1);
    if (x.neg)
        dx_buf_char(out, '-');
    if (length + x.neg <= PLAIN_MAX)
        print_plain(out, digits, x.e);
    else
        print_scientific(out, digits, x.e);
}

void dx_num_print_fixed(dx_buf *out, dx_num a, uint32_t decimals) {
    dx_dec x = dx_num_open(a);
    if (x.e < 0 && (uint32_t)-x.e > decimals) {
        /* Rounding away decimals leaves fewer digits, so it cannot fail. */
        (void)dx_num_round(out->arena, a, (int)decimals, DX_ROUND_HALF_EVEN, &a);
        x = dx_num_open(a);
    }
    char chars[40];
    dx_str digits = {chars, write_digits(x.c, chars)};
    if (x.c == 0)
        x.e = -(int32_t)(decimals < 6176 ? decimals : 6176);
    if (x.neg && x.c != 0)
        dx_buf_char(out, '-');
    print_plain(out, digits, x.e);
    size_t have = x.e < 0 ? (size_t)-x.e : 0;
    if (have < decimals) {
        if (have == 0)
            dx_buf_char(out, '.');
        add_zeros(out, decimals - have);
    }
}
