/* The least a C test needs: each check prints one line of TAP, the plan comes at the end.
 *
 *     int main(void) {
 *         CHECK(1 + 1 == 2);
 *         CHECK_STR(dx_str_trim(DX_STR(" a ")), "a");
 *         return tap_done();
 *     }
 *
 * A failed check prints what was seen and the test goes on; the exit status is 1 if any failed. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdio.h>

#include "base/str.h"

static unsigned tap_count, tap_failed;

/* One result with its name; returns `ok`. A '#' would start a directive, so names have none. */
__attribute__((unused, format(printf, 2, 3))) static bool tap_ok(bool ok, const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("%s %u - ", ok ? "ok" : "not ok", ++tap_count);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    if (!ok)
        tap_failed++;
    return ok;
}

__attribute__((unused)) static bool tap_str(dx_str got, dx_str want, const char *file, int line,
                                            const char *what) {
    bool ok = tap_ok(dx_str_eq(got, want), "%s:%d: %s", file, line, what);
    if (!ok)
        printf("# got:  %.*s\n# want: %.*s\n", DX_FMT(got), DX_FMT(want));
    return ok;
}

__attribute__((unused)) static bool tap_int(long long got, long long want, const char *file,
                                            int line, const char *what) {
    bool ok = tap_ok(got == want, "%s:%d: %s", file, line, what);
    if (!ok)
        printf("# got %lld, want %lld\n", got, want);
    return ok;
}

/* Prints the plan; what main returns. */
__attribute__((unused)) static int tap_done(void) {
    printf("1..%u\n", tap_count);
    if (tap_failed)
        printf("# %u of %u failed\n", tap_failed, tap_count);
    return tap_failed ? 1 : 0;
}

#define CHECK(condition) tap_ok((condition), "%s:%d: %s", __FILE__, __LINE__, #condition)
/* A dx_str against a literal (or any char pointer). */
#define CHECK_STR(got, want) tap_str((got), dx_str_of(want), __FILE__, __LINE__, #got)
#define CHECK_INT(got, want) \
    tap_int((long long)(got), (long long)(want), __FILE__, __LINE__, #got " is " #want)

#endif
