/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH       32
#define BAR_INTERVAL_MS 80
#define SAME_REQUEST_MS 500

static _Atomic int64_t
    interrupted_ms; /* when; 0 not. Written by a signal on any thread, read by others: never a lock */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a signal handler must not wait");

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Asked twice it ends at once; but wrappers such as timeout send one request to the process and to its group. */
static void note_interrupt(int signal_number)
{
    (void)signal_number;
    const int64_t now = now_ms();
    int64_t first = 0;
    if (!atomic_compare_exchange_strong(&interrupted_ms, &first, now) && now - first > SAME_REQUEST_MS)
        _exit(130);
}

static void catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = note_interrupt};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* ignored under nohup: so it stays */
        (void)sigaction(SIGHUP, &action, NULL);
}

void cli_ignore_file_signals(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
}

static bool wants_colour(int file)
{
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(file) && (no == NULL || no[0] == '\0') && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

bool cli_colour(void)
{
    return wants_colour(STDOUT_FILENO);
}

void cli_bar_init(cli_bar *bar, bool quiet)
{
    catch_interrupt();
    *bar = (cli_bar){.enabled = !quiet && isatty(STDERR_FILENO), .colour = wants_colour(STDERR_FILENO)};
}

int cli_bar_update(cli_bar *bar, const char *label, uint64_t done, uint64_t total)
{
    if (!bar->enabled)
        return atomic_load(&interrupted_ms) != 0;
    const int64_t now = now_ms();
    if (bar->drawn && now - bar->drawn_at_ms < BAR_INTERVAL_MS && label == bar->label)
        return atomic_load(&interrupted_ms) != 0;
    const double share = total != 0 ? (double)done / (double)total : 0;
    const int filled = share >= 1 ? BAR_WIDTH : (int)(share * BAR_WIDTH);
    (void)fprintf(stderr, "\r\033[K%-10s %s", label, bar->colour ? "\033[36m" : "");
    for (int i = 0; i < BAR_WIDTH; i++)
        (void)fputs(i < filled ? "━" : "╌", stderr);
    (void)fprintf(stderr, "%s %3d %%", bar->colour ? "\033[0m" : "", (int)(share * 100));
    (void)fflush(stderr);
    bar->drawn = true;
    bar->drawn_at_ms = now;
    bar->label = label;
    return atomic_load(&interrupted_ms) != 0;
}

void cli_bar_clear(cli_bar *bar)
{
    if (bar->drawn)
        (void)fputs("\r\033[K", stderr);
    bar->drawn = false;
}
