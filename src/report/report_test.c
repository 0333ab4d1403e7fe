/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "base/test.h"
#include "json/json.h"
#include "report/evaluation.h"
#include "report/test_model.h"
#include "report/test_xml.h"
#include "report/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>

typedef int (*report_writer)(const report_model *model, base_buf *out, lethe_error *error);

static base_buf written(report_writer writer, const report_model *model)
{
    base_buf out;
    base_buf_init(&out, 1 << 24);
    assert_int_equal(writer(model, &out, NULL), 0);
    return out;
}

static json_value parsed(json_parser *parser, base_buf *document)
{
    json_value root;
    assert_int_equal(base_buf_reserve(document, JSON_PADDING), 0);
    memset(document->data + document->size, 0, JSON_PADDING); /* the parser reads a little past the end */
    assert_int_equal(json_parse(parser, base_buf_view(document), &root, NULL), 0);
    return root;
}

static bool contains(const base_buf *out, const char *text)
{
    return memmem(out->data, out->size, text, strlen(text)) != NULL;
}

static void assert_well_formed(const base_buf *page)
{
    const report_markup markup = report_check_markup(base_buf_view(page));
    if (markup.trouble != NULL)
        print_message("%s at byte %zu\n", markup.trouble, markup.at);
    assert_null(markup.trouble);
    assert_false(markup.has_script);
    assert_false(markup.has_address);
    assert_false(markup.dangling);
}

static void test_checker_finds_faults(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "<html></html>",
        "<!DOCTYPE html><p>",
        "<!DOCTYPE html><p><b></p></b>",
        "<!DOCTYPE html><p class=a></p>",
        "<!DOCTYPE html><p>a & b</p>",
        "<!DOCTYPE html><p id=\"a\"/><p id=\"a\"/>",
        "<!DOCTYPE html><p title=\"a<b\"/>",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(report_check_markup(base_span_of(bad[i])).trouble);
    assert_true(report_check_markup(base_span_of("<!DOCTYPE html><script>1</script>")).has_script);
    assert_true(report_check_markup(base_span_of("<!DOCTYPE html><a href=\"x\">1</a>")).has_address);
    assert_true(report_check_markup(base_span_of("<!DOCTYPE html><a href=\"#x\">1</a>")).dangling);
}

static void test_page(void **state)
{
    (void)state;
    base_buf page = written(report_write_html, report_test_model());
    assert_well_formed(&page);
    assert_false(contains(&page, "http:"));
    assert_false(contains(&page, "https:"));
    assert_false(contains(&page, "url("));
    assert_false(contains(&page, "@import"));
    assert_true(contains(&page, "prefers-color-scheme:dark"));
    assert_true(contains(&page, "@media print"));
    static const char *const said[] = {"guarantee",  "attackers", "plan",     "lists",
                                       "similarity", "coverage",  "contents", "verify"};
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        char id[32];
        (void)snprintf(id, sizeof(id), " id=\"%s\"", said[i]);
        assert_true(contains(&page, id));
    }
    assert_true(contains(&page, "1" REPORT_THIN "874"));
    assert_true(contains(&page, "48.7" REPORT_THIN "%"));
    base_buf_done(&page);
}

/* Nothing measured, nothing to list: still a page and a document, and no number that is none. */
static void test_empty(void **state)
{
    (void)state;
    const report_model empty = {.dataset_name = "x",
                                .k = 5,
                                .information_kept = NAN,
                                .items_kept = NAN,
                                .visits_withheld = NAN,
                                .people_withheld = NAN,
                                .other_level_kept = NAN,
                                .suppression_limit = NAN,
                                .outcomes_observed = NAN,
                                .prediction_ready = NAN};
    base_buf page = written(report_write_html, &empty), document = written(report_write_json, &empty);
    assert_well_formed(&page);
    assert_false(contains(&page, "nan"));
    assert_true(contains(&page, "It was not measured"));
    assert_true(contains(&document, "\"prediction_ready\": null"));
    base_buf_done(&page);
    base_buf_done(&document);
}

/* What anonymization cost: only where it was asked for, to 1 %, and nothing of few. */
static void test_cost(void **state)
{
    (void)state;
    report_model model = *report_test_model();
    base_buf page = written(report_write_html, &model), document = written(report_write_json, &model);
    assert_false(contains(&page, "id=\"cost\"") || contains(&document, "\"prediction\""));
    base_buf_done(&page);
    base_buf_done(&document);
    model.ceiling.wanted = true;
    for (int measured = 0; measured < 2; measured++) {
        report_trial trial = {.method = "logistic"};
        for (size_t level = 0; level < REPORT_TRIAL_LEVELS; level++)
            for (size_t i = 0; i < REPORT_SPANS; i++)
                trial.spans[level][i] =
                    level == 0 ? (report_span){.43219, .38765, .48321} : (report_span){NAN, NAN, NAN};
        model.ceiling.measured = measured != 0;
        model.ceiling.test_people = 1234;
        model.ceiling.raw = model.ceiling.kept = model.ceiling.released = trial;
        page = written(report_write_html, &model);
        document = written(report_write_json, &model);
        assert_well_formed(&page);
        assert_true(contains(&page, "Not measured: too few patients") == (measured == 0));
        assert_true(contains(&page, "43" REPORT_THIN "%") == (measured != 0));
        assert_true(contains(&document, "\"measured\": true") == (measured != 0));
        assert_true(contains(&document, "0.43,") == (measured != 0));
        assert_false(contains(&document, "0.432") || contains(&page, "43.2" REPORT_THIN "%"));
        base_buf_done(&page);
        base_buf_done(&document);
    }
}

/* What other guarantees would keep: only where it was asked for, to 1 %, and a row without a plan has no numbers. */
static void test_frontier(void **state)
{
    (void)state;
    report_model model = *report_test_model();
    base_buf page = written(report_write_html, &model), document = written(report_write_json, &model);
    assert_false(contains(&page, "id=\"frontier\"") || contains(&document, "\"frontier\""));
    base_buf_done(&page);
    base_buf_done(&document);
    for (int found = 0; found < 2; found++) {
        model.frontier = (report_frontier){.wanted = true, .count = 2};
        for (uint32_t i = 0; i < 2; i++) {
            const double x = found != 0 ? .43219 : NAN;
            model.frontier.rows[i] = (report_guarantee){i == 0 ? "internal" : "standard",
                                                        5,
                                                        i + 1,
                                                        i + 1,
                                                        found != 0 && i == 1,
                                                        found != 0,
                                                        x, x, x, x, x, x, x};
        }
        page = written(report_write_html, &model);
        document = written(report_write_json, &model);
        assert_well_formed(&page);
        assert_true(contains(&page, "standard, k = 5 (this release)") == (found != 0));
        assert_true(contains(&page, "internal, k = 5: no plan") == (found == 0));
        assert_true(contains(&document, "\"unique_by_all_visits\": 0.43") == (found != 0));
        assert_false(contains(&document, "0.432") || contains(&page, "43.2" REPORT_THIN "%"));
        base_buf_done(&page);
        base_buf_done(&document);
    }
}

/* Text of a caller is text, wherever it stands. */
static void test_escapes(void **state)
{
    (void)state;
    static const char evil[] = "<script>alert(\"1\")</script>&'\x01\xff\xc3\xa9";
    static const report_qi qis[] = {{evil, 0, 2, evil, .5}};
    static const report_list lists[] = {{evil, .5, 3, .5}};
    static const report_group groups[] = {{evil, evil, .5}};
    static const report_gone gone[] = {{evil, evil}};
    static const report_attacker attackers[] = {{evil, 1, 1, 9, .5, .5, .6, .1, false}};
    static const report_coverage coverage[] = {{evil, .5, .5}};
    static const report_entry entries[] = {{evil, 3}};
    static const report_distribution distributions[] = {{evil, evil, evil, 3, true, entries, 1},
                                                        {evil, evil, evil, 3, false, entries, 1}};
    static const char *const names[] = {evil};
    static const uint64_t counts[] = {4};
    static const report_grid grids[] = {{evil, evil, evil, names, names, 1, 1, counts}};
    static const report_check checks[] = {{evil, true}};
    const report_model model = {.dataset_name = evil,
                                .audience = evil,
                                .created_at = evil,
                                .created_at_from = evil,
                                .level = evil,
                                .snapshots = evil,
                                .statement = evil,
                                .schema_version = evil,
                                .anonymization_version = evil,
                                .vocabulary_version = evil,
                                .embedding_model = evil,
                                .key_id = evil,
                                .other_level = evil,
                                .control_meaning = evil,
                                .qis = qis,
                                .qi_count = 1,
                                .lists = lists,
                                .list_count = 1,
                                .groups = groups,
                                .group_count = 1,
                                .gone = gone,
                                .gone_count = 1,
                                .attackers = attackers,
                                .attacker_count = 1,
                                .coverage = coverage,
                                .coverage_count = 1,
                                .distributions = distributions,
                                .distribution_count = 2,
                                .grids = grids,
                                .grid_count = 1,
                                .checks = checks,
                                .check_count = 1,
                                .limits = names,
                                .limit_count = 1,
                                .before_gate = {.measured = true}};
    base_buf page = written(report_write_html, &model), document = written(report_write_json, &model);
    assert_well_formed(&page);
    assert_false(contains(&page, "<script"));
    assert_true(
        contains(&page, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9"));
    assert_true(contains(&document, "&'\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9"));
    json_parser *parser = NULL;
    assert_int_equal(json_parser_new(1 << 24, 64, &parser, NULL), 0);
    (void)parsed(parser, &document);
    json_parser_free(parser);
    base_buf_done(&page);
    base_buf_done(&document);
}

/* Every member that docs/SPEC-report.md promises. */
static void assert_members(json_value object, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!json_present(json_get(object, names[i])))
            print_message("missing: %s\n", names[i]);
        assert_true(json_present(json_get(object, names[i])));
    }
    assert_int_equal(json_count(object), count);
}

#define MEMBERS(object, ...)                                                                                           \
    do {                                                                                                               \
        static const char *const names[] = {__VA_ARGS__};                                                              \
        assert_members((object), names, sizeof(names) / sizeof(names[0]));                                             \
    } while (0)

static void check_agreement(json_value agreement)
{
    MEMBERS(agreement, "pairs", "queries", "spearman", "overlap_10", "overlap_100", "control", "by_raw_likeness");
    MEMBERS(json_get(agreement, "control"), "spearman", "overlap_10", "overlap_100");
    assert_int_equal(json_count(json_get(agreement, "by_raw_likeness")), REPORT_STRATA);
    MEMBERS(json_element(json_get(agreement, "by_raw_likeness"), 0), "from", "to", "pairs", "spearman");
}

static void check_contents(json_value root)
{
    const report_model *m = report_test_model();
    const json_value distributions = json_get(root, "distributions"), grids = json_get(root, "grids");
    assert_int_equal(json_count(distributions), m->distribution_count);
    MEMBERS(json_element(distributions, 0), "id", "title", "unit", "total", "values");
    MEMBERS(json_element(json_get(json_element(distributions, 0), "values"), 0), "name", "count");
    MEMBERS(json_element(grids, 0), "id", "title", "unit", "cells");
    assert_int_equal(json_count(json_get(json_element(grids, 0), "cells")), 20);
    assert_int_equal(json_count(json_get(root, "checks")), m->check_count);
    MEMBERS(json_element(json_get(root, "checks"), 0), "check", "passed");
    assert_int_equal(json_count(json_get(root, "limits")), m->limit_count);
    MEMBERS(json_element(json_get(root, "coverage"), 0), "domain", "occurrences", "distinct_codes");
}

static void check_privacy(json_value root)
{
    const report_model *m = report_test_model();
    const json_value plan = json_get(root, "plan"), lists = json_get(root, "lists"),
                     attackers = json_get(root, "attackers");
    MEMBERS(plan, "information_kept", "other_level", "suppression_limit", "quasi_identifiers");
    assert_int_equal(json_count(json_get(plan, "quasi_identifiers")), m->qi_count);
    MEMBERS(json_element(json_get(plan, "quasi_identifiers"), 0), "name", "level", "levels", "released_as",
            "information_kept");
    MEMBERS(json_get(root, "classes"), "count", "smallest", "sizes");
    MEMBERS(json_element(json_get(json_get(root, "classes"), "sizes"), 6), "low", "high", "classes");
    MEMBERS(lists, "items_kept", "columns", "dropped_for_all");
    MEMBERS(json_element(json_get(lists, "dropped_for_all"), 0), "column", "name");
    const json_value groups = json_get(json_get(root, "withheld"), "by_group");
    MEMBERS(json_get(root, "withheld"), "visits", "people", "by_group");
    assert_int_equal(json_count(groups), m->group_count);
    MEMBERS(json_element(groups, 0), "quasi_identifier", "group", "visits");
    MEMBERS(json_element(json_get(lists, "columns"), 0), "name", "items_kept", "distinct_items",
            "distinct_items_dropped");
    MEMBERS(attackers, "control", "measured");
    assert_int_equal(json_count(json_get(attackers, "measured")), m->attacker_count);
    MEMBERS(json_element(json_get(attackers, "measured"), 0), "description", "visits", "items", "trials", "below_k",
            "below_k_bound_95", "unique", "control_below_k", "guaranteed");
}

static void test_document(void **state)
{
    (void)state;
    base_buf document = written(report_write_json, report_test_model());
    json_parser *parser = NULL;
    double number = 0;
    assert_int_equal(json_parser_new(1 << 24, 64, &parser, NULL), 0);
    const json_value root = parsed(parser, &document);
    MEMBERS(root, "report_version", "dataset_name", "audience", "created_at", "created_at_from", "level", "snapshots",
            "k", "attacker", "statement", "outcome_horizon_months", "schema_version", "anonymization_version",
            "vocabulary_version", "embedding_model", "key_id", "released", "splits", "withheld", "plan", "classes",
            "lists", "attackers", "similarity", "coverage", "outcomes_observed", "prediction_ready", "distributions",
            "grids", "checks", "limits");
    check_privacy(root);
    check_contents(root);
    check_agreement(json_get(json_get(root, "similarity"), "released_against_before_gate"));
    check_agreement(json_get(json_get(root, "similarity"), "released_against_raw_codes"));
    check_agreement(json_get(json_get(root, "similarity"), "before_gate_against_raw_codes"));
    assert_true(json_number(json_get(json_get(root, "withheld"), "visits"), &number));
    assert_true(number > .0899 && number < .0901);
    assert_true(contains(&document, "\"visits\": \"all\""));
    json_parser_free(parser);
    base_buf_done(&document);
}

/* Figures that know the input come at 1 %: two inputs that round alike give the same bytes. */
static void test_rates_are_rounded(void **state)
{
    (void)state;
    static const report_writer writers[] = {report_write_json, report_write_html};
    report_qi qis[2][1] = {{{"age_group", 1, 4, "8 bands", .6538}}, {{"age_group", 1, 4, "8 bands", .6462}}};
    report_list lists[2][1] = {{{"outcomes", .9021, 9, .3185}}, {{"outcomes", .8977, 9, .3221}}};
    report_coverage coverage[2][1] = {{{"Conditions", .9874, .9412}}, {{"Conditions", .9912, .9391}}};
    report_model models[2] = {*report_test_model(), *report_test_model()};
    for (int i = 0; i < 2; i++) {
        models[i].qis = qis[i], models[i].qi_count = 1;
        models[i].lists = lists[i], models[i].list_count = 1;
        models[i].coverage = coverage[i], models[i].coverage_count = 1;
    }
    models[0].groups = (const report_group[]){{"sex", "female", .1401}};
    models[1].groups = (const report_group[]){{"sex", "female", .0502}};
    models[0].group_count = models[1].group_count = 1;
    models[1].visits_withheld = .0868;
    models[1].people_withheld = .0271;
    models[1].information_kept = .5766;
    models[1].other_level_kept = .8281;
    models[1].items_kept = .9633;
    models[1].before_gate.spearman = .9311;
    models[1].before_gate.overlap_10 = .6093;
    models[1].before_gate.strata[0].spearman = .8361;
    for (int w = 0; w < 2; w++) {
        base_buf a = written(writers[w], &models[0]), b = written(writers[w], &models[1]);
        assert_true(base_span_equal(base_buf_view(&a), base_buf_view(&b)));
        base_buf_done(&a);
        base_buf_done(&b);
    }
}

static void test_deterministic(void **state)
{
    (void)state;
    static const report_writer writers[] = {report_write_json, report_write_html};
    for (int w = 0; w < 2; w++) {
        base_buf a = written(writers[w], report_test_model());
        (void)setlocale(LC_ALL, "de_DE.UTF-8"); /* a decimal comma, where it is installed */
        base_buf b = written(writers[w], report_test_model());
        (void)setlocale(LC_ALL, "C");
        assert_true(base_span_equal(base_buf_view(&a), base_buf_view(&b)));
        base_buf_done(&a);
        base_buf_done(&b);
    }
}

static void test_broken_guarantee_is_said(void **state)
{
    (void)state;
    report_attacker attacker = {"2 visits, in order", 2, 0, 100, 0, 0, NAN, 0, true};
    const report_check failed = {"a check", false};
    report_model model = *report_test_model();
    model.attackers = &attacker;
    model.attacker_count = 1;
    base_buf page = written(report_write_html, &model);
    assert_false(contains(&page, "guarantee is broken"));
    assert_false(contains(&page, "Do not hand"));
    base_buf_done(&page);
    attacker.below_k = .01;
    page = written(report_write_html, &model);
    assert_true(contains(&page, "guarantee is broken"));
    assert_true(contains(&page, "Do not hand"));
    base_buf_done(&page);
    model = *report_test_model();
    model.checks = &failed;
    model.check_count = 1;
    page = written(report_write_html, &model);
    assert_true(contains(&page, "Do not hand"));
    base_buf_done(&page);
    model = *report_test_model();
    model.class_size_min = model.k - 1;
    page = written(report_write_html, &model);
    assert_true(contains(&page, "Do not hand"));
    base_buf_done(&page);
}

static void test_limit(void **state)
{
    (void)state;
    for (size_t max = 100; max < 60000; max += 9973) {
        base_buf out;
        base_buf_init(&out, max);
        assert_int_equal(report_write_html(report_test_model(), &out, NULL), LETHE_E_BASE_LIMIT);
        base_buf_done(&out);
        base_buf_init(&out, max / 6);
        assert_int_equal(report_write_json(report_test_model(), &out, NULL), LETHE_E_BASE_LIMIT);
        base_buf_done(&out);
    }
}

static void assert_said(void (*say)(base_buf *, double), double value, const char *expected)
{
    base_buf out;
    base_buf_init(&out, 64);
    say(&out, value);
    assert_true(base_span_is(base_buf_view(&out), expected));
    base_buf_done(&out);
}

static void test_numbers(void **state)
{
    (void)state;
    assert_said(report_share, 0, "0" REPORT_THIN "%");
    assert_said(report_share, 1, "100" REPORT_THIN "%");
    assert_said(report_share, .0001, "&lt;0.1" REPORT_THIN "%");
    assert_said(report_share, .9999, "&gt;99.9" REPORT_THIN "%");
    assert_said(report_share, .1234, "12.3" REPORT_THIN "%");
    assert_said(report_share, .12, "12.0" REPORT_THIN "%");
    assert_said(report_share, NAN, REPORT_DASH);
    assert_said(report_band, 0, "under 5" REPORT_THIN "%");
    assert_said(report_band, .049, "under 5" REPORT_THIN "%");
    assert_said(report_band, .32, "about 30" REPORT_THIN "%");
    assert_said(report_band, .99, "over 95" REPORT_THIN "%");
    assert_said(report_band, NAN, REPORT_DASH);
    assert_true(isnan(report_rate_of(1, 19)) && isnan(report_rate_of(0, 0)));
    assert_true(report_rate_of(5, 20) > .2499 && report_rate_of(5, 20) < .2501);
    assert_said(report_rate, 0, "under 1" REPORT_THIN "%");
    assert_said(report_rate, .0049, "under 1" REPORT_THIN "%");
    assert_said(report_rate, .706, "71" REPORT_THIN "%");
    assert_said(report_rate, .999, "over 99" REPORT_THIN "%");
    assert_said(report_correlation, .925, "0.93");
    assert_said(report_correlation, -.021,
                "\xe2\x88\x92"
                "0.02");
    assert_said(report_correlation, -.001, "0.00");
    assert_said(report_place, .37255, "37.26%");
    assert_said(report_place, 7, "100.00%");
    assert_true(report_round(-.004, 100) == 0 && !signbit(report_round(-.004, 100)));
}

static report_evaluation test_evaluation_of(bool judged, report_curve_point *curve, report_told *told)
{
    static const char *const names[] = {"prevalence", "jaccard", "logistic", "neighbours", "blend"};
    const report_figure figure = {.value = 0.5, .low = 0.4, .high = 0.6, .patients = 90};
    report_evaluation e = {.dataset_name = "a <b> & c",
                           .horizon_months = 12,
                           .k = 5,
                           .test_wanted = 30,
                           .judged = judged,
                           .method = "logistic",
                           .method_title = "Logistic model",
                           .reach_wanted = 0.85,
                           .reach_least = 0.3,
                           .told = told,
                           .told_count = 2};
    e.temporal = (report_temporal){.learnt_from = 2014,
                                   .learnt_until = 2017,
                                   .judged_from = 2019,
                                   .judged_until = 2020,
                                   .positive = 40,
                                   .method = "logistic",
                                   .method_title = "Logistic model"};
    *curve = (report_curve_point){1, 0.9, 0.8};
    told[0] = (report_told){0, 0.1, 0.2, 40};
    told[1] = (report_told){0.5, 0.7, 0.6, 40};
    for (size_t i = 0; i < REPORT_LEVELS; i++) {
        for (size_t m = 0; m < REPORT_TEMPORAL_ROWS; m++)
            e.temporal.rows[i][m] = (report_method){.name = names[m], .title = names[m], .hit = figure};
        e.levels[i] = (report_level){.name = i == 0 ? "concepts" : "categories", .title = "Conditions", .outcomes = 3};
        e.levels[i].curve = curve;
        e.levels[i].curve_count = 1;
        e.levels[i].reach_found = i == 0;
        e.levels[i].out_of_reach = true;
        for (size_t m = 0; m < REPORT_METHODS; m++)
            e.levels[i].methods[m] = (report_method){
                .name = names[m], .title = names[m], .chosen = m == 2, .hit = figure, .lift = {1.5, 1.2, 1.8, 90}};
    }
    return e;
}

static void test_evaluation(void **state)
{
    (void)state;
    report_curve_point curve;
    report_told told[2];
    for (int judged = 0; judged < 2; judged++) {
        const report_evaluation e = test_evaluation_of(judged != 0, &curve, told);
        base_buf page, document;
        json_parser *parser = NULL;
        base_buf_init(&page, 1 << 20);
        base_buf_init(&document, 1 << 20);
        assert_int_equal(report_write_evaluation_html(&e, &page, NULL), 0);
        assert_int_equal(report_write_evaluation_json(&e, &document, NULL), 0);
        assert_well_formed(&page);
        assert_true(contains(&page, "synthetic population"));
        assert_true(contains(&page, "Too few patients") == (judged == 0));
        assert_true(contains(&page, "out of reach") == (judged != 0));
        assert_int_equal(json_parser_new(1 << 20, 32, &parser, NULL), 0);
        assert_true(json_is(json_get(parsed(parser, &document), "method"), JSON_STRING));
        json_parser_free(parser);
        base_buf_done(&page);
        base_buf_done(&document);
    }
}

static void test_evaluation_over_time(void **state)
{
    (void)state;
    static const struct {
        report_temporal_state state;
        const char *on_page, *in_document;
    } cases[] = {
        {REPORT_TIME_JUDGED, "Learnt from the years 2014 to 2017, judged in 2019 to 2020", "\"judged\""},
        {REPORT_TIME_WITHHELD, "withholds the period of every visit", "\"period_withheld\""},
        {REPORT_TIME_NO_EARLIER, "no period ends so early", "\"no_earlier_period\""},
        {REPORT_TIME_FEW, "too few test patients of the last periods", "\"few_patients\""},
    };
    report_curve_point curve;
    report_told told[2];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        report_evaluation e = test_evaluation_of(true, &curve, told);
        base_buf page, document;
        e.temporal.state = cases[i].state;
        base_buf_init(&page, 1 << 20);
        base_buf_init(&document, 1 << 20);
        assert_int_equal(report_write_evaluation_html(&e, &page, NULL), 0);
        assert_int_equal(report_write_evaluation_json(&e, &document, NULL), 0);
        assert_well_formed(&page);
        assert_true(contains(&page, cases[i].on_page));
        assert_true(contains(&document, cases[i].in_document));
        assert_true(contains(&document, "\"learnt\"") ==
                    (cases[i].state == REPORT_TIME_JUDGED || cases[i].state == REPORT_TIME_FEW));
        base_buf_done(&page);
        base_buf_done(&document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checker_finds_faults),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_evaluation),
        cmocka_unit_test(test_evaluation_over_time),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_frontier),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_rates_are_rounded),
        cmocka_unit_test(test_deterministic),
        cmocka_unit_test(test_broken_guarantee_is_said),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
