#!/usr/bin/env bash
# Input and disks that give out: a clear error, nothing half done, and with --resume nothing done in vain.
. "$(dirname "$0")/lib.sh"

prepared() {
    population 900
    [ -d "$home/in" ] || cp -r "$home/population" "$home/in"
    rm -rf "$home"/made "$home"/.made.writing-*
}

run_in() {
    "$lethe" run --input in --output made --key project.key --dataset-name d --level internal --k 3 --threads 2 --quiet "$@"
}

nothing_left() {
    [ ! -e made ] || fail 'a dataset is there'
    [ -z "$(find . -maxdepth 1 -name '.made.writing-*')" ] || fail 'a folder is left'
}

digests() {
    (cd "$1" && find . -type f ! -name run.json -print0 | sort -z | xargs -0 sha256sum)
}

test_pipe_that_ends_early() {
    prepared
    cat in/*.ndjson >all.ndjson
    for size in 100000 300001; do
        head -c "$size" all.ndjson >part
        [ "$(tail -c 1 part | od -An -c | tr -d ' ')" != '\n' ] || continue
        cat part | expect 7 "$lethe" run --input - --output made --key project.key --level internal --k 2 --quiet
        err_has LETHE_E_ENGINE_CUT
        nothing_left
    done
    gzip -c all.ndjson | head -c 60000 | expect 7 "$lethe" run --input - --output made --key project.key --quiet
    err_has LETHE_E_BASE_COMPRESSION
    nothing_left
}

# A file that another program writes to, cuts or replaces while the run is at it: the run waits in a file before it.
changed_meanwhile() {
    local what=$1 status=0
    prepared
    cp in/Patient.ndjson in/zz.ndjson
    # strace is not needed: the file is changed between the listing, which comes first, and its turn, which comes last
    run_in >out 2>err &
    local runner=$!
    case $what in
    cut) truncate -s 1000 in/zz.ndjson ;;
    longer) echo '{}' >>in/zz.ndjson ;;
    other) cp in/Location.ndjson in/zy.ndjson && mv in/zy.ndjson in/zz.ndjson ;;
    esac
    wait "$runner" || status=$?
    rm -f in/zz.ndjson
    [ "$status" -eq 3 ] && return 0 # it was changed before the listing or after its turn
    [ "$status" -eq 7 ] || { cat err >&2; fail "exit code $status when a file was $what"; }
    err_has 'LETHE_E_ENGINE_CHANGED.*zz.ndjson'
    nothing_left
}

test_files_that_change() {
    for what in cut longer other cut longer other; do
        changed_meanwhile "$what"
    done
}

# A disk that is full for a run with --resume: what it has done stays, and the next one ends with the same bits.
test_full_disk() {
    prepared
    expect 3 run_in
    digests made >expected
    rm -rf made
    mkdir -p small
    mount -t tmpfs -o size=64k none small 2>/dev/null || { echo '  no tmpfs may be mounted here: not run' >&2; return 0; }
    local status=0
    "$lethe" run --input in --output made --key project.key --dataset-name d --level internal --k 3 --threads 2 --quiet \
        --temporary-folder small --checkpoint-seconds 0.05 >out 2>err || status=$?
    umount_when_failed() { umount small; fail "$1"; }
    [ "$status" -eq 7 ] || { cat err >&2; umount_when_failed "exit code $status on a full disk"; }
    grep -q 'LETHE_E_BASE_IO.*No space left' err || umount_when_failed 'the disk is not named'
    [ ! -e made ] && [ -z "$(ls -A small)" ] || umount_when_failed 'something is left'
    status=0
    "$lethe" run --input in --output made --key project.key --dataset-name d --level internal --k 3 --threads 2 --quiet \
        --temporary-folder small --checkpoint-seconds 0.05 --resume >out 2>err || status=$?
    [ "$status" -eq 7 ] || umount_when_failed "exit code $status on a full disk, with --resume"
    mount -o remount,size=64m small
    status=0
    "$lethe" run --input in --output made --key project.key --dataset-name d --level internal --k 3 --threads 2 --json \
        --quiet --temporary-folder small --resume >out 2>err || status=$?
    umount small
    [ "$status" -eq 3 ] || { cat err >&2; fail "exit code $status when there was room again"; }
    grep -q '"resumed": 1' out || fail 'it began anew'
    digests made | cmp - expected || fail 'other bits'
}

run_tests
