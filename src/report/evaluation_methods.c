/* SPDX-License-Identifier: Apache-2.0 */
#include "report/evaluation_parts.h"
#include "report/page.h"

static void write_cell(base_buf *out, const char *label, const report_figure *figure,
                       void (*number)(base_buf *, double))
{
    base_buf_format(out, "<td class=\"number\" data-label=\"%s\">", label);
    if (figure->patients == 0) {
        base_buf_text(out, REPORT_DASH "</td>");
        return;
    }
    number(out, figure->value);
    base_buf_text(out, "<small>");
    number(out, figure->low);
    base_buf_text(out, " to ");
    number(out, figure->high);
    base_buf_text(out, "</small></td>");
}

/* Lift may be above 1, which report_correlation is not for. */
static void write_factor(base_buf *out, double value)
{
    const int64_t hundredths = (int64_t)((value > 0 && value < 1e6 ? value : 0) * 100 + 0.5);
    base_buf_format(out, "%d.%02d", (int)(hundredths / 100), (int)(hundredths % 100));
}

void report_method_rows(base_buf *out, const report_method *methods, size_t count)
{
    static const char *const heads[] = {"hit@3", "precision@3", "recall@3", "ECE", "Brier skill", "lift"};
    base_buf_text(out, "<thead><tr>");
    report_head_cell(out, NULL, "Method");
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        report_head_cell(out, "number", heads[i]);
    base_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count; i++) {
        const report_method *m = &methods[i];
        base_buf_format(out, "<tr%s><th scope=\"row\">%s%s</th>", m->chosen ? " class=\"chosen\"" : "", m->title,
                        m->chosen ? " (default)" : "");
        write_cell(out, heads[0], &m->hit, report_share);
        write_cell(out, heads[1], &m->precision, report_share);
        write_cell(out, heads[2], &m->recall, report_share);
        write_cell(out, heads[3], &m->ece, report_share);
        write_cell(out, heads[4], &m->brier_skill, report_correlation);
        write_cell(out, heads[5], &m->lift, write_factor);
        base_buf_text(out, "</tr>\n");
    }
    base_buf_text(out, "</tbody></table>\n");
}
