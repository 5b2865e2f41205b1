/* Finding the policy pack that a command means, and the day and readings it is to be used with. */
#include <sys/stat.h>

#include "base/file.h"
#include "cli/cli.h"

#ifndef DX_POLICIES_DIR
#define DX_POLICIES_DIR "/usr/share/duixian/policies"
#endif
/* Shanghai has kept one offset, without summer time, since 1991. */
enum { SHANGHAI_SECONDS = 8 * 3600 };

static bool is_pack(dx_cli *cli, dx_str dir) {
    struct stat about;
    dx_str path = dx_str_fmt(cli->arena, "%.*s/policy.json", DX_FMT(dir));
    return stat(dx_str_z(cli->arena, path), &about) == 0;
}

static dx_str join(dx_cli *cli, dx_str dir, dx_str name) {
    return dx_str_fmt(cli->arena, "%.*s/%.*s", DX_FMT(dir), DX_FMT(name));
}

enum { FOLDERS = 4 };

/* The folders in which packs are looked for, in that order; some may be empty texts. */
static void list_folders(dx_cli *cli, dx_str *ret) {
    ret[0] = cli->policies;
    ret[1] = DX_STR("policies");
    ret[2] = cli->exe_dir.n ? join(cli, cli->exe_dir, DX_STR("../policies")) : (dx_str){0};
    ret[3] = DX_STR(DX_POLICIES_DIR);
}

static dx_str folders_text(dx_cli *cli, const dx_str *folders) {
    dx_buf text = {.arena = cli->arena};
    for (size_t i = 0; i < FOLDERS; i++) {
        dx_buf_addz(&text, text.n && folders[i].n ? ", " : "");
        dx_buf_add(&text, folders[i]);
    }
    return dx_buf_str(&text);
}

dx_str dx_cli_find_pack(dx_cli *cli, dx_str name) {
    dx_str folders[FOLDERS];
    struct stat about;
    bool is_id = name.n && !memchr(name.p, '/', name.n);
    list_folders(cli, folders);
    if (name.n && is_pack(cli, name))
        return name;
    for (size_t i = 0; is_id && i < FOLDERS; i++) {
        dx_str dir = folders[i].n ? join(cli, folders[i], name) : (dx_str){0};
        if (dir.n && is_pack(cli, dir))
            return dir;
    }
    if (name.n && stat(dx_str_z(cli->arena, name), &about) == 0)
        return name; /* a folder whose policy.json is missing: the loader says so */
    dx_cli_refuse(cli, DX_E_PACK_UNKNOWN, name,
                  is_id ? folders_text(cli, folders) : DX_STR("policies"));
    return (dx_str){0};
}

/* A copy of a pack to work on has the id of the original; a pack bears its id as its folder's name.
 */
static void add_packs(dx_cli *cli, dx_str folder, dx_cli_packs *ret) {
    dx_diags unheard;
    dx_names_list names;
    dx_diags_init(&unheard, cli->arena);
    if (folder.n == 0 || !dx_folder_names(cli->arena, folder, &names, &unheard))
        return;
    for (uint32_t i = 0; i < names.n; i++) {
        dx_pack_head head;
        if (dx_pack_head_read(cli->arena, join(cli, folder, names.v[i]), &head) &&
            dx_str_eq(head.id, names.v[i]))
            dx_vec_push(cli->arena, ret, head);
    }
}

bool dx_cli_list_packs(dx_cli *cli, dx_cli_packs *ret) {
    dx_str folders[FOLDERS];
    *ret = (dx_cli_packs){0};
    list_folders(cli, folders);
    for (size_t i = 0; i < FOLDERS && ret->n == 0; i++)
        add_packs(cli, folders[i], ret);
    return ret->n > 0 ||
           dx_cli_refuse(cli, DX_E_PACK_NONE, folders_text(cli, folders), (dx_str){0});
}

static dx_date today(const dx_cli *cli) {
    dx_datetime shanghai = cli->now;
    dx_datetime_add(&cli->now, dx_dtdur_of(SHANGHAI_SECONDS, 0), &shanghai);
    return shanghai.date;
}

static bool as_of(dx_cli *cli, dx_date *ret) {
    dx_str day = dx_cli_value(cli, DX_OPT_AS_OF);
    if (!day.p) {
        *ret = today(cli);
        return true;
    }
    bool plain = day.n == 10 && day.p[0] != '-'; /* no years before 0 or beyond 9999 */
    if (plain && dx_date_parse(day, ret))
        return true;
    return dx_cli_refuse(cli, DX_E_USAGE_DATE, day, (dx_str){0});
}

/* What stands before the '='. */
static dx_str reading_of(dx_str choice) {
    const char *eq = choice.n ? memchr(choice.p, '=', choice.n) : NULL;
    return eq ? (dx_str){choice.p, (size_t)(eq - choice.p)} : choice;
}

static bool is_chosen_before(const dx_cli *cli, uint32_t at) {
    for (uint32_t i = 0; i < at; i++)
        if (cli->given[i].opt == DX_OPT_READING &&
            dx_str_eq(reading_of(cli->given[i].value), reading_of(cli->given[at].value)))
            return true;
    return false;
}

static bool choose(dx_cli *cli, const dx_pack *pack, uint32_t *options) {
    dx_options_default(pack, options);
    for (uint32_t i = 0; i < cli->n_given; i++) {
        if (cli->given[i].opt != DX_OPT_READING)
            continue;
        if (is_chosen_before(cli, i))
            return dx_cli_refuse(cli, DX_E_USAGE_READING_TWICE, reading_of(cli->given[i].value),
                                 (dx_str){0});
        if (!dx_options_choose(pack, cli->given[i].value, options, &cli->diags))
            return false;
    }
    return true;
}

/* The folder of the pack that is meant: the one named, or else the one that is valid on the day. */
static dx_str pack_on(dx_cli *cli, dx_date day) {
    dx_str name = dx_cli_value(cli, dx_cli_has(cli, DX_OPT_BASE) ? DX_OPT_BASE : DX_OPT_PACK);
    dx_cli_packs packs;
    if (name.p)
        return dx_cli_find_pack(cli, name);
    if (!dx_cli_list_packs(cli, &packs))
        return (dx_str){0};
    uint32_t number = dx_pack_choose(packs.v, packs.n, day);
    if (number != DX_NONE)
        return packs.v[number].dir;
    dx_pack_none_holds(packs.v, packs.n, day, (dx_place){0}, &cli->diags);
    return (dx_str){0};
}

dx_str dx_cli_pack_today(dx_cli *cli) {
    return pack_on(cli, today(cli));
}

bool dx_cli_options(dx_cli *cli, dx_pack **ret_pack, dx_options *ret) {
    dx_date day;
    if (!as_of(cli, &day))
        return false;
    dx_str dir = pack_on(cli, day);
    dx_pack *pack = dir.n ? dx_pack_load(cli->arena, dir, &cli->diags) : NULL;
    if (!pack || cli->diags.errors)
        return false;
    uint32_t *options = DX_NEW_ARRAY(cli->arena, uint32_t, pack->n_readings + 1);
    if (!choose(cli, pack, options))
        return false;
    *ret_pack = pack;
    *ret = (dx_options){.as_of = day, .options = options};
    return true;
}

static void free_run(void *run) {
    dx_run_free(run);
}

/* A run, or NULL with the reason: `arena` has no trap of its own yet. */
static dx_run *make_run(const dx_program *program, dx_arena *arena, dx_err *ret_why) {
    dx_trap trap;
    if (DX_TRAP(arena, &trap) == 0) {
        dx_run *run = dx_run_new(program, arena);
        dx_trap_end(arena, &trap);
        return run;
    }
    dx_trap_end(arena, &trap);
    *ret_why = trap.code;
    return NULL;
}

dx_run *dx_cli_new_run(dx_arena *keeper, const dx_program *program, dx_arena *arena) {
    dx_err why = DX_OK;
    dx_run *run = make_run(program, arena, &why);
    if (!run)
        dx_trap_raise(keeper, why);
    dx_arena_on_done(keeper, free_run, run);
    return run;
}
