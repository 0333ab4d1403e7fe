#!/usr/bin/env bash
# The README's commands work as they stand there, in their order, with `lethe` on the path.
. "$(dirname "$0")/lib.sh"

test_commands() {
    mkdir bin && ln -s "$lethe" bin/lethe
    PATH=$home/bin:$PATH
    # blocks fenced as `sh run`, one command a line (a trailing backslash continues it)
    awk '/^```sh run$/ {inside = 1; next} /^```/ {inside = 0} inside' "$source_root/README.md" >commands.sh
    [ -s commands.sh ] || fail 'README.md has no block of commands'
    sed -e ':a' -e '/\\$/N; s/\\\n//; ta' commands.sh >joined.sh
    while IFS= read -r command; do
        [ -n "$command" ] || continue
        status=0
        bash -c "$command" >out 2>err || status=$?
        [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || { cat err >&2; fail "exit code $status: $command"; }
    done <joined.sh
}

run_tests
