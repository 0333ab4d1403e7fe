/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic diseases are named as the vocabulary names them: else no prediction could be compared with the truth. */
#include "base/test.h"

#include "clinical/vocabulary.h"
#include "synth/person.h"

typedef struct search {
    const char *code;
    record_item wanted;
    bool known, found;
} search;

/* Codes of the vocabulary are without the dot of ICD-10-CM; a prefix counts where no longer one says otherwise. */
static int look(void *context, record_item item, const char *system, const char *code, bool prefix)
{
    search *s = context;
    (void)system;
    const size_t size = strlen(code);
    if (prefix ? strncmp(s->code, code, size) != 0 : strcmp(s->code, code) != 0)
        return 0;
    s->known = true;
    s->found = s->found || item == s->wanted;
    return 0;
}

static bool leads_to(int16_t code, record_item wanted, bool *known)
{
    char text[32];
    size_t size = 0;
    if (code < 0)
        return false;
    for (const char *c = synth_codes[code].code.data; *c != '\0' && size + 1 < sizeof(text); c++)
        if (*c != '.')
            text[size++] = *c;
    text[size] = '\0';
    search s = {.code = text, .wanted = wanted};
    assert_int_equal(clinical_vocabulary_each_code(look, &s), 0);
    *known = *known || s.known;
    return s.found;
}

static void outcomes_are_the_vocabulary_s(void **state)
{
    (void)state;
    int checked = 0;
    for (int i = 0; i < SYNTH_D_COUNT; i++) {
        const synth_disease *d = &synth_diseases[i];
        if (d->outcome < 0)
            continue;
        const record_item item =
            clinical_item_find(RECORD_HISTORY_CONCEPTS, base_span_of(synth_outcomes[d->outcome]));
        assert_int_not_equal(item, RECORD_ITEM_NONE);
        bool known = false;
        const bool either = leads_to(d->snomed, item, &known) || leads_to(d->icd10, item, &known);
        if (known && !either)
            print_message("%s is no %s\n", d->key, synth_outcomes[d->outcome]);
        assert_true(either);
        checked++;
    }
    assert_true(checked > 120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(outcomes_are_the_vocabulary_s)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
