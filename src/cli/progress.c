/* See progress.h. The clock that is read here says how long a run takes, never what comes of it. */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { EVERY_MS = 200 };

static int64_t now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void dx_progress_start(dx_progress *progress, dx_lang lang) {
    *progress = (dx_progress){.shown = isatty(STDERR_FILENO) == 1, .lang = lang};
    if (progress->shown)
        progress->began = progress->last = now_ms();
}

void dx_progress_at(dx_progress *progress, uint64_t lines, uint64_t bytes, uint64_t size) {
    if (!progress->shown)
        return;
    int64_t now = now_ms();
    if (now - progress->last < EVERY_MS)
        return;
    progress->last = now;
    uint64_t spent = (uint64_t)(now - progress->began);
    unsigned long long count = lines, rate = lines * 1000 / spent;
    bool zh = progress->lang == DX_ZH;
    if (size == 0 || bytes == 0 || bytes > size) {
        dprintf(STDERR_FILENO, zh ? "\r%llu 行，%llu 行/秒\x1b[K" : "\r%llu lines, %llu/s\x1b[K",
                count, rate);
        return;
    }
    unsigned long long share = bytes * 100 / size;
    unsigned long long left = spent * (size - bytes) / bytes / 1000;
    dprintf(STDERR_FILENO,
            zh ? "\r%3llu%%  %llu 行，%llu 行/秒，还需 %llu:%02llu\x1b[K"
               : "\r%3llu%%  %llu lines, %llu/s, %llu:%02llu left\x1b[K",
            share, count, rate, left / 60, left % 60);
}

void dx_progress_end(dx_progress *progress) {
    if (progress->shown && progress->last > progress->began)
        dprintf(STDERR_FILENO, "\r\x1b[K");
}
