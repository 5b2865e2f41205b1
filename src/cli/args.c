/* Arguments: the one way in which all commands read them. --name VALUE and --name=VALUE are the
 * same;
 * "-" is an operand; after "--" everything is. */
#include "cli/cli.h"

#define BIT(opt) (UINT64_C(1) << (opt))
_Static_assert(DX_OPT_COUNT <= 64, "a set of options is 64 bits");

typedef struct row {
    const char *name, *value, *zh, *en;
} row;

static const row rows[DX_OPT_COUNT] = {
#define X(id, name, value, zh, en) {"--" name, value, zh, en},
#include "cli/options.def"
#undef X
};

const char *dx_cli_opt_name(dx_opt opt) {
    return rows[opt].name;
}

const char *dx_cli_opt_value(dx_opt opt) {
    return rows[opt].value;
}

const char *dx_cli_opt_help(dx_opt opt, dx_lang lang) {
    return lang == DX_ZH ? rows[opt].zh : rows[opt].en;
}

bool dx_cli_refuse(dx_cli *cli, dx_err code, dx_str a, dx_str b) {
    dx_place place = {.file = dx_str_of(cli->command)};
    dx_diag_add(&cli->diags, code, place, a, b, dx_str_of(cli->command));
    return false;
}

bool dx_cli_has(const dx_cli *cli, dx_opt opt) {
    for (uint32_t i = 0; i < cli->n_given; i++)
        if (cli->given[i].opt == opt)
            return true;
    return false;
}

dx_str dx_cli_value(const dx_cli *cli, dx_opt opt) {
    for (uint32_t i = 0; i < cli->n_given; i++)
        if (cli->given[i].opt == opt)
            return cli->given[i].value;
    return (dx_str){0};
}

/* The option among `takes` that an argument names, up to a '='; DX_OPT_COUNT when there is none. */
static dx_opt find(dx_str name, uint64_t takes) {
    for (uint32_t opt = 0; opt < DX_OPT_COUNT; opt++)
        if ((takes & BIT(opt)) && dx_str_is(name, rows[opt].name))
            return (dx_opt)opt;
    return dx_str_is(name, "-h") ? DX_OPT_HELP : DX_OPT_COUNT;
}

static bool may_repeat(dx_opt opt) {
    return opt == DX_OPT_READING || opt == DX_OPT_DECISION || opt == DX_OPT_BY;
}

/* Takes the option at argv[0]; the number of arguments it takes up, 0 with a diagnostic. */
static int take_option(dx_cli *cli, int argc, const char *const *argv, uint64_t takes) {
    dx_str arg = dx_str_of(argv[0]), name = arg;
    const char *eq = strchr(argv[0], '=');
    if (eq)
        name.n = (size_t)(eq - argv[0]);
    dx_opt opt = find(name, takes);
    if (opt == DX_OPT_COUNT)
        return dx_cli_refuse(cli, DX_E_USAGE_OPTION, name, (dx_str){0});
    bool is_switch = rows[opt].value[0] == '\0';
    if (is_switch && eq)
        return dx_cli_refuse(cli, DX_E_USAGE_SWITCH, name, (dx_str){0});
    if (!is_switch && !eq && (argc < 2 || strncmp(argv[1], "--", 2) == 0)) /* =--x is possible */
        return dx_cli_refuse(cli, DX_E_USAGE_VALUE, name, dx_str_of(rows[opt].value));
    if (!may_repeat(opt) && dx_cli_has(cli, opt))
        return dx_cli_refuse(cli, DX_E_USAGE_TWICE, name, (dx_str){0});
    dx_str value = is_switch ? DX_STR("") : dx_str_of(eq ? eq + 1 : argv[1]);
    cli->given[cli->n_given++] = (dx_given){opt, value};
    return is_switch || eq ? 1 : 2;
}

bool dx_cli_args(dx_cli *cli, int argc, const char *const *argv, uint64_t takes, uint32_t most) {
    bool only_operands = false;
    cli->given = DX_NEW_ARRAY(cli->arena, dx_given, (size_t)argc + 1);
    cli->operands = DX_NEW_ARRAY(cli->arena, dx_str, (size_t)argc + 1);
    for (int i = 0; i < argc;) {
        bool is_option = !only_operands && argv[i][0] == '-' && argv[i][1];
        if (is_option && strcmp(argv[i], "--") == 0) {
            only_operands = true;
            i++;
        } else if (is_option) {
            int n = take_option(cli, argc - i, argv + i, takes);
            if (n == 0)
                return false;
            i += n;
        } else if (cli->n_operands == most) {
            return dx_cli_refuse(cli, DX_E_USAGE_OPERAND, dx_str_of(argv[i]), (dx_str){0});
        } else {
            cli->operands[cli->n_operands++] = dx_str_of(argv[i++]);
        }
    }
    return true;
}

bool dx_cli_facts_path(dx_cli *cli, dx_str *ret) {
    dx_str path = dx_cli_value(cli, DX_OPT_FACTS);
    if (path.p && cli->n_operands)
        return dx_cli_refuse(cli, DX_E_USAGE_OPERAND, cli->operands[0], (dx_str){0});
    if (!path.p && !cli->n_operands)
        return dx_cli_refuse(cli, DX_E_USAGE_MISSING, DX_STR("--facts FILE"), (dx_str){0});
    *ret = path.p ? path : cli->operands[0];
    return true;
}

bool dx_cli_format(dx_cli *cli, bool *ret_json) {
    dx_str format = dx_cli_value(cli, DX_OPT_FORMAT);
    *ret_json = dx_str_is(format, "json");
    if (!format.p || *ret_json || dx_str_is(format, "text"))
        return true;
    return dx_cli_refuse(cli, DX_E_USAGE_CHOICE, DX_STR("format"), format);
}
