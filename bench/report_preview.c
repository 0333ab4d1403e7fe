/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a made-up release, to be looked at: report-preview html > report.html */
#include "report/test_model.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    base_buf out;
    base_buf_init(&out, 1 << 24);
    const bool html = argc < 2 || strcmp(argv[1], "json") != 0;
    const int status =
        html ? report_write_html(report_test_model(), &out, NULL) : report_write_json(report_test_model(), &out, NULL);
    const bool written = status == 0 && fwrite(out.data, 1, out.size, stdout) == out.size && fflush(stdout) == 0;
    base_buf_done(&out);
    return written ? 0 : 1;
}
