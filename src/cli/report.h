/* One assessment as text for a person. */
#ifndef DX_CLI_REPORT_H
#define DX_CLI_REPORT_H

#include "cli/cli.h"

/* What is told: the run still holds the assessment. */
typedef struct dx_report {
    dx_cli *cli;
    const dx_pack *pack;
    const dx_run *run;
    const dx_facts *facts;
    const dx_options *options;
    const dx_assessment *assessment;
} dx_report;

/* Writes the table of items, the total, what is missing, what fails and what to do next to
 * cli->out; with `all` every condition of every item, and every missing fact. */
void dx_report_text(const dx_report *report, bool all);

#endif
