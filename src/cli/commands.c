/* The table of commands, their help, and the way from an argument vector to one of them. A new
 * command is one row here and one function. */
#include "cli/cli.h"

#include "base/utf8.h"

#ifndef DX_VERSION
#define DX_VERSION "0.1.0"
#endif

#define BIT(id) (UINT64_C(1) << DX_OPT_##id)
#define COMMON (BIT(LANG) | BIT(HELP))
#define ASSESSING (COMMON | BIT(FACTS) | BIT(PACK) | BIT(AS_OF) | BIT(READING))

typedef struct command {
    const char *name;              /* one word, or a group and its words */
    const char *usage;             /* operands and what is required */
    const char *zh, *en;           /* what it does, in a line */
    const char *more_zh, *more_en; /* what else a user must know */
    uint64_t takes;                /* bit set of options */
    uint32_t operands_max;
    dx_exit (*run)(dx_cli *cli);
} command;

#define EXITS_ZH "退出状态：0 完成；2 输入或用法有误（标准输出上没有内容）；1 内部故障。\n"
#define EXITS_EN \
    "Exit status: 0 done; 2 bad input or usage (nothing on standard output); 1 internal failure.\n"

static const command commands[] = {
    {"assess", "[--facts] FILE", "评估一家企业可享受的事项", "assesses what an enterprise can have",
     "没有的键是“未知”，null 是“确知没有”。\n" EXITS_ZH,
     "An absent key is not known; null is known not to exist.\n" EXITS_EN,
     ASSESSING | BIT(FORMAT) | BIT(ALL), 1, dx_cli_assess},
    {"batch", "[--facts FILE] [--out FILE] [--totals FILE]", "评估多家企业（CSV 或 NDJSON）",
     "assesses many enterprises (CSV or NDJSON)",
     "缺省读标准输入、写标准输出，内存用量与行数无关，用上全部处理器。\n"
     "CSV 首行以事实的路径（企业.名称）或主体（技改项目）为标题，一行一家企业：空格为“未知”，null 为\n"
     "“确知没有”；标题以 # 开头的列不是事实，与名称等文字一起抄入结果。NDJSON 一行一个事实对象。\n"
     "有误的行在原处写明错误，其余照常。中断（Ctrl-C）后按提示用 --from-line 接着做，合计则只含所做的部分。\n"
     "退出状态：0 全部评估；3 有的行有误；2 输入或用法有误；1 中断或内部故障。\n",
     "Reads standard input and writes standard output by default, in memory that does not grow with\n"
     "the lines, on all processors. The first line of CSV names facts by their paths (企业.名称) or\n"
     "subjects (技改项目), the others are an enterprise each: an empty cell is not known, null is known\n"
     "not to exist; a column whose heading begins with # is no fact and is copied into the results, as\n"
     "are names and other free text. NDJSON has a facts object a line. A bad line yields its fault in\n"
     "its place and the rest goes on. After an interrupt (Ctrl-C) --from-line goes on where it says;\n"
     "totals are then of the part that was done.\n"
     "Exit status: 0 all assessed; 3 some lines were bad; 2 bad input or usage; 1 interrupted or failed.\n",
     ASSESSING | BIT(OUT) | BIT(BRIEF) | BIT(FORM) | BIT(TO) | BIT(TOTALS) | BIT(BY) |
         BIT(FROM_LINE),
     1, dx_cli_batch},
    {"dmn check", "PATH...", "检查 DMN 模型", "checks DMN models",
     "PATH 是模型，或含有模型的文件夹（包括其下各层）；被导入的模型在同一文件夹中查找。\n"
     "逐处报告错误和警告：文件、行、列、所在的决策与单元格、错在何处、应如何改。\n"
     "退出状态：0 没有错误；1 有错误；2 用法有误。\n",
     "PATH is a model, or a folder of models at any depth; imported models are looked for in the\n"
     "folder of the model. Reports each error and warning: file, line, column, decision and cell,\n"
     "what is wrong and what to do about it.\n"
     "Exit status: 0 no error; 1 an error; 2 bad usage.\n",
     COMMON, UINT32_MAX, dx_cli_dmn_check},
    {"dmn eval", "MODEL.dmn [--input FILE]", "对 DMN 模型求值", "evaluates a DMN model",
     "输入是以输入数据名称为键的 JSON 对象，没有的键为 null；结果是以决策名称为键的 JSON 对象。\n"
     "被导入的模型在同一文件夹中查找。\n" EXITS_ZH,
     "The input is a JSON object keyed by the names of the input data, what is absent is null; the\n"
     "result is a JSON object keyed by the names of the decisions. Imported models are looked for in\n"
     "the folder of the model.\n" EXITS_EN,
     COMMON | BIT(INPUT) | BIT(DECISION) | BIT(TRACE), 1, dx_cli_dmn_eval},
    {"dmn test", "PATH...", "运行 DMN TCK 格式的测试", "runs tests in the format of the DMN TCK",
     "PATH 是测试文件，或含有测试的文件夹（包括其下各层）；模型与测试文件在同一文件夹。\n"
     "退出状态：0 全部通过；1 有未通过的；2 输入或用法有误。\n",
     "PATH is a test file, or a folder of tests at any depth; models lie beside the tests.\n"
     "Exit status: 0 all passed; 1 some failed; 2 bad input or usage.\n",
     COMMON | BIT(CSV) | BIT(BY_AREA) | BIT(VERBOSE), UINT32_MAX, dx_cli_dmn_test},
    {"policy check", "DIR-OR-ID", "检查政策包并运行其用例",
     "checks a policy pack and runs its cases",
     "报告各文件的全部错误（文件、行、元素），没有错误才运行 cases/ 中的用例。\n"
     "退出状态：0 没有错误且用例全部通过；1 有错误或未通过的用例；2 用法有误。\n",
     "Reports every fault of every file (file, line, element), then runs the cases under cases/.\n"
     "Exit status: 0 no fault and all cases passed; 1 a fault or a failed case; 2 bad usage.\n",
     COMMON, 1, dx_cli_policy_check},
    {"policy show", "DIR-OR-ID", "列出政策包的内容", "lists what a policy pack holds", EXITS_ZH,
     EXITS_EN, COMMON | BIT(FORMAT), 1, dx_cli_policy_show},
    {"policy text import", "FILE --db FILE --source TEXT --date DATE",
     "导入政策原文，在网页上与转述并列",
     "imports the official text of a policy, for the pages to show",
     "FILE 是纯文本或 Markdown，UTF-8 编码；每一条以“第N条”或“Article N”开头的一行起始。\n"
     "再次导入即替换。程序本身不带任何原文。\n" EXITS_ZH,
     "FILE is plain text or Markdown in UTF-8; each article begins with a line that begins with\n"
     "第N条 or Article N. A text imported again replaces the one before. None comes with the program.\n" EXITS_EN,
     COMMON | BIT(DB) | BIT(PACK) | BIT(SOURCE) | BIT(DATED), 1, dx_cli_policy_text},
    {"simulate", "--reform FILE", "推演改动政策的结果",
     "works out what a change of policy would do",
     "改动文件可以改口径、评估日、模型中的数、标准表的行或整个模型，写法见 docs/simulate.md。\n"
     "同一批企业在改动前后各算一次：得益、受损、不变、待定的企业，各事项、部门、分组的金额（精确到分），\n"
     "以及处在临界的企业。缺省的虚拟企业按假设生成，不是统计数据。\n" EXITS_ZH,
     "The change may be of readings, the day, numbers in models, rows of tariffs or whole models;\n"
     "docs/simulate.md has its form. The same enterprises are assessed before and after: who wins, who\n"
     "loses, whom it leaves alone, the money by item, department and group (exact to the fen), and who\n"
     "is at an edge. By default the enterprises are synthetic, drawn from assumptions, no statistics.\n" EXITS_EN,
     COMMON | BIT(BASE) | BIT(REFORM) | BIT(AS_OF) | BIT(READING) | BIT(POPULATION) |
         BIT(SYNTHETIC) | BIT(SEED) | BIT(ASSUMPTIONS) | BIT(APPROPRIATION) | BIT(GROUP_BY) |
         BIT(OPEN) | BIT(FORMAT),
     0, dx_cli_simulate},
    {"population", "[--synthetic N] [--seed S]", "生成虚拟企业", "makes synthetic enterprises",
     "逐行写出企业的事实，可交给 duixian batch。它们按假设生成，不是统计数据。\n" EXITS_ZH,
     "Writes the facts of enterprises, one a line, as duixian batch reads them. They are drawn from\n"
     "assumptions and are no statistics.\n" EXITS_EN,
     COMMON | BIT(PACK) | BIT(SYNTHETIC) | BIT(SEED) | BIT(ASSUMPTIONS) | BIT(TABLE), 0,
     dx_cli_population},
    {"serve", "[--db FILE] [--listen ADDRESS:PORT] [--web DIR]", "提供网页和接口服务",
     "serves the pages and the API",
     "缺省监听 127.0.0.1:8080，提供全部政策包；收到 SIGINT 或 SIGTERM 后办完手上的请求再退出。\n"
     "每个请求在标准错误上记一行 JSON：方法、操作、状态、毫秒、字节，不含任何请求内容。\n",
     "Listens on 127.0.0.1:8080 and serves every policy pack by default; on SIGINT or SIGTERM it finishes\n"
     "what is under way and ends.\n"
     "Each request is one line of JSON on standard error: method, operation, status, milliseconds and\n"
     "bytes, and nothing of what was asked.\n",
     COMMON | BIT(DB) | BIT(LISTEN) | BIT(PACK) | BIT(WEB) | BIT(RATE) | BIT(PROXY) | BIT(QUIET), 0,
     dx_cli_serve},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

/* --- help --- */

static void put_padded(dx_buf *out, const char *text, size_t width) {
    size_t has = dx_utf8_width(dx_str_of(text));
    dx_buf_fmt(out, "  %s%*s", text, has < width ? (int)(width - has) + 2 : 2, "");
}

static void help_all(dx_cli *cli) {
    dx_buf_addz(&cli->out,
                dx_cli_say(cli,
                           "兑现：从政策条文到逐项、可解释、精确到分的结论。\n\n"
                           "用法：duixian 命令 [选项]\n\n命令：\n",
                           "Duixian: from the text of a policy to decisions, item by item, "
                           "explained, exact to the fen.\n\n"
                           "Usage: duixian COMMAND [OPTIONS]\n\nCommands:\n"));
    for (size_t i = 0; i < N_COMMANDS; i++) {
        put_padded(&cli->out, commands[i].name, 18);
        dx_buf_fmt(&cli->out, "%s\n", dx_cli_say(cli, commands[i].zh, commands[i].en));
    }
    dx_buf_addz(
        &cli->out,
        dx_cli_say(cli, "\n“duixian 命令 --help”显示该命令的用法；“duixian --version”显示版本。\n",
                   "\n'duixian COMMAND --help' shows how to use a command; "
                   "'duixian --version' tells the version.\n"));
}

static void help_one(dx_cli *cli, const command *c) {
    dx_buf_fmt(&cli->out, "duixian %s: %s\n\n", c->name, dx_cli_say(cli, c->zh, c->en));
    dx_buf_fmt(&cli->out, "%sduixian %s %s %s\n\n%s\n", dx_cli_say(cli, "用法：", "Usage: "),
               c->name, c->usage, dx_cli_say(cli, "[选项]", "[OPTIONS]"),
               dx_cli_say(cli, "选项：", "Options:"));
    for (uint32_t i = 0; i < DX_OPT_COUNT; i++) {
        dx_opt opt = (dx_opt)i;
        if (!(c->takes >> i & 1))
            continue;
        dx_str form = dx_str_fmt(cli->arena, "%s %s", dx_cli_opt_name(opt), dx_cli_opt_value(opt));
        put_padded(&cli->out, dx_str_z(cli->arena, form), 22);
        dx_buf_fmt(&cli->out, "%s\n", dx_cli_opt_help(opt, cli->lang));
    }
    dx_buf_fmt(&cli->out, "\n%s", dx_cli_say(cli, c->more_zh, c->more_en));
}

/* --- finding the command --- */

/* How many of the first arguments are the name of a command; 0 when they are another. */
static int words_of(const char *name, int argc, const char *const *argv) {
    for (int i = 0; i < argc; i++) {
        size_t n = strcspn(name, " ");
        if (strlen(argv[i]) != n || memcmp(name, argv[i], n) != 0)
            return 0;
        if (name[n] == '\0')
            return i + 1;
        name += n + 1;
    }
    return 0;
}

/* The command that the first arguments name; *ret_words of them. NULL when there is none. */
static const command *find(int argc, const char *const *argv, int *ret_words) {
    for (size_t i = 0; i < N_COMMANDS; i++)
        if ((*ret_words = words_of(commands[i].name, argc, argv)) > 0)
            return &commands[i];
    return NULL;
}

/* --lang stands for the whole command line, errors in the rest of it included. */
static bool take_lang(dx_cli *cli, int argc, const char *const *argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *value = NULL;
        if (strncmp(argv[i], "--lang=", 7) == 0)
            value = argv[i] + 7;
        else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            value = argv[i + 1];
        if (!value)
            continue;
        if (strcmp(value, "zh") != 0 && strcmp(value, "en") != 0)
            return dx_cli_refuse(cli, DX_E_USAGE_CHOICE, DX_STR("lang"), dx_str_of(value));
        cli->lang = value[0] == 'z' ? DX_ZH : DX_EN;
    }
    return true;
}

/* Options that stand where a command is expected. */
static dx_exit run_without_command(dx_cli *cli, int argc, const char *const *argv) {
    if (strcmp(argv[0], "--version") == 0) {
        dx_buf_addz(&cli->out, "duixian " DX_VERSION "\n");
        return DX_EXIT_DONE;
    }
    if (!dx_cli_args(cli, argc, argv, COMMON, 0))
        return DX_EXIT_INPUT;
    if (!dx_cli_has(cli, DX_OPT_HELP)) {
        dx_cli_refuse(cli, DX_E_USAGE_NONE, (dx_str){0}, (dx_str){0});
        return DX_EXIT_INPUT;
    }
    help_all(cli);
    return DX_EXIT_DONE;
}

static bool is_group(const char *word) {
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strncmp(commands[i].name, word, strlen(word)) == 0 &&
            commands[i].name[strlen(word)] == ' ')
            return true;
    return false;
}

/* A group alone may ask for help; else the words are no command. */
static dx_exit refuse_command(dx_cli *cli, int argc, const char *const *argv) {
    bool has_word = is_group(argv[0]) && argc > 1 && argv[1][0] != '-';
    for (int i = 1; i < argc && is_group(argv[0]) && !has_word; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            help_all(cli);
            return DX_EXIT_DONE;
        }
    dx_str name = has_word ? dx_str_fmt(cli->arena, "%s %s", argv[0], argv[1]) : dx_str_of(argv[0]);
    dx_cli_refuse(cli, DX_E_USAGE_COMMAND, name, (dx_str){0});
    return DX_EXIT_INPUT;
}

dx_exit dx_cli_run(dx_cli *cli, int argc, const char *const *argv) {
    int words = 0;
    cli->command = "duixian";
    if (!take_lang(cli, argc, argv))
        return DX_EXIT_INPUT;
    if (argc == 0) {
        dx_cli_refuse(cli, DX_E_USAGE_NONE, (dx_str){0}, (dx_str){0});
        return DX_EXIT_INPUT;
    }
    if (argv[0][0] == '-')
        return run_without_command(cli, argc, argv);
    const command *c = find(argc, argv, &words);
    if (!c)
        return refuse_command(cli, argc, argv);
    cli->command = dx_str_z(cli->arena, dx_str_fmt(cli->arena, "duixian %s", c->name));
    if (!dx_cli_args(cli, argc - words, argv + words, c->takes, c->operands_max))
        return DX_EXIT_INPUT;
    if (dx_cli_has(cli, DX_OPT_HELP)) {
        help_one(cli, c);
        return DX_EXIT_DONE;
    }
    return c->run(cli);
}
