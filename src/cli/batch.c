/* duixian batch: a stream of facts, one enterprise a line, in memory that does not grow with it.
 * What a line needs lies in an arena of its own, which is reset for the next; results gather in a
 * buffer that is written when it is full enough. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define LINE_BYTES ((size_t)16 << 20)
#define LINE_ARENA_BYTES ((size_t)512 << 20)
#define OUT_BYTES ((size_t)1 << 20)

typedef struct batch {
    dx_cli *cli;
    dx_pack *pack;
    dx_options options;
    dx_assessment assessment;
    dx_run *run;
    dx_arena work; /* of one line */
    dx_lines lines;
    dx_buf out;
    dx_str out_name;
    int fd;
    bool brief, any_bad;
} batch;

/* --- output --- */

static bool flush(batch *b) {
    dx_str rest = dx_buf_str(&b->out);
    while (rest.n) {
        ssize_t n = write(b->fd, rest.p, rest.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return dx_cli_refuse(b->cli, DX_E_OUT_WRITE, b->out_name, dx_str_of(strerror(errno)));
        rest = (dx_str){rest.p + n, rest.n - (size_t)n};
    }
    b->out.n = 0;
    return true;
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

/* --- one line --- */

static void put_error(batch *b, dx_str pointer, uint32_t column, dx_str message) {
    dx_json_writer writer = {.out = &b->out};
    b->any_bad = true;
    dx_json_open(&writer, '{');
    dx_json_key(&writer, DX_STR("error"));
    dx_json_open(&writer, '{');
    dx_json_key(&writer, DX_STR("line"));
    dx_json_int(&writer, (int64_t)b->lines.number);
    if (column) {
        dx_json_key(&writer, DX_STR("column"));
        dx_json_int(&writer, column);
    }
    dx_json_key(&writer, DX_STR("pointer"));
    dx_json_string(&writer, pointer);
    dx_json_key(&writer, DX_STR("message"));
    dx_json_string(&writer, message);
    dx_json_close(&writer, '}');
    dx_json_close(&writer, '}');
    dx_buf_char(&b->out, '\n');
}

/* The first fault of a line, which is what a line has room for. */
static void put_fault(batch *b, const dx_diags *diags) {
    const dx_diag *first = diags->first;
    dx_str sentence = dx_diag_sentence(diags->arena, first, b->cli->lang);
    put_error(b, first->place.element, first->place.column, sentence);
}

static void assess_line(batch *b, dx_str line, dx_diags *diags) {
    dx_facts facts;
    const dx_json *json = dx_json_parse(&b->work, line, b->lines.name, diags);
    if (!json || !dx_facts_read(b->pack, b->run, json, &facts, diags)) {
        put_fault(b, diags);
        return;
    }
    dx_assess(b->pack, b->run, &facts, &b->options, &b->assessment);
    dx_json_writer writer = {.out = &b->out};
    dx_assessment_json(b->pack, b->run, &facts, &b->options, &b->assessment, b->brief, &writer);
    dx_buf_char(&b->out, '\n');
}

/* --- the stream --- */

static void free_work(void *work) {
    dx_arena_done(work);
}

/* Opens what is read and what is written. */
static bool open_all(batch *b) {
    dx_cli *cli = b->cli;
    dx_str path = dx_cli_value(cli, DX_OPT_FACTS);
    if (path.p && cli->n_operands)
        return dx_cli_refuse(cli, DX_E_USAGE_OPERAND, cli->operands[0], (dx_str){0});
    if (!path.p)
        path = cli->n_operands ? cli->operands[0] : DX_STR("-");
    if (!dx_cli_options(cli, &b->pack, &b->options) ||
        !dx_lines_open(&b->lines, cli->arena, path, LINE_BYTES, &cli->diags) || !open_out(b, path))
        return false;
    dx_arena_init(&b->work, LINE_ARENA_BYTES);
    dx_arena_on_done(cli->arena, free_work, &b->work);
    b->run = dx_cli_new_run(cli->arena, &b->pack->dmn->program, &b->work);
    b->assessment.verdicts = DX_NEW_ARRAY(cli->arena, dx_verdict, b->pack->n_items + 1);
    b->out = (dx_buf){.arena = cli->arena, .p = dx_alloc(cli->arena, OUT_BYTES), .cap = OUT_BYTES};
    return true;
}

/* Reads and does one line. */
static dx_line step(batch *b, dx_diags *diags) {
    dx_str line;
    dx_line got = dx_lines_next(&b->lines, &line, diags);
    if (got == DX_LINE_TOO_LONG)
        put_fault(b, diags);
    if (got == DX_LINE_GIVEN)
        assess_line(b, line, diags);
    return got;
}

/* The same within limits: a line that runs into one is a bad line; running out of memory ends the
 * command. */
static dx_line step_trapped(batch *b) {
    size_t before = b->out.n;
    dx_diags diags;
    dx_trap trap;
    dx_arena_reset(&b->work);
    dx_run_reset(b->run);
    if (DX_TRAP(&b->work, &trap) == 0) {
        dx_diags_init(&diags, &b->work);
        dx_line got = step(b, &diags);
        if (got == DX_LINES_FAILED)
            dx_diag_add(&b->cli->diags, diags.first->code, diags.first->place, diags.first->args[0],
                        diags.first->args[1], (dx_str){0});
        dx_trap_end(&b->work, &trap);
        return got;
    }
    dx_trap_end(&b->work, &trap);
    if (trap.code == DX_E_MEMORY)
        dx_trap_raise(b->cli->arena, trap.code);
    b->out.n = before;
    put_error(b, (dx_str){0}, 0, dx_str_of(dx_err_text(trap.code, b->cli->lang)));
    return DX_LINE_GIVEN;
}

dx_exit dx_cli_batch(dx_cli *cli) {
    batch *b = DX_NEW(cli->arena, batch);
    bool written = false;
    dx_line got;
    b->cli = cli;
    b->brief = dx_cli_has(cli, DX_OPT_BRIEF);
    if (!open_all(b))
        return DX_EXIT_INPUT;
    do {
        got = step_trapped(b);
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
