/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <lethe/config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define EXIT_IO    7

static bool verb_has(cli_verb_id verb, cli_option_id option)
{
    return (CLI_OPTIONS[option].verbs >> verb & 1) != 0;
}

static bool parse_number(const char *text, unsigned long long *ret_number)
{
    char *end = NULL;
    errno = 0;
    *ret_number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* "1GiB", "512MiB", "1000000": binary units only, since that is what memory is counted in. */
static bool parse_bytes(const char *text, unsigned long long *ret_bytes)
{
    static const struct {
        const char *unit;
        unsigned shift;
    } units[] = {{"", 0}, {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
    char *end = NULL;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || errno != 0)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(end, units[i].unit) == 0 && number <= ~0ull >> (units[i].shift + 1)) {
            *ret_bytes = number << units[i].shift;
            return true;
        }
    return false;
}

static bool parse_share(const char *text, double *ret_share)
{
    char *end = NULL;
    *ret_share = strtod(text, &end);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *ret_share > 0 && *ret_share <= 1;
}

/* Seconds with a fraction, to the millisecond; at most a day. */
static bool parse_seconds(const char *text, unsigned *ret_ms)
{
    char *end = NULL;
    const double seconds = strtod(text, &end);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || seconds < 0.001 || seconds > 86400)
        return false;
    *ret_ms = (unsigned)(seconds * 1000 + 0.5);
    return true;
}

/* "0.8,0.3,0.5": none negative, not all 0. */
static bool parse_three(const char *text, double ret_numbers[3])
{
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        char *end = NULL;
        if (text[0] < '0' || text[0] > '9')
            return false;
        ret_numbers[i] = strtod(text, &end);
        if (*end != (i < 2 ? ',' : '\0') || !(ret_numbers[i] <= 1e6))
            return false;
        sum += ret_numbers[i];
        text = end + 1;
    }
    return sum > 0;
}

/* Zero is the public calls' word for "the default", which nobody means who writes it; and they hold 32 bits. */
static bool number_fits(const cli_option *option, unsigned long long number)
{
    return option == &CLI_OPTIONS[CLI_SEED] || (number != 0 && number <= UINT32_MAX);
}

static bool is_choice(const char *choices, const char *value)
{
    const size_t size = strlen(value);
    for (const char *at = choices; at != NULL; at = strchr(at, '|') != NULL ? strchr(at, '|') + 1 : NULL)
        if (strncmp(at, value, size) == 0 && size != 0 && (at[size] == '|' || at[size] == '\0'))
            return true;
    return false;
}

static bool value_fits(const cli_option *option, const char *value)
{
    unsigned long long number = 0;
    double share = 0;
    unsigned milliseconds = 0;
    double three[3];
    switch (option->kind) {
    case CLI_NUMBER:
        return parse_number(value, &number) && number_fits(option, number);
    case CLI_BYTES:
        return parse_bytes(value, &number) && number != 0;
    case CLI_SHARE:
        return parse_share(value, &share);
    case CLI_SECONDS:
        return parse_seconds(value, &milliseconds);
    case CLI_THREE:
        return parse_three(value, three);
    case CLI_CHOICE:
        return is_choice(option->argument, value);
    case CLI_FLAG:
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
    case CLI_TEXT:
    case CLI_MANY:
    default:
        return value[0] != '\0';
    }
}

/* Edit distance of short names: for "did you mean". */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    const size_t n = strlen(b);
    if (n >= 64)
        return 99;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            const size_t above = row[j];
            const size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            size_t best = above + 1 < row[j - 1] + 1 ? above + 1 : row[j - 1] + 1;
            row[j] = best < changed ? best : changed;
            diagonal = above;
        }
    }
    return row[n];
}

static const char *nearest_option(cli_verb_id verb, const char *name)
{
    const char *best = NULL;
    size_t best_distance = 4;
    for (int i = 0; i < CLI_OPTION_COUNT; i++)
        if (verb_has(verb, (cli_option_id)i) && distance(name, CLI_OPTIONS[i].name) < best_distance) {
            best = CLI_OPTIONS[i].name;
            best_distance = distance(name, best);
        }
    return best;
}

static int find_option(cli_verb_id verb, const char *name, size_t size)
{
    for (int i = 0; i < CLI_OPTION_COUNT; i++)
        if (verb_has(verb, (cli_option_id)i) && strncmp(CLI_OPTIONS[i].name, name, size) == 0 &&
            CLI_OPTIONS[i].name[size] == '\0')
            return i;
    return -1;
}

static int complain_option(cli_verb_id verb, const char *name, FILE *complaints)
{
    const char *nearest = nearest_option(verb, name);
    (void)fprintf(complaints, "lethe %s: no such option; see `lethe help %s`", CLI_VERBS[verb].name,
                  CLI_VERBS[verb].name);
    if (nearest != NULL)
        (void)fprintf(complaints, " (did you mean --%s?)", nearest);
    (void)fputc('\n', complaints);
    return EXIT_USAGE;
}

static int complain_value(cli_verb_id verb, int option, FILE *complaints)
{
    const cli_option *wanted = &CLI_OPTIONS[option];
    (void)fprintf(complaints, "lethe %s: --%s wants %s", CLI_VERBS[verb].name, wanted->name,
                  wanted->argument != NULL ? wanted->argument : "no value");
    if (wanted->argument != NULL)
        (void)fprintf(complaints, ": %s", wanted->help);
    (void)fputc('\n', complaints);
    return EXIT_USAGE;
}

/* One word that begins with two dashes; moves *at behind what it used. */
static int take_option(int argc, char **argv, int *at, cli_settings *settings, FILE *complaints)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    const size_t size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const int option = find_option(settings->verb, name, size);
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (option < 0)
        return complain_option(settings->verb, name, complaints);
    (*at)++;
    if (CLI_OPTIONS[option].kind == CLI_FLAG)
        value = value != NULL ? value : "true";
    else if (value == NULL && *at < argc)
        value = argv[(*at)++];
    if (value == NULL || !value_fits(&CLI_OPTIONS[option], value))
        return complain_value(settings->verb, option, complaints);
    settings->values[option] = value;
    settings->origins[option] = CLI_FROM_FLAG;
    if (CLI_OPTIONS[option].kind != CLI_MANY)
        return 0;
    if (settings->many_count == CLI_MANY_MAX) {
        (void)fprintf(complaints, "lethe %s: --%s more than %d times\n", CLI_VERBS[settings->verb].name,
                      CLI_OPTIONS[option].name, CLI_MANY_MAX);
        return EXIT_USAGE;
    }
    settings->many[settings->many_count++] = value;
    return 0;
}

static int take_words(int argc, char **argv, cli_settings *settings, FILE *complaints)
{
    for (int at = 2; at < argc;) {
        if (strcmp(argv[at], "-h") == 0) {
            settings->values[CLI_HELP_FLAG] = "true";
            at++;
        } else if (strncmp(argv[at], "--", 2) == 0 && argv[at][2] != '\0') {
            const int status = take_option(argc, argv, &at, settings, complaints);
            if (status != 0)
                return status;
        } else if (settings->word_count < sizeof(settings->words) / sizeof(settings->words[0])) {
            settings->words[settings->word_count++] = argv[at++];
        } else {
            (void)fprintf(complaints, "lethe %s: too many words; see `lethe help %s`\n", CLI_VERBS[settings->verb].name,
                          CLI_VERBS[settings->verb].name);
            return EXIT_USAGE;
        }
    }
    return 0;
}

typedef struct config_context {
    cli_settings *settings;
    FILE *complaints;
    const char *file;
} config_context;

static int take_config(void *opaque, const char *key, const char *value, int64_t line)
{
    config_context *context = opaque;
    cli_settings *settings = context->settings;
    int known = -1;
    for (int i = 0; i < CLI_OPTION_COUNT && known < 0; i++)
        if (i != CLI_CONFIG && i != CLI_PRINT_CONFIG && i != CLI_HELP_FLAG && strcmp(CLI_OPTIONS[i].name, key) == 0)
            known = i;
    if (known < 0) {
        const char *nearest = nearest_option(settings->verb, key);
        (void)fprintf(context->complaints, "lethe: %s, line %lld: unknown key%s%s%s\n", context->file, (long long)line,
                      nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                      nearest != NULL ? "?" : "");
        return 1;
    }
    if (!value_fits(&CLI_OPTIONS[known], value)) {
        (void)fprintf(context->complaints, "lethe: %s, line %lld: %s wants %s\n", context->file, (long long)line,
                      CLI_OPTIONS[known].name,
                      CLI_OPTIONS[known].argument != NULL ? CLI_OPTIONS[known].argument : "true or false");
        return 1;
    }
    if (settings->origins[known] == CLI_FROM_FLAG || !verb_has(settings->verb, (cli_option_id)known))
        return 0; /* one file may serve several verbs */
    free(settings->owned[known]);
    settings->owned[known] = strdup(value);
    settings->values[known] = settings->owned[known];
    settings->origins[known] = CLI_FROM_CONFIG;
    return settings->owned[known] == NULL;
}

static int read_config(cli_settings *settings, FILE *complaints)
{
    config_context context = {settings, complaints, settings->values[CLI_CONFIG]};
    lethe_error error = {0};
    const int status = lethe_config_read(context.file, take_config, &context, &error);
    if (status == 0)
        return 0;
    (void)fprintf(complaints, "lethe: %s: %s", error.name, error.message);
    (void)fprintf(complaints, " (%s", context.file);
    if (error.line != 0)
        (void)fprintf(complaints, ", line %lld", (long long)error.line);
    (void)fputs(")\n", complaints);
    return status == LETHE_E_JSON_CONFIG ? EXIT_USAGE : EXIT_IO;
}

static void fill_defaults(cli_settings *settings)
{
    const char *key_file = getenv("LETHE_KEY_FILE");
    if (verb_has(settings->verb, CLI_KEY) && settings->origins[CLI_KEY] < CLI_FROM_ENVIRONMENT && key_file != NULL &&
        key_file[0] != '\0') {
        settings->values[CLI_KEY] = key_file;
        settings->origins[CLI_KEY] = CLI_FROM_ENVIRONMENT;
    }
    for (int i = 0; i < CLI_OPTION_COUNT; i++)
        if (settings->values[i] == NULL && verb_has(settings->verb, (cli_option_id)i) &&
            CLI_OPTIONS[i].fallback != NULL) {
            settings->values[i] = CLI_OPTIONS[i].fallback;
            settings->origins[i] = CLI_DEFAULT;
        }
}

static int check_needed(const cli_settings *settings, FILE *complaints)
{
    if (settings->verb == CLI_KEYS || cli_flag(settings, CLI_PRINT_CONFIG) || cli_flag(settings, CLI_RULES) ||
        cli_flag(settings, CLI_EXPLAIN_RESOURCE))
        return 0; /* what is needed depends on the word of keys; rules and explanations are told without input or key */
    for (int i = 0; i < CLI_OPTION_COUNT; i++)
        if (CLI_OPTIONS[i].needed && verb_has(settings->verb, (cli_option_id)i) && settings->values[i] == NULL) {
            (void)fprintf(complaints, "lethe %s: --%s %s is needed: %s\n", CLI_VERBS[settings->verb].name,
                          CLI_OPTIONS[i].name, CLI_OPTIONS[i].argument, CLI_OPTIONS[i].help);
            return EXIT_USAGE;
        }
    return 0;
}

int cli_settings_read(int argc, char **argv, FILE *complaints, cli_settings *ret_settings)
{
    *ret_settings = (cli_settings){.verb = CLI_VERB_COUNT};
    for (int i = 0; argc > 1 && i < CLI_VERB_COUNT; i++)
        if (strcmp(argv[1], CLI_VERBS[i].name) == 0)
            ret_settings->verb = (cli_verb_id)i;
    if (ret_settings->verb == CLI_VERB_COUNT) {
        (void)fprintf(complaints, "lethe: no such verb; see `lethe help`\n");
        return EXIT_USAGE;
    }
    int status = take_words(argc, argv, ret_settings, complaints);
    if (status == 0 && !cli_flag(ret_settings, CLI_HELP_FLAG)) {
        if (ret_settings->values[CLI_CONFIG] != NULL)
            status = read_config(ret_settings, complaints);
        fill_defaults(ret_settings);
        if (status == 0)
            status = check_needed(ret_settings, complaints);
    }
    if (status != 0)
        cli_settings_done(ret_settings);
    return status;
}

void cli_settings_done(cli_settings *settings)
{
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        free(settings->owned[i]);
        settings->owned[i] = NULL;
    }
}

bool cli_flag(const cli_settings *settings, cli_option_id option)
{
    return settings->values[option] != NULL && strcmp(settings->values[option], "true") == 0;
}

unsigned long long cli_number(const cli_settings *settings, cli_option_id option)
{
    unsigned long long number = 0;
    const char *value = settings->values[option];
    if (value == NULL)
        return 0;
    if (CLI_OPTIONS[option].kind == CLI_BYTES)
        (void)parse_bytes(value, &number);
    else
        (void)parse_number(value, &number);
    return number;
}

unsigned cli_milliseconds(const cli_settings *settings, cli_option_id option)
{
    unsigned milliseconds = 0;
    if (settings->values[option] != NULL)
        (void)parse_seconds(settings->values[option], &milliseconds);
    return milliseconds;
}

bool cli_three(const cli_settings *settings, cli_option_id option, double ret_numbers[3])
{
    return settings->values[option] != NULL && parse_three(settings->values[option], ret_numbers);
}

double cli_share(const cli_settings *settings, cli_option_id option)
{
    double share = 0;
    if (settings->values[option] != NULL)
        (void)parse_share(settings->values[option], &share);
    return share;
}

const char *cli_text(const cli_settings *settings, cli_option_id option)
{
    return settings->values[option];
}

void cli_print_config(const cli_settings *settings, FILE *out)
{
    static const char *const origins[] = {"unset", "default", "configuration file", "environment", "command line"};
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        if (!verb_has(settings->verb, (cli_option_id)i) || i == CLI_HELP_FLAG || i == CLI_PRINT_CONFIG ||
            i == CLI_CONFIG)
            continue;
        if (settings->values[i] != NULL)
            (void)fprintf(out, "%s: \"%s\" # %s\n", CLI_OPTIONS[i].name, settings->values[i],
                          origins[settings->origins[i]]);
        else
            (void)fprintf(out, "# %s: not set\n", CLI_OPTIONS[i].name);
    }
}
