/* Synthetic enterprises. A file of a pack says how its facts are spread (docs/simulate.md has the
 * form): shares of values by size class, amounts by percentiles, sums to meet. Enterprises are
 * drawn from it with integers alone, each value from the seed, the fact and the number of the
 * enterprise, so that the same seed gives the same population on every machine and in any number of
 * threads. */
#ifndef DX_BATCH_POPULATION_H
#define DX_BATCH_POPULATION_H

#include "batch/rows.h"
#include "policy/policy.h"

/* What a file says; immutable, shared by threads. */
typedef struct dx_population dx_population;

/* Reads `text`, the file called `name`, for a pack. NULL with all faults at their places. */
const dx_population *dx_population_read(dx_arena *arena, const dx_pack *pack, dx_str text,
                                        dx_str name, dx_diags *diags);
/* How many enterprises the file is about. */
uint64_t dx_population_size(const dx_population *population);
/* That it is assumed, in words; may be empty. */
dx_label dx_population_about(const dx_population *population);
/* n enterprises, which live as long as the arena. */
dx_rows *dx_population_rows(dx_arena *arena, const dx_population *population, uint64_t n,
                            uint64_t seed);
/* What the file assumes, as JSON: {"about", "classes", "sums"}, each sum with what it is scaled to
 * for n enterprises. */
void dx_population_json(dx_arena *arena, const dx_population *population, uint64_t n,
                        dx_json_writer *out);
/* Row `row` of a block as a facts object: what is not known is left out, what does not exist is
 * null. */
void dx_rows_facts(dx_arena *arena, const dx_pack *pack, const dx_vector *fields, uint32_t row,
                   dx_json_writer *out);

#endif
