/* The table of the built-in functions and its signatures: finding a function by name, whether a
 * number of arguments fits, and where named arguments go. All of it runs when a model is loaded.
 * A signature is a text such as "list: list, start position: number", read here each time it is
 * asked for: the table stays readable, and loading is rare. */
#include "feel/builtin_fn.h"

const dx_builtin dx_builtins[] = {
#define X(name, fn, params, result, on_unknown, nulls) \
    {name, fn, params, result, on_unknown, nulls},
#include "feel/builtin.def"
#undef X
};
const uint32_t dx_builtin_count = sizeof dx_builtins / sizeof dx_builtins[0];

uint32_t dx_builtin_find(dx_str name) {
    uint32_t low = 0, high = dx_builtin_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = dx_str_cmp(name, dx_str_of(dx_builtins[middle].name));
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return UINT32_MAX;
}

/* --- signatures ------------------------------------------------------------------------------- */

/* One parameter, such as "length?: number" or "list: list<number>...". */
static void add_param(dx_signature *s, dx_str text) {
    text = dx_str_trim(text);
    if (dx_str_ends(text, DX_STR("..."))) {
        s->open = true;
        text.n -= 3;
    }
    dx_param *param = &s->params[s->n++];
    const char *colon = memchr(text.p, ':', text.n);
    size_t n = (size_t)(colon - text.p);
    param->type = dx_str_trim((dx_str){colon + 1, text.n - n - 1});
    param->optional = text.p[n - 1] == '?';
    param->name = (dx_str){text.p, n - (param->optional ? 1 : 0)};
}

bool dx_builtin_signature(const dx_builtin *b, uint32_t form, dx_signature *ret) {
    const char *p = b->params;
    *ret = (dx_signature){.n = 0};
    for (; form > 1; form--) {
        p = strchr(p, '|');
        if (!p) {
            return false;
        }
        p++;
    }
    while (*p != '\0' && *p != '|') {
        size_t n = strcspn(p, ",|");
        add_param(ret, (dx_str){p, n});
        p += n + (p[n] == ',' ? 1 : 0);
    }
    return true;
}

static uint32_t required(const dx_signature *s) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        n += s->params[i].optional ? 0 : 1;
    }
    return n;
}

bool dx_signature_takes(const dx_signature *s, uint32_t n) {
    return n >= required(s) && (n <= s->n || s->open);
}

bool dx_builtin_takes(const dx_builtin *b, uint32_t n) {
    dx_signature s;
    bool takes = false;
    for (uint32_t form = 1; !takes && dx_builtin_signature(b, form, &s); form++) {
        takes = dx_signature_takes(&s, n);
    }
    return takes;
}

static bool place_names(const dx_signature *s, const dx_str *names, uint32_t n, uint32_t *to,
                        uint32_t *ret_n) {
    uint32_t count = 0, missing = required(s);
    bool seen[DX_PARAMS_MAX] = {false};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = 0;
        while (at < s->n && !dx_str_eq(s->params[at].name, names[i])) {
            at++;
        }
        if (at == s->n || seen[at]) {
            return false;
        }
        seen[at] = true;
        missing -= s->params[at].optional ? 0 : 1;
        to[i] = at;
        count = at + 1 > count ? at + 1 : count;
    }
    if (missing > 0) {
        return false;
    }
    *ret_n = count;
    return true;
}

static bool in_order(const uint32_t *to, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (to[i] != i) {
            return false;
        }
    }
    return true;
}

/* Forms may have the same names, as before(point, range) and before(range, point): the one that
 * has them in the order of the call comes first. */
uint32_t dx_builtin_name_args(const dx_builtin *b, const dx_str *names, uint32_t n, uint32_t *to,
                              uint32_t *ret_n) {
    dx_signature s;
    for (int any_order = 0; any_order < 2; any_order++) {
        for (uint32_t form = 1; dx_builtin_signature(b, form, &s); form++) {
            if (place_names(&s, names, n, to, ret_n) && (any_order || in_order(to, n))) {
                return form;
            }
        }
    }
    return 0;
}

/* --- arguments -------------------------------------------------------------------------------- */

static dx_str kinds(dx_call *call, const dx_val *args, uint32_t n) {
    dx_buf out = {.arena = call->arena};
    for (uint32_t i = 0; i < n; i++) {
        dx_buf_addz(&out, i > 0 ? ", " : "");
        dx_buf_addz(&out, dx_tag_name((dx_tag)args[i].tag));
    }
    return dx_buf_str(&out);
}

dx_val dx_args_refuse(dx_call *call, const char *name, const dx_val *args, uint32_t n) {
    return dx_call_null(call, DX_E_FEEL_EVAL_ARGUMENTS, dx_str_of(name), kinds(call, args, n));
}

dx_val dx_args_bad(dx_call *call, const char *name, dx_val v) {
    dx_buf out = {.arena = call->arena};
    dx_val_print(&out, v, true);
    return dx_call_null(call, DX_E_FEEL_EVAL_ARGUMENT_VALUE, dx_str_of(name), dx_buf_str(&out));
}

dx_val dx_args_overflow(dx_call *call, const char *name) {
    return dx_call_null(call, DX_E_FEEL_EVAL_RANGE, dx_str_of(name), DX_STR(""));
}

bool dx_args_all(const dx_val *args, uint32_t n, dx_tag tag) {
    for (uint32_t i = 0; i < n; i++) {
        if (args[i].tag != tag) {
            return false;
        }
    }
    return true;
}

dx_val dx_args_unknown(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val sum = DX_VAL_NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (dx_val_uncertain(args[i])) {
            sum = dx_val_unknown_join(call->arena, sum, args[i]);
        }
    }
    return sum;
}

const dx_val *dx_args_elements(const dx_val *args, uint32_t n, uint32_t *ret_n) {
    if (n == 1 && args[0].tag == DX_LIST) {
        *ret_n = args[0].n;
        return args[0].u.items;
    }
    *ret_n = n;
    return args;
}

bool dx_arg_list(const dx_val *arg, const dx_val **ret_items, uint32_t *ret_n) {
    if (arg->tag == DX_NULL) {
        return false;
    }
    *ret_items = dx_args_elements(arg, 1, ret_n);
    return true;
}

bool dx_arg_int(dx_call *call, dx_val v, int64_t *ret) {
    dx_num whole;
    return v.tag == DX_NUM && dx_num_round(call->arena, v.u.num, 0, DX_ROUND_DOWN, &whole) &&
           dx_num_to_int64(whole, ret);
}
