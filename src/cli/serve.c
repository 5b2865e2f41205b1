/* duixian serve: the API and the pages, until SIGINT or SIGTERM. */
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "http/server.h"

enum { THREADS_MAX = 16, PORT_MAX = 65535, RATE_MAX = 1000000 };

/* Today in Shanghai, which has had no summer time since 1991. */
static dx_date today(void) {
    dx_date date = {0};
    dx_date_from_days((int64_t)(time(NULL) + 8 * 3600) / 86400, &date);
    return date;
}

static bool random_bytes(void *bytes, size_t n) {
    return getrandom(bytes, n, 0) == (ssize_t)n;
}

/* "127.0.0.1:8080" */
static bool read_listen(dx_cli *cli, dx_str text, dx_server_options *options) {
    size_t colon = text.n;
    uint32_t port = 0;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    for (size_t i = colon; i < text.n && port <= PORT_MAX; i++)
        port = text.p[i] >= '0' && text.p[i] <= '9' ? port * 10 + (uint32_t)(text.p[i] - '0')
                                                    : PORT_MAX + 1;
    if (colon < 2 || colon == text.n || port > PORT_MAX)
        return dx_cli_refuse(cli, DX_E_SERVE_ADDRESS, text, (dx_str){0});
    options->address = dx_str_z(cli->arena, (dx_str){text.p, colon - 1});
    options->port = (uint16_t)port;
    return true;
}

static bool read_rate(dx_cli *cli, dx_server_options *options) {
    dx_str text = dx_cli_value(cli, DX_OPT_RATE);
    uint32_t rate = 0;
    for (size_t i = 0; i < text.n && rate <= RATE_MAX; i++)
        rate = text.p[i] >= '0' && text.p[i] <= '9' ? rate * 10 + (uint32_t)(text.p[i] - '0')
                                                    : RATE_MAX + 1;
    if (rate > RATE_MAX || (text.p && text.n == 0))
        return dx_cli_refuse(cli, DX_E_USAGE_CHOICE, DX_STR("rate"), text);
    options->rate = rate;
    options->proxy = dx_cli_value(cli, DX_OPT_PROXY);
    options->quiet = dx_cli_has(cli, DX_OPT_QUIET);
    return true;
}

/* As many open files as connections need; what the system does not give is done without. */
static uint64_t raise_open_files(void) {
    struct rlimit limit;
    rlim_t wanted = dx_server_open_files();
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    if (limit.rlim_cur >= wanted)
        return limit.rlim_cur;
    struct rlimit raised = {limit.rlim_max < wanted ? limit.rlim_max : wanted, limit.rlim_max};
    return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

static void say_ready(dx_cli *cli, const dx_server *server, const dx_server_options *options) {
    dx_buf text = {.arena = cli->arena};
    dx_buf_fmt(&text, "%s http://%s:%u/\n", dx_cli_say(cli, "已就绪：", "ready:"), options->address,
               dx_server_port(server));
    if (write(STDERR_FILENO, text.p, text.n) < 0) /* nobody reads: serving goes on */
        return;
}

/* The folder of the pack that is named, or else of each that there is. */
static bool find_packs(dx_cli *cli, dx_str **ret, uint32_t *ret_n) {
    dx_cli_packs all = {0};
    if (!dx_cli_has(cli, DX_OPT_PACK) && !dx_cli_list_packs(cli, &all))
        return false;
    *ret_n = all.n ? all.n : 1;
    *ret = DX_NEW_ARRAY(cli->arena, dx_str, *ret_n);
    for (uint32_t i = 0; i < all.n; i++)
        (*ret)[i] = all.v[i].dir;
    if (all.n == 0)
        (*ret)[0] = dx_cli_find_pack(cli, dx_cli_value(cli, DX_OPT_PACK));
    return cli->diags.errors == 0;
}

/* Signals are taken here alone: they are blocked before the server makes its threads. */
static void wait_for_end(const sigset_t *signals) {
    int which;
    while (sigwait(signals, &which) != 0)
        continue;
}

static dx_exit serve(dx_cli *cli, dx_app *app, const dx_server_options *options) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    app->arena.trap = cli->arena->trap;
    dx_server *server =
        dx_jobs_start(app, &cli->diags) ? dx_server_start(app, options, &cli->diags) : NULL;
    if (!server) {
        dx_jobs_stop(app);
        return DX_EXIT_FAILED;
    }
    say_ready(cli, server, options);
    wait_for_end(&signals);
    dx_server_stop(server);
    dx_jobs_stop(app);
    return DX_EXIT_DONE;
}

dx_exit dx_cli_serve(dx_cli *cli) {
    dx_app app = {
        .today = today, .now = dx_cli_now, .random = random_bytes, .tmp_dir = cli->tmp_dir};
    dx_server_options options = {.web = dx_cli_value(cli, DX_OPT_WEB)};
    dx_str *dirs;
    dx_str listen = dx_cli_value(cli, DX_OPT_LISTEN);
    uint32_t n = 0;
    dx_buf clock = {.arena = cli->arena};
    dx_datetime_print(&clock, &cli->now);
    dx_str now = dx_buf_str(&clock);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    options.threads = cores < 1 ? 1 : (uint32_t)(cores > THREADS_MAX ? THREADS_MAX : cores);
    options.connections = dx_server_connections(raise_open_files());
    if (!read_rate(cli, &options) ||
        !read_listen(cli, listen.n ? listen : DX_STR("127.0.0.1:8080"), &options) ||
        !find_packs(cli, &dirs, &n) ||
        !dx_app_open(&app, dirs, n, dx_cli_value(cli, DX_OPT_DB), now, &cli->diags))
        return DX_EXIT_INPUT;
    dx_exit exit = serve(cli, &app, &options);
    dx_app_close(&app);
    return exit;
}
