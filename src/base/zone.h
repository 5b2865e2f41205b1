/* Time zones from the system's TZif files (/usr/share/zoneinfo), read once and kept for the life of
 * the process behind a lock; a lookup takes none. An unknown name is refused, never UTC. */
#ifndef DX_BASE_ZONE_H
#define DX_BASE_ZONE_H

#include "base/str.h"

typedef struct dx_zone dx_zone;

/* The zone of an IANA name, or NULL when there is none (or the name could leave the folder). */
const dx_zone *dx_zone_find(dx_str name);
/* A zone of the bytes of a TZif file, outside the table of those found; dx_free gives it back. NULL
 * when they are none that holds here or there is no memory. For tests. */
dx_zone *dx_zone_parse(dx_str name, const uint8_t *bytes, size_t n);
dx_str dx_zone_name(const dx_zone *zone);
/* Offset from UTC in seconds at a UTC instant, and at a local reading (seconds since 1970-01-01
 * local; in a gap the offset before it, in an overlap the first). */
int32_t dx_zone_offset_utc(const dx_zone *zone, int64_t utc_seconds);
int32_t dx_zone_offset_local(const dx_zone *zone, int64_t local_seconds);
/* The release of the data, e.g. "2025b"; "" when the system does not say. */
dx_str dx_zone_version(void);

#endif
