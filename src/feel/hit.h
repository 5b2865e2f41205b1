/* Hit policies and aggregations of decision tables (DMN 1.5 §8.2.11). */
#ifndef DX_FEEL_HIT_H
#define DX_FEEL_HIT_H

typedef enum dx_hit {
    DX_HIT_UNIQUE,
    DX_HIT_FIRST,
    DX_HIT_PRIORITY,
    DX_HIT_ANY,
    DX_HIT_COLLECT,
    DX_HIT_RULE_ORDER,
    DX_HIT_OUTPUT_ORDER
} dx_hit;

typedef enum dx_aggregation {
    DX_AGG_NONE,
    DX_AGG_SUM,
    DX_AGG_COUNT,
    DX_AGG_MIN,
    DX_AGG_MAX
} dx_aggregation;

#endif
