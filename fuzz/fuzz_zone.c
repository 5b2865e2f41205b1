/* Fuzz target: whatever bytes pass for a TZif file give offsets within bounds at all instants and
 * readings, and one that belongs to a reading brings it back unless the reading falls in a gap. */
#include <stdlib.h>

#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_sane(int32_t offset) {
    if (offset < -90000 || offset > 93600)
        abort();
}

static void check(const dx_zone *zone, int64_t t) {
    int32_t utc = dx_zone_offset_utc(zone, t);
    require_sane(utc);
    int32_t local = dx_zone_offset_local(zone, t);
    require_sane(local);
    if (t < INT64_MIN / 4 || t > INT64_MAX / 4)
        return;
    /* The reading of an instant belongs to it or to an earlier one. */
    int32_t first = dx_zone_offset_local(zone, t + utc);
    if (first < utc || dx_zone_offset_utc(zone, t + utc - first) != first)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int64_t instants[] = {
        0,          -1,         86400,       1000000000,        1700000000,
        1720000000, 4000000000, -4000000000, 31000000000000000, -31000000000000000,
        INT64_MIN,  INT64_MAX};
    dx_zone *zone = dx_zone_parse(DX_STR("Fuzz"), data, size);
    if (!zone)
        return 0;
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
        check(zone, instants[i]);
    dx_free(zone);
    return 0;
}
