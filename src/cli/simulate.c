/* duixian simulate: what a change of policy would do to a population. duixian population: synthetic
 * enterprises for this and other commands. */
#include "cli/simulate.h"

#include <string.h>
#include <unistd.h>

#include "batch/population.h"
#include "batch/rows_facts.h"

#define REFORM_BYTES ((size_t)64 << 20)
#define OUT_BYTES ((size_t)1 << 20)
enum { OPEN_ROWS = 1000 };
#define SYNTHETIC_MOST UINT64_C(1000000000)

/* --- arguments
 * --------------------------------------------------------------------------------------- */

static bool whole_number(dx_cli *cli, dx_opt opt, uint64_t most, uint64_t *ret) {
    dx_str text = dx_cli_value(cli, opt);
    uint64_t number = 0;
    bool good = text.n > 0 && text.n <= 18;
    for (size_t i = 0; good && i < text.n; i++) {
        good = text.p[i] >= '0' && text.p[i] <= '9';
        number = number * 10 + (uint64_t)(text.p[i] - '0');
    }
    if (text.p && (!good || number > most))
        return dx_cli_refuse(cli, DX_E_USAGE_CHOICE, dx_str_of(dx_cli_opt_name(opt) + 2), text);
    if (text.p)
        *ret = number;
    return true;
}

/* Yuan as fen; -1 where none is given. */
static bool appropriation_of(dx_cli *cli, int64_t *ret) {
    dx_str text = dx_cli_value(cli, DX_OPT_APPROPRIATION);
    dx_num num;
    *ret = -1;
    if (!text.p ||
        (dx_num_parse(cli->arena, text, &num) && dx_num_to_scaled(num, 2, ret) && *ret >= 0))
        return true;
    return dx_cli_refuse(cli, DX_E_USAGE_CHOICE, DX_STR("appropriation"), text);
}

/* What stands between commas. */
static uint32_t split(dx_str list, dx_str *ret, uint32_t most) {
    uint32_t n = 0;
    while (list.n > 0 && n < most) {
        const char *comma = memchr(list.p, ',', list.n);
        size_t length = comma ? (size_t)(comma - list.p) : list.n;
        ret[n++] = (dx_str){list.p, length};
        list.p += length + (comma != NULL);
        list.n -= length + (comma != NULL);
    }
    return n;
}

static const dx_population *population_of(dx_cli *cli, const dx_pack *pack) {
    dx_str path = dx_cli_value(cli, DX_OPT_ASSUMPTIONS), text;
    if (!path.p)
        path = dx_str_fmt(cli->arena, "%.*s/population.json", DX_FMT(pack->dir));
    if (!dx_file_read(cli->arena, path, REFORM_BYTES, &text, &cli->diags))
        return NULL;
    return dx_population_read(cli->arena, pack, text, path, &cli->diags);
}

static uint32_t processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (uint32_t)n : 1;
}

/* --- simulate
 * ---------------------------------------------------------------------------------------- */

typedef struct simulating {
    dx_cli *cli;
    dx_pack *pack;
    dx_options options;
    dx_reform reform;
    const dx_population *population; /* NULL: the rows are read */
    dx_rows *rows;
    uint64_t n, seed;
    int64_t appropriation;
    dx_simulation result;
} simulating;

static dx_str folder_of(dx_str path) {
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return n > 0 ? (dx_str){path.p, n} : DX_STR(".");
}

static bool read_reform(simulating *s) {
    dx_cli *cli = s->cli;
    dx_str path = dx_cli_value(cli, DX_OPT_REFORM), text;
    if (!path.p)
        return dx_cli_refuse(cli, DX_E_USAGE_MISSING, DX_STR("--reform FILE"), (dx_str){0});
    if (!dx_file_read(cli->arena, path, REFORM_BYTES, &text, &cli->diags))
        return false;
    const dx_json *root = dx_json_parse(cli->arena, text, dx_file_name(path), &cli->diags);
    return root && dx_reform_read(cli->arena, s->pack, &s->options, root, root, dx_file_name(path),
                                  folder_of(path), &s->reform, &cli->diags);
}

static bool open_rows(simulating *s) {
    dx_cli *cli = s->cli;
    dx_str path = dx_cli_value(cli, DX_OPT_POPULATION);
    s->seed = 1;
    if (path.p && (dx_cli_has(cli, DX_OPT_SYNTHETIC) || dx_cli_has(cli, DX_OPT_SEED) ||
                   dx_cli_has(cli, DX_OPT_ASSUMPTIONS)))
        return dx_cli_refuse(cli, DX_E_USAGE_POPULATION, (dx_str){0}, (dx_str){0});
    if (path.p)
        return (s->rows = dx_rows_lines(cli->arena, s->pack, path, &cli->diags)) != NULL;
    s->population = population_of(cli, s->pack);
    if (!s->population)
        return false;
    s->n = dx_population_size(s->population);
    if (!whole_number(cli, DX_OPT_SYNTHETIC, SYNTHETIC_MOST, &s->n) ||
        !whole_number(cli, DX_OPT_SEED, UINT64_MAX, &s->seed))
        return false;
    s->rows = dx_population_rows(cli->arena, s->population, s->n, s->seed);
    return true;
}

static bool simulate(simulating *s) {
    dx_cli *cli = s->cli;
    dx_str by[DX_GROUPINGS_MOST + 1];
    dx_simulation_order order = {
        .pack = s->pack,
        .options = &s->options,
        .reform = &s->reform,
        .rows = s->rows,
        .by = by,
        .n_by = split(dx_cli_value(cli, DX_OPT_GROUP_BY), by, DX_GROUPINGS_MOST + 1),
        .figure = dx_cli_value(cli, DX_OPT_OPEN),
        .open_most = OPEN_ROWS,
        .threads = processors()};
    bool done = dx_simulate(cli->arena, &order, &s->result, &cli->diags);
    return (s->population || dx_rows_facts_good(s->rows, &cli->diags)) && done;
}

static void put_json(simulating *s) {
    dx_json_writer out = {.out = &s->cli->out, .indent = 2};
    dx_json_open(&out, '{');
    dx_simulation_json(s->cli->arena, &s->result, s->appropriation, &out);
    if (s->population) {
        dx_json_key(&out, DX_STR("seed"));
        dx_json_string(&out, dx_str_fmt(s->cli->arena, "%llu", (unsigned long long)s->seed));
        dx_json_key(&out, DX_STR("population"));
        dx_population_json(s->cli->arena, s->population, s->n, &out);
    }
    dx_json_close(&out, '}');
    dx_buf_char(&s->cli->out, '\n');
}

static void put_text(simulating *s) {
    dx_cli *cli = s->cli;
    if (s->population) {
        dx_label about = dx_population_about(s->population);
        dx_buf_addz(&cli->out, dx_cli_say(cli, "虚拟企业 ", "Synthetic enterprises: "));
        dx_buf_fmt(&cli->out, "%llu", (unsigned long long)s->n);
        dx_buf_addz(&cli->out, dx_cli_say(cli, " 家，种子 ", ", seed "));
        dx_buf_fmt(&cli->out, "%llu", (unsigned long long)s->seed);
        dx_buf_addz(&cli->out, dx_cli_say(cli, "。", ". "));
        dx_buf_add(&cli->out, dx_label_in(&about, cli->lang));
        dx_buf_char(&cli->out, '\n');
    }
    dx_simulation_text(cli, &s->result, s->appropriation);
}

dx_exit dx_cli_simulate(dx_cli *cli) {
    simulating s = {.cli = cli};
    bool json;
    if (!dx_cli_format(cli, &json) || !appropriation_of(cli, &s.appropriation) ||
        !dx_cli_options(cli, &s.pack, &s.options) || !read_reform(&s) || !open_rows(&s) ||
        !simulate(&s))
        return DX_EXIT_INPUT;
    if (json)
        put_json(&s);
    else
        put_text(&s);
    return DX_EXIT_DONE;
}

/* --- population
 * -------------------------------------------------------------------------------------- */

typedef struct writing {
    dx_cli *cli;
    const dx_pack *pack;
    dx_rows *rows;
    dx_arena line; /* of one row */
    dx_buf out;
    bool csv;
} writing;

static void free_line(void *line) {
    dx_arena_done(line);
}

static bool flush(writing *w) {
    int why = dx_file_write(w->cli->out_fd, dx_buf_str(&w->out));
    w->out.n = 0;
    return why == 0 ||
           dx_cli_refuse(w->cli, DX_E_OUT_WRITE, DX_STR("<stdout>"), dx_str_of(strerror(why)));
}

static void put_field(dx_buf *out, dx_str text) {
    bool plain = true;
    for (size_t i = 0; i < text.n; i++)
        plain = plain && !strchr(",\"\r\n", text.p[i]);
    if (plain) {
        dx_buf_add(out, text);
        return;
    }
    dx_buf_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            dx_buf_char(out, '"');
        dx_buf_char(out, text.p[i]);
    }
    dx_buf_char(out, '"');
}

/* Nothing for what is not known; the word null for what does not exist. */
static void put_cell(writing *w, const dx_vector *field, uint32_t row) {
    dx_val value = dx_vector_at(field, row, &w->line);
    dx_buf text = {.arena = &w->line};
    if (value.tag == DX_NULL)
        dx_buf_addz(&text, "null");
    else if (value.tag != DX_UNKNOWN)
        dx_val_print(&text, value, false);
    put_field(&w->out, dx_buf_str(&text));
}

/* A subject has a column of its own, where null says that there is none. */
static void put_csv_row(writing *w, const dx_vector *fields, uint32_t row) {
    for (uint32_t i = 0; i < w->pack->n_inputs; i++) {
        const dx_input *input = &w->pack->inputs[i];
        dx_val there = dx_vector_at(&fields[w->pack->n_facts + i], row, &w->line);
        dx_buf_addz(&w->out, i ? "," : "");
        dx_buf_addz(&w->out, dx_val_is_false(there) ? "null" : "");
        for (uint32_t k = 0; k < input->n; k++) {
            dx_buf_char(&w->out, ',');
            if (!dx_val_is_false(there))
                put_cell(w, &fields[input->first + k], row);
        }
    }
    dx_buf_char(&w->out, '\n');
}

static void put_row(writing *w, const dx_vector *fields, uint32_t row) {
    dx_json_writer json = {.out = &w->out};
    dx_arena_reset(&w->line);
    w->line.trap = w->cli->arena->trap;
    if (w->csv) {
        put_csv_row(w, fields, row);
        return;
    }
    dx_rows_facts(&w->line, w->pack, fields, row, &json);
    dx_buf_char(&w->out, '\n');
}

static void put_csv_head(writing *w) {
    for (uint32_t i = 0; i < w->pack->n_inputs; i++) {
        const dx_input *input = &w->pack->inputs[i];
        dx_buf_addz(&w->out, i ? "," : "");
        put_field(&w->out, input->name);
        for (uint32_t k = 0; k < input->n; k++) {
            dx_buf_char(&w->out, ',');
            put_field(&w->out, w->pack->facts[input->first + k].path);
        }
    }
    dx_buf_char(&w->out, '\n');
}

static bool put_rows(writing *w) {
    dx_vector *fields =
        DX_NEW_ARRAY(w->cli->arena, dx_vector, w->pack->n_facts + w->pack->n_inputs + 1);
    void *reader = w->rows->open(w->rows->self, w->cli->arena);
    uint64_t first;
    uint32_t n;
    if (w->csv)
        put_csv_head(w);
    while ((n = w->rows->next(reader, fields, &first)) > 0)
        for (uint32_t i = 0; i < n; i++) {
            put_row(w, fields, i);
            if (w->out.n > OUT_BYTES / 2 && !flush(w))
                return false;
        }
    return flush(w);
}

static bool table_format(dx_cli *cli, bool *ret_csv) {
    dx_str format = dx_cli_value(cli, DX_OPT_TABLE);
    *ret_csv = dx_str_is(format, "csv");
    if (!format.p || *ret_csv || dx_str_is(format, "ndjson"))
        return true;
    return dx_cli_refuse(cli, DX_E_USAGE_CHOICE, DX_STR("format"), format);
}

dx_exit dx_cli_population(dx_cli *cli) {
    writing *w = DX_NEW(cli->arena, writing);
    dx_pack *pack;
    dx_options options;
    uint64_t seed = 1;
    *w = (writing){.cli = cli, .out = {.arena = cli->arena}};
    if (!table_format(cli, &w->csv) || !dx_cli_options(cli, &pack, &options))
        return DX_EXIT_INPUT;
    const dx_population *population = population_of(cli, pack);
    if (!population)
        return DX_EXIT_INPUT;
    uint64_t n = dx_population_size(population);
    if (!whole_number(cli, DX_OPT_SYNTHETIC, SYNTHETIC_MOST, &n) ||
        !whole_number(cli, DX_OPT_SEED, UINT64_MAX, &seed))
        return DX_EXIT_INPUT;
    dx_arena_init(&w->line, REFORM_BYTES);
    dx_arena_on_done(cli->arena, free_line, &w->line);
    w->pack = pack;
    w->rows = dx_population_rows(cli->arena, population, n, seed);
    return put_rows(w) ? DX_EXIT_DONE : DX_EXIT_FAILED;
}
