/* Files as the program reads them: a whole one into an arena, or one line after the other for
 * NDJSON of any length in flat memory, or stretches of any size. The path "-" is the standard
 * input. */
#ifndef DX_BASE_FILE_H
#define DX_BASE_FILE_H

#include "base/diag.h"

/* Reads the whole file of at most `limit` bytes. The text has a NUL after it that is not counted.
 * False with one diagnostic when that cannot be done. */
bool dx_file_read(dx_arena *arena, dx_str path, size_t limit, dx_str *ret, dx_diags *diags);
/* What a person calls the file: its path, or <stdin>. */
dx_str dx_file_name(dx_str path);

/* The names in a folder in the order of their bytes, those that begin with a dot left out. False
 * with one diagnostic when it cannot be read. */
typedef struct dx_names_list {
    dx_str *v;
    uint32_t n, cap;
} dx_names_list;
bool dx_folder_names(dx_arena *arena, dx_str path, dx_names_list *ret, dx_diags *diags);

/* A file without a name, in a folder, for what is too large to hold: its descriptor, or -1 with one
 * diagnostic. It is gone when it is closed. */
int dx_file_temporary(dx_arena *arena, dx_str folder, dx_diags *diags);
/* Writes all of a text; 0, or the errno of what went wrong. */
int dx_file_write(int fd, dx_str text);
/* Reads so many bytes from an offset; false when there are fewer or the system fails. */
bool dx_file_read_at(int fd, uint64_t at, char *ret, size_t n);
void dx_file_close(int fd);

/* A file being read by lines. */
typedef struct dx_lines {
    dx_arena *arena;
    dx_str name;
    struct dx_file *file;
    char *p;           /* the buffer */
    size_t begin, end; /* what of it is read and not yet given */
    size_t cap, limit;
    uint64_t number; /* of the line given last, from 1 */
    bool at_end;     /* nothing more to read */
} dx_lines;

typedef enum dx_line { DX_LINE_GIVEN, DX_LINE_TOO_LONG, DX_LINES_END, DX_LINES_FAILED } dx_line;

/* Opens the file; lines of more than `limit` bytes are skipped. The buffer lies in `arena` and
 * stays below four times the longest line. */
bool dx_lines_open(dx_lines *lines, dx_arena *arena, dx_str path, size_t limit, dx_diags *diags);
/* The next line without its LF or CR LF, valid until the next call. Reading can go on after a line
 * that was too long. That and a failure to read come with a diagnostic. */
dx_line dx_lines_next(dx_lines *lines, dx_str *line, dx_diags *diags);
/* Closes the file, if the arena has not done so. */
void dx_lines_close(dx_lines *lines);

/* A file being read by stretches of its bytes, of which the reader says how much it has used. */
typedef struct dx_stretch {
    dx_arena *arena;
    dx_str name;
    struct dx_file *file;
    char *p;           /* the buffer */
    size_t begin, end; /* what of it is read and not yet used */
    size_t cap;
    uint64_t size; /* of the file, or 0 where that is not known */
    bool at_end;   /* nothing more to read */
} dx_stretch;

bool dx_stretch_open(dx_stretch *stretch, dx_arena *arena, dx_str path, dx_diags *diags);
/* Reads until `want` bytes are there to be used, or the file ends; 0, or the errno of what went
 * wrong, EINTR when a signal came in between. */
int dx_stretch_fill(dx_stretch *stretch, size_t want);

#endif
