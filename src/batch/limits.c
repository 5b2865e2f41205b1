/* Which numbers an item definition allows, read off its tests: a range of whole bounds and a number
 * of decimals that are enough, so that a block of numbers is known to be allowed by its bounds. A
 * test that is not understood leaves every number to be looked at; so nothing here can let a wrong
 * one pass. */
#include "batch/columns.h"
#include "feel/ast.h"

static const dx_limits all_numbers = {
    .low = INT64_MIN, .high = INT64_MAX, .decimals = UINT8_MAX, .enough = true};
static const dx_limits not_understood = {0};

static bool is_value(const dx_node *node) {
    return node && node->kind == DX_N_NAME && dx_str_is(node->name, "?");
}

static bool whole(const dx_node *node, int64_t *ret) {
    return node && node->kind == DX_N_LITERAL && node->value.tag == DX_NUM &&
           dx_num_to_int64(node->value.u.num, ret) && *ret > INT64_MIN && *ret < INT64_MAX;
}

static dx_limits both(dx_limits a, dx_limits b) {
    return (dx_limits){.low = a.low > b.low ? a.low : b.low,
                       .high = a.high < b.high ? a.high : b.high,
                       .decimals = a.decimals < b.decimals ? a.decimals : b.decimals,
                       .enough = a.enough && b.enough};
}

/* ? op bound. More than 3 is taken as 4 and more: not all that is allowed, but enough. */
static dx_limits compared(dx_op op, int64_t bound) {
    dx_limits limits = all_numbers;
    if (op == DX_OP_GE || op == DX_OP_GT)
        limits.low = bound + (op == DX_OP_GT);
    else if (op == DX_OP_LE || op == DX_OP_LT)
        limits.high = bound - (op == DX_OP_LT);
    else
        return not_understood;
    return limits;
}

/* ? = decimal(?, 2), ? = floor(?) */
static dx_limits rounded(const dx_node *call) {
    dx_limits limits = all_numbers;
    int64_t decimals = 0;
    if (call->kind != DX_N_CALL || call->names || !call->a || call->a->kind != DX_N_NAME ||
        call->n == 0 || !is_value(call->list[0]))
        return not_understood;
    bool floor = call->n == 1 && dx_str_is(call->a->name, "floor");
    bool decimal = call->n == 2 && dx_str_is(call->a->name, "decimal") &&
                   whole(call->list[1], &decimals) && decimals >= 0 && decimals <= DX_POWER_MOST;
    if (!floor && !decimal)
        return not_understood;
    limits.decimals = (uint8_t)decimals;
    return limits;
}

static dx_limits range(const dx_node *node) {
    int64_t low, high;
    if (node->op != DX_OP_NONE || !whole(node->a, &low) || !whole(node->b, &high))
        return not_understood;
    return both(compared(node->flags & DX_F_LOW_CLOSED ? DX_OP_GE : DX_OP_GT, low),
                compared(node->flags & DX_F_HIGH_CLOSED ? DX_OP_LE : DX_OP_LT, high));
}

/* 0, 1, 2, 3: the whole numbers of a range. */
static dx_limits listed(const dx_node *tests) {
    int64_t first = 0, number = 0;
    for (uint32_t i = 0; i < tests->n; i++)
        if (!whole(tests->list[i], &number) || (i > 0 && number != first + i))
            return not_understood;
        else if (i == 0)
            first = number;
    return (dx_limits){.low = first, .high = number, .decimals = 0, .enough = true};
}

static dx_limits of(const dx_node *node, uint32_t depth);

static dx_limits of_tests(const dx_node *tests, uint32_t depth) {
    if (tests->flags & DX_F_NOT || tests->n == 0)
        return not_understood;
    return tests->n == 1 && tests->list[0]->kind != DX_N_LITERAL ? of(tests->list[0], depth + 1)
                                                                 : listed(tests);
}

static dx_limits of_compare(const dx_node *node) {
    int64_t bound;
    if (is_value(node->a) && node->op == DX_OP_EQ)
        return rounded(node->b);
    return is_value(node->a) && whole(node->b, &bound) ? compared((dx_op)node->op, bound)
                                                       : not_understood;
}

/* What meets the test for sure. */
static dx_limits of(const dx_node *node, uint32_t depth) {
    int64_t bound;
    if (depth > DX_NODE_HEIGHT)
        return not_understood;
    if (node->kind == DX_N_AND)
        return both(of(node->a, depth + 1), of(node->b, depth + 1));
    if (node->kind == DX_N_IN && is_value(node->a))
        return of_tests(node->b, depth);
    if (node->kind == DX_N_TESTS)
        return of_tests(node, depth);
    if (node->kind == DX_N_COMPARE)
        return of_compare(node);
    if (node->kind == DX_N_RANGE)
        return range(node);
    return node->kind == DX_N_TEST_CMP && whole(node->b, &bound) ? compared((dx_op)node->op, bound)
                                                                 : not_understood;
}

dx_limits dx_limits_of(const dx_type *type) {
    dx_limits limits = all_numbers;
    for (; type; type = type->base) {
        if (type->allowed)
            limits = both(limits, of(type->allowed, 0));
        if (type->constraint)
            limits = both(limits, of(type->constraint, 0));
    }
    return limits;
}
