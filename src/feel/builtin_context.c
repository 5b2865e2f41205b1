/* The built-in functions on contexts (DMN 1.5 §10.3.4.10). They carry unknown values as they are:
 * an entry may be unknown while the context is not. */
#include "feel/builtin_fn.h"

/* A context under construction. */
typedef struct builder {
    dx_arena *arena;
    DX_VEC(dx_str) keys;
    DX_VEC(dx_val) values;
    dx_map index;
} builder;

/* Sets an entry; true when the key is new. A key keeps its first place. */
static bool builder_put(builder *b, dx_str key, dx_val value) {
    uint32_t at = dx_map_get(&b->index, key);
    if (at != DX_MAP_NONE) {
        b->values.v[at] = value;
        return false;
    }
    dx_map_put(b->arena, &b->index, key, b->keys.n);
    dx_vec_push(b->arena, &b->keys, key);
    dx_vec_push(b->arena, &b->values, value);
    return true;
}

static dx_val builder_done(builder *b) {
    return dx_val_context(b->arena, dx_shape_new(b->arena, b->keys.v, b->keys.n), b->values.v);
}

static void builder_copy(builder *b, dx_val context) {
    const dx_context *from = context.u.context;
    for (uint32_t i = 0; i < from->shape->n; i++) {
        builder_put(b, from->shape->keys[i], from->v[i]);
    }
}

dx_val dx_fn_get_value(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val context = args[0], key = args[1];
    if ((context.tag == DX_UNKNOWN && (key.tag == DX_UNKNOWN || key.tag == DX_STRING)) ||
        (context.tag == DX_CONTEXT && key.tag == DX_UNKNOWN)) {
        return dx_args_unknown(call, args, n);
    }
    if (context.tag != DX_CONTEXT || key.tag != DX_STRING) {
        return dx_args_refuse(call, "get value", args, n);
    }
    const dx_val *entry = dx_context_get(context, dx_val_to_str(key));
    return entry ? *entry
                 : dx_call_null(call, DX_E_FEEL_EVAL_NO_PROPERTY, dx_val_to_str(key),
                                dx_str_of(dx_tag_name(DX_CONTEXT)));
}

dx_val dx_fn_get_entries(dx_call *call, const dx_val *args, uint32_t n) {
    if (args[0].tag == DX_UNKNOWN) {
        return args[0];
    }
    if (args[0].tag != DX_CONTEXT) {
        return dx_args_refuse(call, "get entries", args, n);
    }
    const dx_str names[2] = {DX_STR("key"), DX_STR("value")};
    const dx_shape *shape = dx_shape_new(call->arena, names, 2);
    const dx_context *from = args[0].u.context;
    dx_val *items = DX_NEW_ARRAY(call->arena, dx_val, from->shape->n);
    for (uint32_t i = 0; i < from->shape->n; i++) {
        const dx_val pair[2] = {dx_val_str(from->shape->keys[i]), from->v[i]};
        items[i] = dx_val_context(call->arena, shape, pair);
    }
    return dx_val_list(items, from->shape->n);
}

dx_val dx_fn_context(dx_call *call, const dx_val *args, uint32_t n) {
    const dx_val *items;
    uint32_t count;
    builder b = {.arena = call->arena};
    if (!dx_arg_list(&args[0], &items, &count)) {
        return dx_args_refuse(call, "context", args, n);
    }
    bool unknown = false;
    for (uint32_t i = 0; i < count; i++) {
        const dx_val *key = dx_context_get(items[i], DX_STR("key"));
        const dx_val *value = dx_context_get(items[i], DX_STR("value"));
        if (items[i].tag == DX_UNKNOWN || (key && value && key->tag == DX_UNKNOWN)) {
            unknown = true;
            continue;
        }
        if (!key || !value || key->tag != DX_STRING) {
            return dx_args_bad(call, "context", items[i]);
        }
        if (!builder_put(&b, dx_val_to_str(*key), *value)) {
            return dx_args_bad(call, "context", *key);
        }
    }
    return unknown ? dx_args_unknown(call, args, 1) : builder_done(&b);
}

/* context with the entry at the end of a path of keys set; every step before the last must be a
 * context in a context. An unknown step makes the whole unknown: it may be no context. */
static dx_val put_path(dx_call *call, dx_val context, const dx_val *keys, uint32_t n,
                       dx_val value) {
    if (context.tag == DX_UNKNOWN) {
        return context;
    }
    if (context.tag != DX_CONTEXT || keys[0].tag != DX_STRING) {
        const dx_val seen[2] = {context, keys[0]};
        return dx_args_refuse(call, "context put", seen, 2);
    }
    dx_str key = dx_val_to_str(keys[0]);
    if (n > 1) {
        const dx_val *inner = dx_context_get(context, key);
        if (!inner) {
            return dx_args_bad(call, "context put", keys[0]);
        }
        value = put_path(call, *inner, keys + 1, n - 1, value);
        if (value.tag != DX_CONTEXT) {
            return value;
        }
    }
    builder b = {.arena = call->arena};
    builder_copy(&b, context);
    builder_put(&b, key, value);
    return builder_done(&b);
}

dx_val dx_fn_context_put(dx_call *call, const dx_val *args, uint32_t n) {
    enum { MAX_STEPS = 1000 };
    dx_val context = args[0], key = args[1];
    if (context.tag == DX_UNKNOWN || key.tag == DX_UNKNOWN || (key.tag == DX_LIST && key.unknown)) {
        bool may_work = (context.tag == DX_CONTEXT || context.tag == DX_UNKNOWN) &&
                        (key.tag == DX_STRING || key.tag == DX_LIST || key.tag == DX_UNKNOWN);
        return may_work ? dx_args_unknown(call, args, n)
                        : dx_args_refuse(call, "context put", args, n);
    }
    if (context.tag != DX_CONTEXT) {
        return dx_args_refuse(call, "context put", args, n);
    }
    bool path = key.tag == DX_LIST && call->form != 1; /* by name, a path goes under `keys` */
    if (path && (key.n == 0 || key.n > MAX_STEPS)) {
        return dx_args_bad(call, "context put", key);
    }
    dx_val ret = put_path(call, context, path ? key.u.items : &key, path ? key.n : 1, args[2]);
    return ret.tag == DX_UNKNOWN ? dx_args_unknown(call, args, n) : ret;
}

dx_val dx_fn_context_merge(dx_call *call, const dx_val *args, uint32_t n) {
    const dx_val *items;
    uint32_t count;
    builder b = {.arena = call->arena};
    if (!dx_arg_list(&args[0], &items, &count)) {
        return dx_args_refuse(call, "context merge", args, n);
    }
    bool unknown = false;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].tag == DX_UNKNOWN) {
            unknown = true;
        } else if (items[i].tag == DX_CONTEXT) {
            builder_copy(&b, items[i]);
        } else {
            return dx_args_refuse(call, "context merge", items, count);
        }
    }
    return unknown ? dx_args_unknown(call, args, 1) : builder_done(&b);
}
