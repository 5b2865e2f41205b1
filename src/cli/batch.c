/* duixian batch: a stream of facts, one enterprise a line, in memory that does not grow with it.
 * What a line needs lies in an arena of its own (policy/ndjson.h); results gather in a buffer that
 * is written when it is full enough. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "policy/ndjson.h"

#define LINE_ARENA_BYTES ((size_t)512 << 20)
#define OUT_BYTES ((size_t)1 << 20)

typedef struct batch {
    dx_cli *cli;
    dx_ndjson stream;
    dx_arena work; /* of one line */
    dx_lines lines;
    dx_buf out;
    dx_str out_name;
    int fd;
    bool any_bad;
} batch;

/* --- output --- */

static bool flush(batch *b) {
    int why = dx_file_write(b->fd, dx_buf_str(&b->out));
    b->out.n = 0;
    return why == 0 || dx_cli_refuse(b->cli, DX_E_OUT_WRITE, b->out_name, dx_str_of(strerror(why)));
}

static bool same_file(dx_cli *cli, dx_str in, dx_str out) {
    struct stat a, b;
    int found = dx_str_is(in, "-") ? fstat(STDIN_FILENO, &a) : stat(dx_str_z(cli->arena, in), &a);
    return found == 0 && S_ISREG(a.st_mode) && stat(dx_str_z(cli->arena, out), &b) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void close_out(void *fd) {
    close(*(int *)fd);
}

static bool open_out(batch *b, dx_str in) {
    dx_str path = dx_cli_value(b->cli, DX_OPT_OUT);
    b->fd = b->cli->out_fd;
    b->out_name = DX_STR("<stdout>");
    if (!path.p || dx_str_is(path, "-"))
        return true;
    b->out_name = path;
    if (same_file(b->cli, in, path))
        return dx_cli_refuse(b->cli, DX_E_OUT_IS_INPUT, path, (dx_str){0});
    int *fd = DX_NEW(b->cli->arena, int);
    b->fd = open(dx_str_z(b->cli->arena, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (b->fd < 0)
        return dx_cli_refuse(b->cli, DX_E_OUT_OPEN, path, dx_str_of(strerror(errno)));
    *fd = b->fd;
    dx_arena_on_done(b->cli->arena, close_out, fd);
    return true;
}

/* --- the stream --- */

static void free_work(void *work) {
    dx_arena_done(work);
}

/* Opens what is read and what is written. */
static bool open_all(batch *b) {
    dx_cli *cli = b->cli;
    dx_pack *pack;
    dx_str path = dx_cli_value(cli, DX_OPT_FACTS);
    if (path.p && cli->n_operands)
        return dx_cli_refuse(cli, DX_E_USAGE_OPERAND, cli->operands[0], (dx_str){0});
    if (!path.p)
        path = cli->n_operands ? cli->operands[0] : DX_STR("-");
    if (!dx_cli_options(cli, &pack, &b->stream.options) ||
        !dx_lines_open(&b->lines, cli->arena, path, DX_NDJSON_LINE_BYTES, &cli->diags) ||
        !open_out(b, path))
        return false;
    dx_arena_init(&b->work, LINE_ARENA_BYTES);
    dx_arena_on_done(cli->arena, free_work, &b->work);
    b->stream.pack = pack;
    b->stream.run = dx_cli_new_run(cli->arena, &pack->dmn->program, &b->work);
    b->stream.verdicts = DX_NEW_ARRAY(cli->arena, dx_verdict, pack->n_items + 1);
    b->stream.lang = cli->lang;
    b->stream.brief = dx_cli_has(cli, DX_OPT_BRIEF);
    b->stream.name = b->lines.name;
    b->out = (dx_buf){.arena = cli->arena, .p = dx_alloc(cli->arena, OUT_BYTES), .cap = OUT_BYTES};
    return true;
}

/* The next line. What is wrong with reading it lies in the arena of the line, for which a trap is
 * set. */
static dx_line read_line(batch *b, dx_str *line) {
    dx_diags diags;
    dx_diags_init(&diags, &b->work);
    dx_line got = dx_lines_next(&b->lines, line, &diags);
    if (got == DX_LINE_TOO_LONG)
        dx_ndjson_fault(&b->stream, b->lines.number, &diags, &b->out);
    if (got == DX_LINES_FAILED)
        dx_diag_add(&b->cli->diags, diags.first->code, diags.first->place, diags.first->args[0],
                    diags.first->args[1], (dx_str){0});
    return got;
}

static dx_line read_trapped(batch *b, dx_str *line) {
    dx_trap trap;
    if (DX_TRAP(&b->work, &trap) == 0) {
        dx_line got = read_line(b, line);
        dx_trap_end(&b->work, &trap);
        return got;
    }
    dx_trap_end(&b->work, &trap);
    dx_trap_raise(b->cli->arena, trap.code);
}

static dx_line step(batch *b) {
    dx_str line;
    dx_line got = read_trapped(b, &line);
    bool good = got != DX_LINE_TOO_LONG;
    if (got == DX_LINE_GIVEN)
        good = dx_ndjson_line(&b->stream, line, b->lines.number, &b->out);
    b->any_bad |= !good;
    return got;
}

dx_exit dx_cli_batch(dx_cli *cli) {
    batch *b = DX_NEW(cli->arena, batch);
    bool written = false;
    dx_line got;
    b->cli = cli;
    if (!open_all(b))
        return DX_EXIT_INPUT;
    do {
        got = step(b);
        bool over = got == DX_LINES_END || got == DX_LINES_FAILED;
        if (b->out.n < OUT_BYTES / 2 && !over)
            continue;
        written |= b->out.n > 0;
        if (!flush(b))
            return DX_EXIT_FAILED;
    } while (got != DX_LINES_END && got != DX_LINES_FAILED);
    if (got == DX_LINES_FAILED)
        return written ? DX_EXIT_FAILED : DX_EXIT_INPUT;
    return b->any_bad ? DX_EXIT_PARTLY : DX_EXIT_DONE;
}
