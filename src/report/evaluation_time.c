/* SPDX-License-Identifier: Apache-2.0 */
#include "report/evaluation_parts.h"
#include "report/page.h"

/* Whether what earlier years taught holds in later ones; or why that is not said. */

static void write_years(base_buf *out, uint32_t from, uint32_t until)
{
    base_buf_format(out, from == until ? "%u" : "%u to %u", from, until);
}

static void write_table(base_buf *out, const report_evaluation *e, size_t level)
{
    base_buf_format(out, "<table class=\"stack\">\n<caption>%s, visits of ", e->levels[level].title);
    write_years(out, e->temporal.judged_from, e->temporal.judged_until);
    base_buf_text(out, "</caption>\n");
    report_method_rows(out, e->temporal.rows[level], REPORT_TEMPORAL_ROWS);
}

static void write_sizes(base_buf *out, const report_temporal *t)
{
    base_buf_text(out, "<p class=\"note\">Learnt from ");
    report_count(out, t->learnt.people);
    base_buf_text(out, " training patients and ");
    report_count(out, t->learnt.visits);
    base_buf_text(out, " of their visits; judged on ");
    report_count(out, t->judged.people);
    base_buf_text(out, " test patients and ");
    report_count(out, t->judged.visits);
    base_buf_text(out, " visits; in ");
    report_count(out, t->positive);
    base_buf_text(out, " of the patients something begins.</p>\n");
}

static void write_reason(base_buf *out, const report_evaluation *e)
{
    base_buf_text(out, "<p class=\"statement\">Not measured: ");
    switch (e->temporal.state) {
    case REPORT_TIME_WITHHELD:
        base_buf_text(out, "the plan of this release withholds the period of every visit, so that nobody can tell "
                           "earlier ones from later ones.</p>\n");
        break;
    case REPORT_TIME_NO_EARLIER:
        base_buf_text(out, "no period ends so early that its outcomes were known when the last periods began.</p>\n");
        break;
    default:
        base_buf_text(out, "something begins in too few test patients of the last periods, or nobody was there to "
                           "learn from before.</p>\n");
        break;
    }
}

void report_temporal_section(base_buf *out, const report_evaluation *e)
{
    const report_temporal *t = &e->temporal;
    report_section_begin(
        out, "time", "From earlier years to later ones",
        "Learnt from earlier visits only, judged on the last visits of other patients: the last periods that hold a "
        "fifth of the visits. Visits whose outcomes were not yet known when these began are left out. The last line "
        "is of the same visits by what was learnt from all years: what lies between is the cost of time, and of "
        "fewer visits to learn from.");
    if (t->state == REPORT_TIME_JUDGED) {
        base_buf_text(out, "<p>Learnt from the years ");
        write_years(out, t->learnt_from, t->learnt_until);
        base_buf_text(out, ", judged in ");
        write_years(out, t->judged_from, t->judged_until);
        base_buf_text(out, "; the default of the earlier years is: ");
        base_buf_text(out, t->method_title);
        base_buf_text(out, ".</p>\n");
        for (size_t i = 0; i < REPORT_LEVELS; i++)
            if (e->levels[i].outcomes != 0)
                write_table(out, e, i);
        write_sizes(out, t);
    } else {
        write_reason(out, e);
    }
    report_section_end(out);
}
