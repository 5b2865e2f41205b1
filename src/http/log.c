/* See log.h. Lines gather in one of two buffers while the other is written. */
#include "http/log.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 256 * 1024,
    CHUNK_BYTES = 4096, /* a pipe that is ready takes this much without blocking */
    WAIT_MS = 200,
};

struct dx_log {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_t thread;
    char *gathering, *writing;
    size_t n;
    uint64_t dropped;
    bool stopping;
};

static bool is_stopping(dx_log *log) {
    pthread_mutex_lock(&log->lock);
    bool stopping = log->stopping;
    pthread_mutex_unlock(&log->lock);
    return stopping;
}

/* False when the log ends and nobody reads, or there is nobody to write to. */
static bool put(dx_log *log, const char *p, size_t n) {
    while (n > 0) {
        struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
        if (poll(&out, 1, WAIT_MS) <= 0) {
            if (is_stopping(log))
                return false;
            continue;
        }
        ssize_t written = write(STDERR_FILENO, p, n < CHUNK_BYTES ? n : CHUNK_BYTES);
        if (written < 0)
            return false;
        p += written;
        n -= (size_t)written;
    }
    return true;
}

static void *write_lines(void *context) {
    dx_log *log = context;
    bool going = true;
    while (going) {
        pthread_mutex_lock(&log->lock);
        while (log->n == 0 && !log->stopping)
            pthread_cond_wait(&log->filled, &log->lock);
        char *full = log->gathering;
        size_t n = log->n;
        log->gathering = log->writing;
        log->writing = full;
        log->n = 0;
        going = !log->stopping;
        pthread_mutex_unlock(&log->lock);
        put(log, full, n);
    }
    return NULL;
}

dx_log *dx_log_start(dx_arena *arena) {
    dx_log *log = DX_NEW(arena, dx_log);
    log->gathering = dx_alloc(arena, BUFFER_BYTES);
    log->writing = dx_alloc(arena, BUFFER_BYTES);
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->filled, NULL);
    return pthread_create(&log->thread, NULL, write_lines, log) == 0 ? log : NULL;
}

void dx_log_add(dx_log *log, dx_str line) {
    pthread_mutex_lock(&log->lock);
    if (log->n + line.n <= BUFFER_BYTES) {
        memcpy(log->gathering + log->n, line.p, line.n);
        log->n += line.n;
        if (log->n == line.n)
            pthread_cond_signal(&log->filled);
    } else {
        log->dropped++;
    }
    pthread_mutex_unlock(&log->lock);
}

uint64_t dx_log_dropped(dx_log *log) {
    pthread_mutex_lock(&log->lock);
    uint64_t dropped = log->dropped;
    pthread_mutex_unlock(&log->lock);
    return dropped;
}

void dx_log_stop(dx_log *log) {
    pthread_mutex_lock(&log->lock);
    log->stopping = true;
    pthread_cond_signal(&log->filled);
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->thread, NULL);
    pthread_cond_destroy(&log->filled);
    pthread_mutex_destroy(&log->lock);
}
