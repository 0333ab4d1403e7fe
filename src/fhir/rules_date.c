/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include "base/date.h"
#include "fhir/primitive.h"

#include <stdio.h>

/*
 * Dates. Theirs: an offset of -50 to 50 days that is a polynomial of the key, mod 101; a time becomes 00:00:00; a date
 * of which only the year or month is known, and one that says over 89, is cut to the year or goes; an instant cut to
 * the year is no instant. Ours: the offset of the patient (keyed, up to a year), times stay, months and years move too,
 * an instant stays one, and a resource of no one patient has years only.
 */
#define SHIFT_SEED  131
#define SHIFT_RANGE 50
#define AGE_MAX     89

int32_t rules_offset_of(base_span prefix, base_span key)
{
    int32_t offset = 0;
    for (size_t i = 0; i < prefix.size + key.size; i++) {
        const char c = i < prefix.size ? prefix.data[i] : key.data[i - prefix.size];
        offset = (offset * SHIFT_SEED + (unsigned char)c) % (2 * SHIFT_RANGE + 1);
    }
    return offset - SHIFT_RANGE;
}

static bool over_89(const fhir_rules_run *run, const base_time *time)
{
    const base_civil then = base_civil_of(time->day), now = base_civil_of(run->options.as_of_day);
    const bool before = now.month < then.month || (now.month == then.month && now.day < then.day);
    return now.year - then.year - before > AGE_MAX;
}

static int clear(fhir_node *node, unsigned *done)
{
    rules_clear(node);
    *done |= FHIR_RULES_REDACTED;
    return 0;
}

/* What is no date at all: theirs refuses the resource, ours takes it away. */
static int read_date(const fhir_rules_run *run, const fhir_node *node, base_time *ret_time, lethe_error *error)
{
    if (base_time_parse(node->text, ret_time, NULL) == 0)
        return 0;
    return run->rules->compat ? base_fail(error, LETHE_E_FHIR_VALUE) : LETHE_E_FHIR_VALUE;
}

int rules_redact_date(fhir_rules_run *run, fhir_node *node, unsigned *done, lethe_error *error)
{
    base_time time;
    char year[32];
    const int status = read_date(run, node, &time, error);
    if (status != 0 && run->rules->compat)
        return status;
    if (status != 0 || !run->rules->partial_dates || over_89(run, &time))
        return clear(node, done);
    const bool whole = !run->rules->compat && node->type == run->instant;
    (void)snprintf(year, sizeof(year), "%.4s%s", node->text.data, whole ? "-01-01T00:00:00Z" : "");
    *done |= FHIR_RULES_REDACTED;
    return rules_give_text(run, node, base_span_of(year), error);
}

/* The text of the shifted date, with as much behind the day as `rest` says. */
static int put_day(fhir_rules_run *run, fhir_node *node, int64_t day, int precision, base_span rest, bool zeroed,
                   lethe_error *error)
{
    if (day < BASE_DAY_MIN || day > BASE_DAY_MAX)
        return base_fail(error, LETHE_E_FHIR_RULE);
    const base_civil civil = base_civil_of((int32_t)day);
    base_buf_reset(&run->text);
    base_buf_format(&run->text, "%04d", civil.year);
    if (precision > 1)
        base_buf_format(&run->text, "-%02d", civil.month);
    if (precision > 2)
        base_buf_format(&run->text, "-%02d", civil.day);
    bool zone = false; /* the digits of a time become 0, those of its zone stay */
    for (size_t i = 0; i < rest.size; i++) {
        const char c = rest.data[i];
        zone = zone || c == '+' || c == '-' || c == 'Z';
        base_buf_byte(&run->text, zeroed && !zone && c >= '0' && c <= '9' ? '0' : c);
    }
    BASE_TRY(base_buf_check(&run->text, error));
    return rules_give_text(run, node, base_buf_view(&run->text), error);
}

static base_span behind_day(base_span text)
{
    return text.size > 10 ? (base_span){text.data + 10, text.size - 10} : (base_span){NULL, 0};
}

/* The id of the outermost resource as it is now: a rule that has hashed it before changes the offset. */
static base_span prefix_of(const fhir_rules_run *run, fhir_node *node)
{
    if (run->rules->scope == RULES_SCOPE_FILE && run->options.file.size != 0)
        return run->options.file;
    if (run->rules->scope == RULES_SCOPE_FOLDER && run->options.folder.size != 0)
        return run->options.folder;
    return fhir_node_text(fhir_node_root(node), "id");
}

static int shift_as_theirs(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done,
                           lethe_error *error)
{
    base_time time;
    BASE_TRY(read_date(run, node, &time, error));
    if (time.precision < BASE_PRECISION_DAY || over_89(run, &time))
        return rules_redact_date(run, node, done, error);
    const fhir_rules *rules = run->rules;
    const int32_t days = rule->fixed    ? rule->fixed_days
                         : rules->fixed ? rules->fixed_days
                                        : rules_offset_of(prefix_of(run, node), rules->date_shift_key);
    *done |= FHIR_RULES_PERTURBED;
    return put_day(run, node, (int64_t)time.day + days, 3, behind_day(node->text), true, error);
}

int rules_shift_date(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    base_time time;
    if (run->rules->compat)
        return shift_as_theirs(run, rule, node, done, error);
    if (read_date(run, node, &time, NULL) != 0)
        return clear(node, done);
    if (over_89(run, &time))
        return rules_redact_date(run, node, done, error);
    if (!run->owned) { /* nobody's: the year, whatever the policy says of partial dates */
        char year[32];
        (void)snprintf(year, sizeof(year), "%.4s%s", node->text.data,
                       node->type == run->instant ? "-01-01T00:00:00Z" : "");
        *done |= FHIR_RULES_REDACTED;
        return rules_give_text(run, node, base_span_of(year), error);
    }
    const int precision = time.precision == BASE_PRECISION_YEAR ? 1 : time.precision == BASE_PRECISION_MONTH ? 2 : 3;
    *done |= FHIR_RULES_PERTURBED;
    return put_day(run, node, (int64_t)time.day + run->days, precision, behind_day(node->text), false, error);
}
