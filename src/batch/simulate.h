/* What a change of policy would do to a population: the pack as it is and as it would be, surveyed
 * over the same rows (survey.h), and the two compared enterprise by enterprise. Money is in whole
 * fen and exact. What is not known is never counted for or against anybody: an enterprise for which
 * an item that the change reaches is undetermined, before or after, is counted apart. */
#ifndef DX_BATCH_SIMULATE_H
#define DX_BATCH_SIMULATE_H

#include "batch/reform.h"
#include "batch/rows.h"

typedef __int128 dx_fen;

/* Before and after the change. */
enum { DX_BEFORE, DX_AFTER };

/* Enterprises, and what they get in all over the items that count. Winners get more after the
 * change than before it, losers less. */
typedef struct dx_people {
    uint64_t n, winners, losers, unchanged, undetermined;
    dx_fen sum[2], gains, losses; /* gains of winners, losses of losers */
} dx_people;

typedef struct dx_item_change {
    uint64_t eligible[2], undetermined[2], paid[2];
    dx_fen sum[2];
    uint64_t gained, lost; /* enterprises that have the item after and not before, and before ... */
    uint64_t more, less;   /* that have it before and after, and get more, or less */
    uint64_t open;         /* undetermined before or after; none for an item that is not reached */
} dx_item_change;

/* Enterprises with one value of a fact. */
typedef struct dx_group {
    dx_str value;  /* as text */
    uint8_t state; /* DX_STATE_: a value, not known, none */
    dx_people people;
} dx_group;

typedef struct dx_grouping {
    uint32_t fact;
    DX_VEC(dx_group) groups; /* in the order of their values */
} dx_grouping;

/* What a little less or a little more of an amount would do: a hundredth of it (at least a fen)
 * where its unit is yuan, one where it has another unit, all other facts as they are. Facts that an
 * item reads which the change reaches; all items that read the fact are looked at. */
typedef struct dx_brink {
    uint32_t fact;
    uint64_t cliff[2]; /* enterprises that would get more in all with a little less of it */
    dx_fen gain[2];    /* how much more */
    uint64_t enter[2]; /* that a little less or more would give an item that they have not */
    uint64_t leave[2]; /* from which a little less or more would take an item that they have */
} dx_brink;

/* An enterprise behind a figure. */
typedef struct dx_opened {
    uint64_t row; /* from 0 */
    dx_str key;
    int64_t sum[2];
} dx_opened;

typedef struct dx_simulation {
    const dx_pack *pack;
    dx_options options; /* before; after: those of the reform */
    const dx_reform *reform;
    dx_people people;
    dx_item_change *items; /* by item of the pack */
    dx_grouping *groupings;
    dx_brink *brinks;
    uint32_t n_groupings, n_brinks;
    dx_str figure; /* that was opened, or empty */
    uint64_t n_behind;
    DX_VEC(dx_opened) opened; /* the first of those behind it, in the order of the rows */
} dx_simulation;

/* How far a simulation has come, for another thread to see, and whether it is to end. */
typedef struct dx_progress {
    _Atomic uint64_t rows;
    _Atomic bool stop;
} dx_progress;

typedef struct dx_simulation_order {
    const dx_pack *pack;
    const dx_options *options;
    const dx_reform *reform;
    const dx_rows *rows;
    const dx_str *by; /* paths of facts to group by */
    uint32_t n_by;
    dx_str figure; /* to open, or empty */
    uint32_t open_most;
    uint32_t threads;
    dx_progress *progress; /* or NULL */
} dx_simulation_order;

enum { DX_GROUPINGS_MOST = 8, DX_GROUPS_MOST = 500, DX_OPEN_MOST = 10000 };

/* Simulates. A trap must be set on the arena. False with a diagnostic; DX_E_SIMULATE_STOPPED when
 * it was told to end. */
bool dx_simulate(dx_arena *arena, const dx_simulation_order *order, dx_simulation *ret,
                 dx_diags *diags);

/* An amount of fen in yuan with two decimals. */
dx_str dx_fen_text(dx_arena *arena, dx_fen fen);

/* Writes the members of the result, into an object that is open (simulate_json.c). `appropriation`
 * is in fen, or negative for none. */
void dx_simulation_json(dx_arena *arena, const dx_simulation *simulation, int64_t appropriation,
                        dx_json_writer *out);

/* Items by the departments that answer for them together, as money: an item of two departments
 * stands under both at once, so that the amounts add up. Writes up to n_items rows; their number.
 */
typedef struct dx_duty {
    const dx_item *of; /* the first item of these departments */
    dx_fen sum[2];
} dx_duty;
uint32_t dx_simulation_duties(const dx_simulation *simulation, dx_duty *ret);

#endif
