/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

static void write_checks(base_buf *out, const report_model *m)
{
    if (m->check_count == 0)
        return;
    base_buf_text(out, "<h3>Checked while it was made</h3>\n<ul class=\"checks\">\n");
    for (size_t i = 0; i < m->check_count; i++) {
        const bool passed = m->checks[i].passed;
        base_buf_format(out, "<li class=\"%s\"><span class=\"state\">%s</span> ", passed ? "passed" : "failed",
                        passed ? "passed" : "FAILED");
        report_sentence(out, m->checks[i].text);
        base_buf_text(out, "</li>\n");
    }
    base_buf_text(out, "</ul>\n");
}

static void write_limits(base_buf *out, const report_model *m)
{
    if (m->limit_count == 0)
        return;
    base_buf_text(out, "<h3>Not checked, not claimed</h3>\n<ul class=\"limits\">\n");
    for (size_t i = 0; i < m->limit_count; i++) {
        base_buf_text(out, "<li>");
        report_sentence(out, m->limits[i]);
        base_buf_text(out, "</li>\n");
    }
    base_buf_text(out, "</ul>\n");
}

static void write_command(base_buf *out, const report_model *m)
{
    base_buf_text(
        out, "<h3>Prove it yourself</h3>\n<p>Separate code counts everything again from the files alone: the "
             "signature, every checksum, the classes of people, the lists, each vector.</p>\n"
             "<pre><code>lethe verify dataset/ --public-key publisher.pub</code></pre>\n<p>Get the public key from the "
             "publisher by another way than this dataset. Its fingerprint is <code>");
    report_escape(out, m->key_id);
    base_buf_text(out, "</code>. Without the key, <code>verify</code> says that the signer is not established.</p>\n");
}

static void write_version(base_buf *out, const char *term, const char *text)
{
    if (text == NULL)
        return;
    base_buf_format(out, "<div><dt>%s</dt><dd>", term);
    report_escape(out, text);
    base_buf_text(out, "</dd></div>");
}

static void write_versions(base_buf *out, const report_model *m)
{
    base_buf_text(out, "<h3>Made with</h3>\n<dl class=\"versions\">");
    write_version(out, "Lethe", m->anonymization_version);
    write_version(out, "Schema", m->schema_version);
    write_version(out, "Vocabulary", m->vocabulary_version);
    write_version(out, "Vector model", m->embedding_model);
    write_version(out, "Snapshots", m->snapshots);
    write_version(out, "Key", m->key_id);
    base_buf_text(out, "</dl>\n");
}

void report_verification(base_buf *out, const report_model *m)
{
    report_section_begin(
        out, "verify", "Limits and proof",
        "What was not looked at is said as plainly as what was. Figures that know the input are rounded to "
        "1" REPORT_THIN "%; counts of the input are not in the release.");
    write_limits(out, m);
    write_checks(out, m);
    write_command(out, m);
    write_versions(out, m);
    report_section_end(out);
    base_buf_text(
        out, "</main>\n<footer><p>The same figures for programs: <code>report.json</code>. The plan: "
             "<code>plan.json</code>. Every value and what it means: <code>vocabulary.json</code>.</p></footer>\n");
}
