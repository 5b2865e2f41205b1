/* See models.h. */
#include "cli/models.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILES_MAX = 100000 };

/* --- folders --- */

dx_str dx_cli_folder(dx_str path) {
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    if (n == 0)
        return DX_STR(".");
    return (dx_str){path.p, n > 1 ? n - 1 : 1};
}

dx_str dx_cli_base(dx_str path) {
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return (dx_str){path.p + n, path.n - n};
}

static bool walk(dx_cli *cli, dx_str folder, dx_str suffix, uint32_t depth, dx_paths *paths) {
    dx_names_list names;
    if (!dx_folder_names(cli->arena, folder, &names, &cli->diags))
        return false;
    for (uint32_t i = 0; i < names.n; i++) {
        struct stat about;
        dx_str path = dx_str_fmt(cli->arena, "%.*s/%.*s", DX_FMT(folder), DX_FMT(names.v[i]));
        if (lstat(dx_str_z(cli->arena, path), &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode)) { /* links are not followed: they may lead back */
            if (depth > 0 && !walk(cli, path, suffix, depth - 1, paths))
                return false;
        } else if (dx_str_ends(names.v[i], suffix)) {
            dx_vec_push(cli->arena, paths, path);
        }
    }
    return true;
}

bool dx_cli_files(dx_cli *cli, dx_str path, dx_str suffix, uint32_t depth, dx_paths *paths) {
    struct stat about;
    bool found = stat(dx_str_z(cli->arena, path), &about) == 0;
    if (found && S_ISDIR(about.st_mode))
        return walk(cli, path, suffix, depth, paths);
    if (!found) {
        dx_diag_add(&cli->diags, DX_E_FILE_MISSING, (dx_place){.file = path}, path, (dx_str){0},
                    (dx_str){0});
        return false;
    }
    dx_vec_push(cli->arena, paths, path);
    return true;
}

/* --- models and their imports --- */

typedef DX_VEC(dx_model *) model_set;

static dx_model *load(dx_arena *arena, dx_str path, dx_diags *diags) {
    dx_str xml;
    if (!dx_file_read(arena, path, DX_CLI_FILE_BYTES, &xml, diags))
        return NULL;
    return dx_model_load(arena, xml, path, diags);
}

static bool has_model(const model_set *models, dx_str ns) {
    for (uint32_t i = 0; i < models->n; i++)
        if (dx_str_eq(models->v[i]->ns, ns))
            return true;
    return false;
}

/* Whether some model imports a namespace. */
static bool is_wanted(const model_set *models, dx_str ns) {
    for (uint32_t i = 0; i < models->n; i++)
        for (uint32_t k = 0; k < models->v[i]->n_imports; k++)
            if (dx_str_eq(models->v[i]->imports[k].ns, ns))
                return true;
    return false;
}

static bool wants_more(const model_set *models) {
    for (uint32_t i = 0; i < models->n; i++)
        for (uint32_t k = 0; k < models->v[i]->n_imports; k++)
            if (!has_model(models, models->v[i]->imports[k].ns))
                return true;
    return false;
}

/* Notes in which files the models were looked for that are still missing. */
static void note_tried(dx_arena *arena, const dx_paths *paths, const model_set *models) {
    dx_buf tried = {.arena = arena};
    enum { MOST = 12 };
    for (uint32_t i = 0; i < paths->n && i < MOST; i++) {
        dx_buf_addz(&tried, i ? ", " : "");
        dx_buf_add(&tried, dx_cli_base(paths->v[i]));
    }
    if (paths->n > MOST)
        dx_buf_fmt(&tried, ", … (%u)", paths->n);
    for (uint32_t i = 0; i < models->n; i++)
        for (uint32_t k = 0; k < models->v[i]->n_imports; k++)
            models->v[i]->imports[k].tried = dx_buf_str(&tried);
}

/* Adds what is imported. A model that nobody imports is none of our business, whatever its faults;
 * so faults count only for one that is taken, which is then loaded again. */
static void load_imports(dx_cli *cli, dx_arena *arena, dx_str path, model_set *models,
                         dx_diags *diags) {
    dx_paths paths = {0};
    bool more =
        wants_more(models) && dx_cli_files(cli, dx_cli_folder(path), DX_STR(".dmn"), 0, &paths);
    while (more) {
        more = false;
        for (uint32_t i = 0; i < paths.n; i++) {
            dx_diags quiet;
            dx_diags_init(&quiet, arena);
            dx_model *model = load(arena, paths.v[i], &quiet);
            if (!model || has_model(models, model->ns) || !is_wanted(models, model->ns))
                continue;
            model = load(arena, paths.v[i], diags);
            dx_vec_push(arena, models, model);
            more = wants_more(models);
        }
    }
    if (wants_more(models))
        note_tried(arena, &paths, models);
}

dx_dmn *dx_cli_models(dx_cli *cli, dx_arena *arena, dx_str path, dx_diags *diags) {
    model_set models = {0};
    dx_model *first = load(arena, path, diags);
    if (!first)
        return NULL;
    dx_vec_push(arena, &models, first);
    load_imports(cli, arena, path, &models, diags);
    return dx_dmn_compile(arena, models.v, models.n, diags);
}

/* --- differences --- */

static void put_value(dx_buf *out, dx_val v) {
    enum { MOST = 300 };
    dx_buf text = {.arena = out->arena};
    dx_val_print(&text, v, true);
    size_t n = text.n > MOST ? MOST : text.n;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    dx_buf_add(out, (dx_str){text.p, n});
    dx_buf_addz(out, n < text.n ? "..." : "");
}

void dx_cli_put_difference(dx_cli *cli, dx_buf *out, dx_str name, dx_val expected, dx_val actual) {
    dx_buf_addz(out, out->n ? "; " : "");
    dx_buf_add(out, name);
    dx_buf_addz(out, dx_cli_say(cli, "：应为 ", ": expected "));
    put_value(out, expected);
    dx_buf_addz(out, dx_cli_say(cli, "，实为 ", " but got "));
    put_value(out, actual);
}
