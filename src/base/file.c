/* Reading files through the system's descriptors. An open file hangs on the arena, so that a jump
 * to a trap in the middle of reading closes it. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)

struct dx_file {
    int fd; /* -1: closed */
};

static void close_file(void *arg) {
    struct dx_file *file = arg;
    if (file->fd > STDIN_FILENO)
        close(file->fd);
    file->fd = -1;
}

dx_str dx_file_name(dx_str path) {
    return dx_str_is(path, "-") ? DX_STR("<stdin>") : path;
}

/* Adds the diagnostic for errno; the usual reasons have sentences of their own, because the words
 * of the system are English. Always false. */
static bool fail(dx_diags *diags, dx_err otherwise, dx_str name, int reason) {
    dx_err code = reason == ENOENT || reason == ENOTDIR ? DX_E_FILE_MISSING
                  : reason == EACCES                    ? DX_E_FILE_DENIED
                  : reason == EISDIR                    ? DX_E_FILE_FOLDER
                                                        : otherwise;
    dx_diag_add(diags, code, (dx_place){.file = name}, name, dx_str_of(strerror(reason)),
                DX_STR(""));
    return false;
}

/* Adds the diagnostic for a file of more than `limit` bytes. Always false. */
static bool fail_too_large(dx_diags *diags, dx_str name, size_t limit) {
    char text[24];
    snprintf(text, sizeof text, "%zu", limit);
    dx_diag_add(diags, DX_E_FILE_TOO_LARGE, (dx_place){.file = name}, name, dx_str_of(text),
                DX_STR(""));
    return false;
}

/* An open file that closes with the arena, or NULL. */
static struct dx_file *open_file(dx_arena *arena, dx_str path, dx_diags *diags) {
    struct dx_file *file = DX_NEW(arena, struct dx_file);
    const char *z = dx_str_z(arena, path);
    file->fd = -1;
    dx_arena_on_done(arena, close_file, file); /* before there is anything to lose */
    if (dx_str_is(path, "-")) {
        file->fd = STDIN_FILENO;
        return file;
    }
    bool has_nul = strlen(z) != path.n; /* then the system would open another file */
    errno = ENOENT;
    file->fd = has_nul ? -1 : open(z, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0) {
        fail(diags, DX_E_FILE_OPEN, path, errno);
        return NULL;
    }
    return file;
}

/* Up to `n` bytes; 0 at the end, -1 with errno set. */
static ssize_t read_some(const struct dx_file *file, char *p, size_t n) {
    ssize_t got;
    do
        got = read(file->fd, p, n);
    while (got < 0 && errno == EINTR);
    return got;
}

/* The size the system knows, or 0. */
static size_t known_size(const struct dx_file *file) {
    struct stat about;
    if (fstat(file->fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
        return (size_t)about.st_size;
    return 0;
}

/* Reads all of an open file; see dx_file_read. There is always room for one byte more than was
 * read, so that the end shows without growing and the NUL fits. */
static bool read_all(dx_arena *arena, const struct dx_file *file, dx_str name, size_t limit,
                     dx_str *ret, dx_diags *diags) {
    size_t known = known_size(file), n = 0;
    if (known > limit)
        return fail_too_large(diags, name, limit);
    size_t cap = (known ? known : limit < CHUNK ? limit : CHUNK) + 1;
    char *p = dx_alloc(arena, cap);
    for (;;) {
        if (n == cap) {
            size_t more = cap > limit / 2 ? limit + 1 : cap * 2;
            p = memcpy(dx_alloc(arena, more), p, n);
            cap = more;
        }
        ssize_t got = read_some(file, p + n, cap - n);
        if (got < 0)
            return fail(diags, DX_E_FILE_READ, name, errno);
        if (got == 0)
            break;
        n += (size_t)got;
        if (n > limit)
            return fail_too_large(diags, name, limit);
    }
    p[n] = '\0';
    *ret = (dx_str){p, n};
    return true;
}

bool dx_file_read(dx_arena *arena, dx_str path, size_t limit, dx_str *ret, dx_diags *diags) {
    struct dx_file *file = open_file(arena, path, diags);
    if (!file)
        return false;
    bool ok = read_all(arena, file, dx_file_name(path), limit, ret, diags);
    close_file(file);
    return ok;
}

/* ---- lines ---- */

bool dx_lines_open(dx_lines *lines, dx_arena *arena, dx_str path, size_t limit, dx_diags *diags) {
    *lines = (dx_lines){.arena = arena, .limit = limit};
    lines->name = dx_str_copy(arena, dx_file_name(path));
    lines->file = open_file(arena, path, diags);
    if (!lines->file)
        return false;
    lines->cap = CHUNK;
    lines->p = dx_alloc(arena, CHUNK);
    return true;
}

/* Makes room behind what is buffered: moves that to the front, and if it fills the buffer makes a
 * larger one. */
static void make_room(dx_lines *lines) {
    if (lines->begin) {
        memmove(lines->p, lines->p + lines->begin, lines->end - lines->begin);
        lines->end -= lines->begin;
        lines->begin = 0;
    }
    if (lines->end < lines->cap)
        return;
    lines->p = memcpy(dx_alloc(lines->arena, lines->cap * 2), lines->p, lines->end);
    lines->cap *= 2;
}

/* Reads more into the buffer. False when the system reports an error. */
static bool fill(dx_lines *lines) {
    make_room(lines);
    ssize_t got = read_some(lines->file, lines->p + lines->end, lines->cap - lines->end);
    if (got < 0)
        return false;
    lines->end += (size_t)got;
    lines->at_end = got == 0;
    return true;
}

static dx_str without_cr(dx_str line) {
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

dx_line dx_lines_next(dx_lines *lines, dx_str *line, dx_diags *diags) {
    size_t seen = 0; /* bytes of the line that hold no newline */
    bool too_long = false;
    lines->number++;
    for (;;) {
        char *start = lines->p + lines->begin;
        size_t left = lines->end - lines->begin;
        char *newline = left > seen ? memchr(start + seen, '\n', left - seen) : NULL;
        if (newline || (lines->at_end && (left || too_long))) {
            size_t n = newline ? (size_t)(newline - start) : left;
            lines->begin += n + (newline != NULL);
            *line = without_cr((dx_str){start, n});
            too_long = too_long || line->n > lines->limit;
            break;
        }
        if (lines->at_end)
            return DX_LINES_END;
        seen = left;
        if (seen && seen - 1 > lines->limit) { /* a CR may still not count; the rest is not kept */
            too_long = true;
            lines->begin = lines->end;
            seen = 0;
        }
        if (!fill(lines)) {
            fail(diags, DX_E_FILE_READ, lines->name, errno);
            return DX_LINES_FAILED;
        }
    }
    if (!too_long)
        return DX_LINE_GIVEN;
    char limit[24];
    snprintf(limit, sizeof limit, "%zu", lines->limit);
    dx_diag_add(diags, DX_E_FILE_LINE,
                (dx_place){.file = lines->name, .line = (uint32_t)lines->number}, dx_str_of(limit),
                DX_STR(""), DX_STR(""));
    return DX_LINE_TOO_LONG;
}

void dx_lines_close(dx_lines *lines) {
    if (lines->file)
        close_file(lines->file);
}

/* --- stretches ----------------------------------------------------------------------------------
 */

bool dx_stretch_open(dx_stretch *stretch, dx_arena *arena, dx_str path, dx_diags *diags) {
    struct stat about;
    *stretch = (dx_stretch){.arena = arena, .name = dx_file_name(path)};
    stretch->file = open_file(arena, path, diags);
    if (!stretch->file)
        return false;
    if (fstat(stretch->file->fd, &about) == 0 && S_ISREG(about.st_mode))
        stretch->size = (uint64_t)about.st_size;
    if (read(stretch->file->fd, NULL, 0) < 0)
        return fail(diags, DX_E_FILE_READ, stretch->name, errno);
    return true;
}

/* Room for `want` bytes from `begin` on. */
static void make_stretch(dx_stretch *stretch, size_t want) {
    size_t left = stretch->end - stretch->begin;
    char *to = stretch->p;
    if (stretch->cap < want) {
        while (stretch->cap < want)
            stretch->cap = stretch->cap ? stretch->cap * 2 : CHUNK;
        to = dx_alloc(stretch->arena, stretch->cap);
    } else if (stretch->cap - stretch->begin >= want) {
        return;
    }
    if (left)
        memmove(to, stretch->p + stretch->begin, left);
    stretch->p = to;
    stretch->begin = 0;
    stretch->end = left;
}

int dx_stretch_fill(dx_stretch *stretch, size_t want) {
    make_stretch(stretch, want);
    while (stretch->end - stretch->begin < want && !stretch->at_end) {
        ssize_t got =
            read(stretch->file->fd, stretch->p + stretch->end, stretch->cap - stretch->end);
        if (got < 0)
            return errno;
        stretch->end += (size_t)got;
        stretch->at_end = got == 0;
    }
    return 0;
}

/* --- folders ---------------------------------------------------------------------------------- */

enum { FOLDER_NAMES_MAX = 100000 };

static int by_bytes(const void *a, const void *b) {
    return dx_str_cmp(*(const dx_str *)a, *(const dx_str *)b);
}

/* Hangs on the arena: names are allocated while the folder is open. */
static void close_folder(void *holder) {
    DIR **dir = holder;
    if (*dir)
        closedir(*dir);
    *dir = NULL;
}

bool dx_folder_names(dx_arena *arena, dx_str path, dx_names_list *ret, dx_diags *diags) {
    DIR **dir = dx_alloc(arena, sizeof(DIR *));
    *dir = NULL;
    dx_arena_on_done(arena, close_folder, dir);
    *dir = opendir(dx_str_z(arena, path));
    if (!*dir) {
        fail(diags, DX_E_FILE_OPEN, path, errno);
        return false;
    }
    *ret = (dx_names_list){0};
    for (const struct dirent *entry; ret->n < FOLDER_NAMES_MAX && (entry = readdir(*dir));)
        if (entry->d_name[0] != '.')
            dx_vec_push(arena, ret, dx_str_copy(arena, dx_str_of(entry->d_name)));
    close_folder(dir);
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, by_bytes);
    return true;
}

/* --- temporary files --- */

int dx_file_temporary(dx_arena *arena, dx_str folder, dx_diags *diags) {
    char *path = (char *)(uintptr_t)dx_str_z(
        arena, dx_str_fmt(arena, "%.*s/duixian-XXXXXX", DX_FMT(folder)));
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        dx_diag_add(diags, DX_E_OUT_OPEN, (dx_place){.file = folder}, folder,
                    dx_str_of(strerror(errno)), (dx_str){0});
    else
        unlink(path);
    return fd;
}

int dx_file_write(int fd, dx_str text) {
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        text = (dx_str){text.p + n, text.n - (size_t)n};
    }
    return 0;
}

bool dx_file_read_at(int fd, uint64_t at, char *ret, size_t n) {
    while (n > 0) {
        ssize_t got = pread(fd, ret, n, (off_t)at);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        size_t some = got > 0 ? (size_t)got : 0;
        ret += some;
        at += some;
        n -= some;
    }
    return true;
}

void dx_file_close(int fd) {
    close(fd);
}
