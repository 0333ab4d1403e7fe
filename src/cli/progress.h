/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* A bar on standard error where that is a terminal, nothing elsewhere; also the place where Ctrl-C is noticed. */
typedef struct cli_bar {
    bool drawn, enabled, colour;
    int64_t drawn_at_ms;
    const char *label;
} cli_bar;

/* From now on Ctrl-C, SIGTERM and SIGHUP are noticed by cli_bar_update; until then they end the process. */
void cli_bar_init(cli_bar *bar, bool quiet);

/* Returns non-zero once the user has interrupted. */
int cli_bar_update(cli_bar *bar, const char *label, uint64_t done, uint64_t total);
void cli_bar_clear(cli_bar *bar);

/* Whether standard output is a terminal that wants colour (NO_COLOR). */
bool cli_colour(void);

/* A closed pipe or a limit of file sizes is an error of the write, not the end of the process. */
void cli_ignore_file_signals(void);

#endif
