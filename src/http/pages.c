/* Pages in memory: no path of a request ever reaches the file system, so none can lead out of it.
 */
#include "http/pages.h"

#include "base/file.h"
#include "base/hash.h"

enum { FILE_BYTES_MAX = 16 << 20, DEPTH_MAX = 4 };

struct dx_pages {
    DX_VEC(dx_page) files;
    dx_map by_path;
};

static const char *media_type(dx_str path) {
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".json", "application/json"},
        {".png", "image/png"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (dx_str_ends(path, dx_str_of(types[i][0])))
            return types[i][1];
    return NULL;
}

static bool load_folder(dx_pages *pages, dx_arena *arena, dx_str folder, dx_str prefix,
                        uint32_t depth, dx_diags *diags) {
    dx_names_list names;
    if (depth > DEPTH_MAX || !dx_folder_names(arena, folder, &names, diags))
        return false;
    for (uint32_t i = 0; i < names.n; i++) {
        dx_str file = dx_str_fmt(arena, "%.*s/%.*s", DX_FMT(folder), DX_FMT(names.v[i]));
        dx_page page = {.path = dx_str_fmt(arena, "%.*s/%.*s", DX_FMT(prefix), DX_FMT(names.v[i]))};
        page.type = media_type(page.path);
        if (!page.type) { /* a folder, or a kind of file that no page uses */
            bool has_dot = memchr(names.v[i].p, '.', names.v[i].n) != NULL;
            if (!has_dot && !load_folder(pages, arena, file, page.path, depth + 1, diags))
                return false;
            continue;
        }
        if (!dx_file_read(arena, file, FILE_BYTES_MAX, &page.body, diags))
            return false;
        page.etag = dx_hash_of(arena, page.body);
        page.forever = dx_str_starts(page.path, DX_STR("/assets/"));
        dx_map_put(arena, &pages->by_path, page.path, pages->files.n);
        dx_vec_push(arena, &pages->files, page);
    }
    return true;
}

dx_pages *dx_pages_load(dx_arena *arena, dx_str folder, dx_diags *diags) {
    dx_pages *pages = DX_NEW(arena, dx_pages);
    bool loaded = folder.n == 0 || load_folder(pages, arena, folder, (dx_str){0}, 0, diags);
    return loaded ? pages : NULL;
}

const dx_page *dx_pages_find(const dx_pages *pages, dx_str path) {
    uint32_t at = dx_map_get(&pages->by_path, path);
    size_t last = path.n;
    while (last > 0 && path.p[last - 1] != '/')
        last--;
    bool is_route = memchr(path.p + last, '.', path.n - last) == NULL;
    if (at == DX_MAP_NONE && is_route)
        at = dx_map_get(&pages->by_path, DX_STR("/index.html"));
    return at == DX_MAP_NONE ? NULL : &pages->files.v[at];
}
