/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/options.h"

void cli_help_all(FILE *out);
void cli_help_verb(cli_verb_id verb, FILE *out);
void cli_help_man(FILE *out);        /* roff */
void cli_help_completion(FILE *out); /* bash */

#endif
