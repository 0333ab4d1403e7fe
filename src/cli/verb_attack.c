/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tabular.h"

int cli_run_attack(const cli_settings *settings)
{
    return cli_complain(settings, "not yet");
}
