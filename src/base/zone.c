/* Time zones: reads TZif files (RFC 8536, version 2 and later) and answers "which offset then".
 *
 * A zone is a line of segments, each with one offset: those between the transitions that the file
 * lists, then those that its POSIX TZ rule makes for ever after. Both lookups rest on one function
 * that finds the segment of an instant. Zones stay for the life of the process in a table of
 * lists that only grow at their heads, so that readers need no lock. */
#include "base/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"

#define ZONE_DIR "/usr/share/zoneinfo/"
#define NAME_MAX_BYTES 64u
#define FILE_MAX_BYTES ((size_t)64 << 10) /* real files have under 4 KiB */
#define BUCKETS 128u

#define DAY_S INT64_C(86400)
/* The calendar, weekdays included, repeats after 400 years. */
#define CYCLE_S (INT64_C(146097) * DAY_S)
/* Beyond any date; keeps sums of an instant and an offset from overflowing. */
#define INSTANT_MAX (INT64_MAX / 2)
/* RFC 8536 section 3.2: offsets lie within these. */
#define OFFSET_MIN (-89999)
#define OFFSET_MAX 93599

/* When in a year a POSIX rule changes the offset. */
typedef struct rule_day {
    enum { DAY_JULIAN, DAY_ZERO_BASED, DAY_OF_WEEK } kind;
    int day; /* of the year; for DAY_OF_WEEK 0 (Sunday) to 6 */
    int month, week;
    int32_t time_s; /* local time of day; may lie outside the day */
} rule_day;

typedef struct posix_rule {
    bool known, has_dst;
    int32_t std_s, dst_s;
    rule_day start, end; /* of daylight saving time */
} posix_rule;

struct dx_zone {
    struct dx_zone *next;
    dx_str name;
    size_t n;        /* transitions */
    int64_t *at;     /* instants, ascending */
    int32_t *offset; /* n + 1: before the first transition, then after each */
    posix_rule rule; /* from the last transition on */
};

typedef struct segment {
    int64_t from, until; /* from <= instant < until */
    int32_t offset;
} segment;

static _Atomic(dx_zone *) table[BUCKETS];
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

/* Names */

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool is_letter(char c) {
    return is_upper(c) || (c >= 'a' && c <= 'z');
}

/* IANA names: parts that begin with a capital and hold no dot. This keeps a name inside the folder
 * and leaves out what is no zone of its own there (posix/, right/, localtime, posixrules). */
static bool name_ok(dx_str name) {
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return false;
    bool at_start = true;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (at_start
                ? !is_upper(c)
                : !(is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '+' || c == '/'))
            return false;
        at_start = c == '/';
    }
    return !at_start;
}

/* The TZif file */

/* Reads the first `size` bytes of a regular file, or what it has; -1 when it cannot. */
static ssize_t read_file(const char *path, void *to, size_t size) {
    /* Not blocking, lest something else than a file make the open wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    struct stat st;
    ssize_t n = -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        size_t have = 0;
        do {
            n = read(fd, (char *)to + have, size - have);
            have += n > 0 ? (size_t)n : 0;
        } while ((n > 0 && have < size) || (n < 0 && errno == EINTR));
        n = n < 0 ? -1 : (ssize_t)have;
    }
    close(fd);
    return n;
}

static uint32_t be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static int64_t be64(const uint8_t *p) {
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

typedef struct header {
    size_t utc, std, leaps, times, types, chars;
} header;

#define HEADER_BYTES 44u

/* The header at *p; moves *p behind it. */
static bool read_header(const uint8_t **p, const uint8_t *end, header *ret) {
    const uint8_t *h = *p;
    if ((size_t)(end - h) < HEADER_BYTES || memcmp(h, "TZif", 4) != 0 || h[4] < '2')
        return false;
    *ret = (header){.utc = be32(h + 20),
                    .std = be32(h + 24),
                    .leaps = be32(h + 28),
                    .times = be32(h + 32),
                    .types = be32(h + 36),
                    .chars = be32(h + 40)};
    *p = h + HEADER_BYTES;
    /* Counts beyond the file's size cannot be met, and small ones cannot overflow a sum. */
    return ret->utc < FILE_MAX_BYTES && ret->std < FILE_MAX_BYTES && ret->leaps < FILE_MAX_BYTES &&
           ret->times < FILE_MAX_BYTES && ret->types < FILE_MAX_BYTES &&
           ret->chars < FILE_MAX_BYTES;
}

static size_t data_bytes(const header *h, size_t time_size) {
    return h->times * (time_size + 1) + h->types * 6 + h->chars + h->leaps * (time_size + 4) +
           h->std + h->utc;
}

/* The POSIX TZ text after the data */

typedef struct cursor {
    const char *p, *end;
} cursor;

static bool take(cursor *c, char want) {
    if (c->p == c->end || *c->p != want)
        return false;
    c->p++;
    return true;
}

static bool take_int(cursor *c, int min, int max, int *ret) {
    const char *start = c->p;
    int n = 0;
    while (c->p < c->end && is_digit(*c->p) && c->p - start < 3)
        n = n * 10 + (*c->p++ - '0');
    *ret = n;
    return c->p > start && n >= min && n <= max;
}

/* [+-]h[:m[:s]] */
static bool take_hms(cursor *c, int max_hours, int32_t *ret) {
    bool negative = take(c, '-');
    if (!negative)
        take(c, '+');
    int h, m = 0, s = 0;
    if (!take_int(c, 0, max_hours, &h))
        return false;
    if (take(c, ':')) {
        if (!take_int(c, 0, 59, &m))
            return false;
        if (take(c, ':') && !take_int(c, 0, 59, &s))
            return false;
    }
    int32_t total = h * 3600 + m * 60 + s;
    *ret = negative ? -total : total;
    return true;
}

/* An abbreviation, which nothing here uses: letters, or anything within < and >. */
static bool skip_abbreviation(cursor *c) {
    const char *start = c->p;
    if (take(c, '<')) {
        while (c->p < c->end && *c->p != '>')
            c->p++;
        return take(c, '>');
    }
    while (c->p < c->end && is_letter(*c->p))
        c->p++;
    return c->p - start >= 3;
}

/* ,Mm.w.d or ,Jn or ,n with an optional /time */
static bool take_rule_day(cursor *c, rule_day *ret) {
    *ret = (rule_day){.time_s = 2 * 3600};
    bool ok = take(c, ',');
    if (ok && take(c, 'M')) {
        ret->kind = DAY_OF_WEEK;
        ok = take_int(c, 1, 12, &ret->month) && take(c, '.') && take_int(c, 1, 5, &ret->week) &&
             take(c, '.') && take_int(c, 0, 6, &ret->day);
    } else if (ok && take(c, 'J')) {
        ret->kind = DAY_JULIAN;
        ok = take_int(c, 1, 365, &ret->day);
    } else if (ok) {
        ret->kind = DAY_ZERO_BASED;
        ok = take_int(c, 0, 365, &ret->day);
    }
    if (ok && take(c, '/'))
        ok = take_hms(c, 167, &ret->time_s);
    return ok;
}

static bool parse_rule(cursor c, posix_rule *ret) {
    *ret = (posix_rule){.known = c.p < c.end};
    if (!ret->known)
        return true;
    int32_t west; /* POSIX counts offsets westward */
    if (!skip_abbreviation(&c) || !take_hms(&c, 24, &west))
        return false;
    ret->std_s = -west;
    if (c.p == c.end)
        return true;
    ret->has_dst = true;
    ret->dst_s = ret->std_s + 3600;
    if (!skip_abbreviation(&c))
        return false;
    if (c.p < c.end && *c.p != ',') {
        if (!take_hms(&c, 24, &west))
            return false;
        ret->dst_s = -west;
    }
    return take_rule_day(&c, &ret->start) && take_rule_day(&c, &ret->end) && c.p == c.end;
}

/* Reading a zone */

/* Fills zone->at and zone->offset from the 64-bit data block. */
static bool read_transitions(dx_zone *zone, const header *h, const uint8_t *data) {
    const uint8_t *index = data + h->times * 8, *types = index + h->times;
    for (size_t i = 0; i <= h->times; i++) {
        size_t type = i == 0 ? 0 : index[i - 1];
        if (type >= h->types)
            return false;
        int32_t offset = (int32_t)be32(types + type * 6);
        if (offset < OFFSET_MIN || offset > OFFSET_MAX)
            return false;
        zone->offset[i] = offset;
        if (i == 0)
            continue;
        int64_t at = be64(data + (i - 1) * 8);
        if (at < -INSTANT_MAX || at > INSTANT_MAX || (i > 1 && at <= zone->at[i - 2]))
            return false;
        zone->at[i - 1] = at;
    }
    return true;
}

/* One allocation holds a zone with all that it points to. */
static dx_zone *new_zone(dx_str name, size_t transitions) {
    size_t times = transitions * sizeof(int64_t), offsets = (transitions + 1) * sizeof(int32_t);
    char *p = dx_malloc(sizeof(dx_zone) + times + offsets + name.n);
    if (!p)
        return NULL;
    dx_zone *zone = (dx_zone *)(void *)p;
    p += sizeof *zone;
    *zone = (dx_zone){.n = transitions, .at = (int64_t *)(void *)p};
    zone->offset = (int32_t *)(void *)(p + times);
    char *text = p + times + offsets;
    memcpy(text, name.p, name.n);
    zone->name = (dx_str){text, name.n};
    return zone;
}

/* Of the two blocks of data only the second, in 64 bits, counts. Leap seconds are refused: FEEL's
 * time line has none. */
dx_zone *dx_zone_parse(dx_str name, const uint8_t *bytes, size_t n) {
    const uint8_t *p = bytes, *end = bytes + n;
    header h;
    if (!read_header(&p, end, &h) || data_bytes(&h, 4) > (size_t)(end - p))
        return NULL;
    p += data_bytes(&h, 4);
    if (!read_header(&p, end, &h) || data_bytes(&h, 8) > (size_t)(end - p) || h.leaps > 0)
        return NULL;
    const char *footer = (const char *)p + data_bytes(&h, 8), *text_end = (const char *)end;
    const char *newline = NULL;
    if (footer < text_end && *footer == '\n')
        newline = memchr(footer + 1, '\n', (size_t)(text_end - footer - 1));
    posix_rule rule;
    if (!newline || !parse_rule((cursor){footer + 1, newline}, &rule))
        return NULL;
    dx_zone *zone = new_zone(name, h.times);
    if (!zone)
        return NULL;
    zone->rule = rule;
    if (!read_transitions(zone, &h, p)) {
        dx_free(zone);
        return NULL;
    }
    return zone;
}

static dx_zone *load_zone(dx_str name) {
    char path[sizeof(ZONE_DIR) + NAME_MAX_BYTES];
    memcpy(path, ZONE_DIR, sizeof(ZONE_DIR) - 1);
    memcpy(path + sizeof(ZONE_DIR) - 1, name.p, name.n);
    path[sizeof(ZONE_DIR) - 1 + name.n] = '\0';
    uint8_t *bytes = dx_malloc(FILE_MAX_BYTES);
    if (!bytes)
        return NULL;
    ssize_t n = read_file(path, bytes, FILE_MAX_BYTES);
    dx_zone *zone = n > 0 ? dx_zone_parse(name, bytes, (size_t)n) : NULL;
    dx_free(bytes);
    return zone;
}

static dx_zone *find_in(_Atomic(dx_zone *) *bucket, dx_str name) {
    dx_zone *zone = atomic_load_explicit(bucket, memory_order_acquire);
    while (zone && !dx_str_eq(zone->name, name))
        zone = zone->next;
    return zone;
}

const dx_zone *dx_zone_find(dx_str name) {
    if (!name_ok(name))
        return NULL;
    _Atomic(dx_zone *) *bucket = &table[dx_str_hash(name) % BUCKETS];
    dx_zone *zone = find_in(bucket, name);
    if (zone)
        return zone;
    pthread_mutex_lock(&table_lock);
    zone = find_in(bucket, name); /* another thread may have been first */
    if (!zone) {
        zone = load_zone(name);
        if (zone) {
            zone->next = atomic_load_explicit(bucket, memory_order_relaxed);
            atomic_store_explicit(bucket, zone, memory_order_release);
        }
    }
    pthread_mutex_unlock(&table_lock);
    return zone;
}

dx_str dx_zone_name(const dx_zone *zone) {
    return zone->name;
}

/* Offsets */

/* The local reading at which a rule's change comes in `year`. */
static int64_t rule_local(const rule_day *d, int32_t year) {
    int64_t first = dx_date_to_days((dx_date){year, 1, 1}), day = 0;
    bool leap = dx_date_valid(year, 2, 29);
    switch (d->kind) {
    case DAY_JULIAN: day = first + d->day - 1 + (leap && d->day >= 60); break;
    case DAY_ZERO_BASED: day = first + d->day; break;
    case DAY_OF_WEEK: {
        dx_date date = {year, (uint8_t)d->month, 1};
        day = dx_date_to_days(date) + (d->day - dx_date_weekday(date) % 7 + 7) % 7;
        day += 7 * (d->week - 1);
        dx_date found;
        /* Week 5 is the last one, which may be the fourth. */
        if (dx_date_from_days(day, &found) && found.month != date.month)
            day -= 7;
        break;
    }
    }
    return day * DAY_S + d->time_s;
}

/* The segment of an instant under a rule alone. A rule's time of day may lie a week outside its
 * year, so only with two years on either side is there surely a change before and one after. */
static segment rule_segment(const posix_rule *r, int64_t t) {
    if (!r->has_dst)
        return (segment){INT64_MIN, INT64_MAX, r->std_s};
    int64_t in_cycle = t % CYCLE_S;
    in_cycle += in_cycle < 0 ? CYCLE_S : 0;
    dx_date date;
    dx_date_from_days(in_cycle / DAY_S, &date);
    segment s = {INT64_MIN, INT64_MAX, r->std_s};
    for (int32_t year = date.year - 2; year <= date.year + 2; year++) {
        int64_t at[2] = {rule_local(&r->end, year) - r->dst_s,
                         rule_local(&r->start, year) - r->std_s};
        for (int dst = 0; dst < 2; dst++) {
            /* When the end of one year meets the start of the next, the start counts: this is how
             * daylight saving time all year is written. */
            if (at[dst] <= in_cycle && (dst ? at[dst] >= s.from : at[dst] > s.from)) {
                s.from = at[dst];
                s.offset = dst ? r->dst_s : r->std_s;
            }
            if (at[dst] > in_cycle && at[dst] < s.until)
                s.until = at[dst];
        }
    }
    s.from += t - in_cycle;
    s.until += t - in_cycle;
    return s;
}

static segment segment_at(const dx_zone *zone, int64_t t) {
    size_t low = 0, high = zone->n; /* transitions at or before t: at least low, at most high */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at[middle] <= t)
            low = middle + 1;
        else
            high = middle;
    }
    segment s = {low ? zone->at[low - 1] : INT64_MIN, low < zone->n ? zone->at[low] : INT64_MAX,
                 zone->offset[low]};
    if (low == zone->n && zone->rule.known) {
        segment ruled = rule_segment(&zone->rule, t);
        s.offset = ruled.offset;
        s.from = ruled.from > s.from ? ruled.from : s.from;
        s.until = ruled.until;
    }
    return s;
}

static int64_t clamp_instant(int64_t t) {
    return t < -INSTANT_MAX ? -INSTANT_MAX : t > INSTANT_MAX ? INSTANT_MAX : t;
}

int32_t dx_zone_offset_utc(const dx_zone *zone, int64_t utc_seconds) {
    return segment_at(zone, clamp_instant(utc_seconds)).offset;
}

int32_t dx_zone_offset_local(const dx_zone *zone, int64_t local_seconds) {
    int64_t local = clamp_instant(local_seconds);
    /* Segments that end before this are over at the reading whatever their offset. */
    segment s = segment_at(zone, local - OFFSET_MAX - 1);
    int32_t before = s.offset;
    while (local - s.offset >= s.until) {
        before = s.offset;
        s = segment_at(zone, s.until);
    }
    /* Either the reading lies in this segment, or in the gap that leads to it. */
    return local - s.offset >= s.from ? s.offset : before;
}

/* The release of the data */

static char version[32];
static pthread_once_t version_once = PTHREAD_ONCE_INIT;

static void read_version(void) {
    static const char prefix[] = "# version ";
    char head[sizeof prefix + sizeof version];
    ssize_t n = read_file(ZONE_DIR "tzdata.zi", head, sizeof head);
    size_t at = sizeof prefix - 1, to = 0;
    if (n < (ssize_t)at || memcmp(head, prefix, at) != 0)
        return;
    while (at < (size_t)n && (is_letter(head[at]) || is_digit(head[at])) && to < sizeof version - 1)
        version[to++] = head[at++];
    version[to] = '\0';
}

dx_str dx_zone_version(void) {
    pthread_once(&version_once, read_version);
    return dx_str_of(version);
}
