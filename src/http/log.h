/* The access log: lines from all threads to standard error, written by a thread of its own, so that
 * no request waits for whoever reads them. */
#ifndef DX_HTTP_LOG_H
#define DX_HTTP_LOG_H

#include "base/str.h"

typedef struct dx_log dx_log;

/* NULL when no thread can be had. Allocates in the arena, which must outlive the log. */
dx_log *dx_log_start(dx_arena *arena);
/* Adds a line, its line feed included; it is dropped when nobody reads and too many wait. */
void dx_log_add(dx_log *log, dx_str line);
/* Lines dropped so far. */
uint64_t dx_log_dropped(dx_log *log);
/* Writes what waits, as far as somebody reads, and ends the thread. */
void dx_log_stop(dx_log *log);

#endif
