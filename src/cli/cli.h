/* The command line: thin functions that turn arguments into calls of the layers below and results
 * into text or JSON. A command sees its arguments, its language and two buffers through dx_cli and
 * touches nothing of the process but the files it is told to read, so that tests can call it. The
 * clock and the environment are read in main.c alone. */
#ifndef DX_CLI_CLI_H
#define DX_CLI_CLI_H

#include "base/file.h"
#include "policy/policy.h"

/* What a command returns and the process exits with. */
typedef enum dx_exit {
    DX_EXIT_DONE = 0,
    DX_EXIT_FAILED = 1, /* an internal failure; cases or checks that failed */
    DX_EXIT_INPUT = 2,  /* bad input or usage: nothing goes to standard output */
    DX_EXIT_PARTLY = 3  /* batch: some lines were bad */
} dx_exit;

typedef enum dx_opt {
#define X(id, name, value, zh, en) DX_OPT_##id,
#include "cli/options.def"
#undef X
    DX_OPT_COUNT
} dx_opt;

/* One option as given, in the order of the command line. */
typedef struct dx_given {
    dx_opt opt;
    dx_str value;
} dx_given;

typedef struct dx_cli {
    dx_arena *arena; /* a trap is set */
    dx_lang lang;
    bool colour;             /* the output is a terminal that wants it */
    dx_datetime now;         /* UTC */
    dx_str policies;         /* folder of packs named by the environment, or empty */
    dx_str tmp_dir;          /* for what is too large to hold */
    dx_str exe_dir;          /* where the program lies, or empty */
    const char *const *argv; /* as the process got it */
    const char *command;     /* "duixian assess" */
    dx_given *given;
    dx_str *operands;
    uint32_t n_given, n_operands;
    dx_buf out, err; /* written when the command has returned */
    int out_fd;      /* where a stream goes that is too long to collect */
    dx_diags diags;  /* faults of the input; printed to `err` when the command has returned */
} dx_cli;

/* --- commands.c: the table of commands --- */

/* Runs the command of an argument vector without the program's name. Everything a command line may
 * ask for goes through here. `cli` has its arena, language, clock and folders set. */
dx_exit dx_cli_run(dx_cli *cli, int argc, const char *const *argv);

/* --- args.c: arguments --- */

/* Sorts arguments into options (of the bit set `takes`) and operands (at most `most`). False with
 * diagnostics when something does not fit. */
bool dx_cli_args(dx_cli *cli, int argc, const char *const *argv, uint64_t takes, uint32_t most);
bool dx_cli_has(const dx_cli *cli, dx_opt opt);
/* The value of an option; p is NULL when it was not given. */
dx_str dx_cli_value(const dx_cli *cli, dx_opt opt);
/* The option as it is written (--facts), what stands for its value, and its help. */
const char *dx_cli_opt_name(dx_opt opt);
const char *dx_cli_opt_value(dx_opt opt);
const char *dx_cli_opt_help(dx_opt opt, dx_lang lang);
/* The file of facts, as an option or as the first operand. False with a diagnostic. */
bool dx_cli_facts_path(dx_cli *cli, dx_str *ret);
/* Whether --format asks for JSON. False with a diagnostic when it asks for something unknown. */
bool dx_cli_format(dx_cli *cli, bool *ret_json);
/* Adds a diagnostic about the command line; it names the command. Always false. */
bool dx_cli_refuse(dx_cli *cli, dx_err code, dx_str a, dx_str b);

/* One of two texts, by language. */
static inline const char *dx_cli_say(const dx_cli *cli, const char *zh, const char *en) {
    return cli->lang == DX_ZH ? zh : en;
}

/* --- main.c --- */

/* What the clock says, in UTC. */
dx_datetime dx_cli_now(void);

/* --- packs.c: the pack that a command works on --- */

/* The folder of a pack: a folder as it is written, or an id under one of the folders of packs.
 * Empty with a diagnostic when there is none. */
dx_str dx_cli_find_pack(dx_cli *cli, dx_str dir_or_id);
typedef DX_VEC(dx_pack_head) dx_cli_packs;
/* The packs in the first folder of packs that has any, by name. False with a diagnostic. */
bool dx_cli_list_packs(dx_cli *cli, dx_cli_packs *ret);
/* The folder of the pack that --pack names, or else of the one that is valid today. Empty with a
 * diagnostic when there is none. */
dx_str dx_cli_pack_today(dx_cli *cli);
/* The pack, day and readings that the options ask for. False with diagnostics. */
bool dx_cli_options(dx_cli *cli, dx_pack **ret_pack, dx_options *ret);
/* A run whose results live in `arena`, given up with `keeper`, which has a trap. */
dx_run *dx_cli_new_run(dx_arena *keeper, const dx_program *program, dx_arena *arena);

/* --- the commands --- */

dx_exit dx_cli_assess(dx_cli *cli);
dx_exit dx_cli_batch(dx_cli *cli);
dx_exit dx_cli_dmn_check(dx_cli *cli);
dx_exit dx_cli_dmn_eval(dx_cli *cli);
dx_exit dx_cli_dmn_test(dx_cli *cli);
dx_exit dx_cli_policy_check(dx_cli *cli);
dx_exit dx_cli_policy_show(dx_cli *cli);
dx_exit dx_cli_population(dx_cli *cli);
dx_exit dx_cli_policy_text(dx_cli *cli);
dx_exit dx_cli_serve(dx_cli *cli);
dx_exit dx_cli_simulate(dx_cli *cli);

#endif
