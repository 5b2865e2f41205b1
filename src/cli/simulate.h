/* A simulation as text for a person. */
#ifndef DX_CLI_SIMULATE_H
#define DX_CLI_SIMULATE_H

#include "batch/simulate.h"
#include "cli/cli.h"

/* Writes the tables to cli->out. `appropriation` is in fen, or negative for none. */
void dx_simulation_text(dx_cli *cli, const dx_simulation *simulation, int64_t appropriation);

#endif
