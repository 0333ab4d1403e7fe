#!/usr/bin/env bash
# System calls that fail, one by one (strace injects the error): a documented exit code, an error line, and either the
# very dataset of an undisturbed run or none. Calls that are interrupted (EINTR) must change nothing.
# usage: io_test.sh [calls of a name, default 4; 0: every one]
. "$(dirname "$0")/../cli/lib.sh"
most=${1:-4}

# Of the allocator, threads and signals, and those by which a process ends: they are not input or output.
left_out='arch_prctl|brk|clone3|execve|exit|exit_group|futex|mmap|mprotect|munmap|madvise|restart_syscall'
left_out+='|rseq|rt_sig.*|set_robust_list|set_tid_address|sched_.*|prlimit64|sysinfo'

strace -o /dev/null true 2>/dev/null || { echo 'strace cannot trace here: not run' >&2; exit 77; }

prepared() {
    [ -d "$home/reference" ] && return
    "$lethe" synth --patients 20 --seed 5 --output "$home/population" >/dev/null
    "$lethe" keys new --output "$home/project.key" 2>/dev/null
    made reference >/dev/null
    [ -d "$home/reference" ] || fail 'no dataset'
    echo '{"id": "1", "age": 44, "gender": "male", "history": ["asthma"], "location": "Boston, MA"}' >"$home/one.json"
    "$lethe" profile --input one.json --key project.key >"$home/profile"
}

made() {
    "$lethe" run --input population --output "$1" --dataset-name d --key project.key --level internal --k 2 \
        --suppression-limit 0.9 --as-of 2025-01-01 --threads 1 --quiet
}

same_dataset() {
    diff -r --exclude run.json "$1" reference >/dev/null
}

# calls_of LOG NAME: how many there are, and how many of them before the program's own first call (the loader's).
calls_of() {
    awk -v name="$2" '{ call = $2; sub(/\(.*/, "", call) }
        call == "prctl" { own = 1 } call == name { all++; loader += !own } END { print all + 0, loader + 0 }' "$1"
}

# inject NAME NUMBER ERROR COMMAND…
inject() {
    local name=$1 number=$2 error=$3
    shift 3
    status=0
    timeout 60 strace -f -o /dev/null --inject="$name:error=$error:when=$number" -e trace="$name" "$@" >out 2>err ||
        status=$?
}

# What must hold after `lethe run` whatever failed.
run_is_whole() {
    case $status in
    0 | 3) same_dataset made || fail "$1: another dataset" ;;
    1 | 2 | 4 | 5 | 6 | 7 | 8)
        grep -q '^lethe' err || fail "$1: no error line"
        [ ! -e made ] || same_dataset made || fail "$1: half a dataset"
        ;;
    *) cat err >&2; fail "$1: exit code $status" ;;
    esac
    case $1 in
    *unlink* | *rmdir*) ;; # it could not be removed
    *) [ -z "$(find . -maxdepth 1 -name '.*writing*')" ] || fail "$1: a temporary folder is left" ;;
    esac
    rm -rf made .made.writing-*
}

answer_is_whole() {
    case $status in
    0) cmp -s out "$home/profile" || fail "$1: another answer" ;;
    1 | 2 | 4 | 5 | 6 | 7 | 8) grep -q '^lethe' err || fail "$1: no error line" ;;
    *) cat err >&2; fail "$1: exit code $status" ;;
    esac
}

# each_call ERRORS CHECK COMMAND…
each_call() {
    local errors=$1 check=$2 name all loader step error n
    shift 2
    strace -f -o log "$@" >out 2>err
    rm -rf made
    local names
    names=$(awk '{ sub(/\(.*/, "", $2); print $2 }' log | grep -Ex '[a-z][a-z_0-9]*' | sort -u | grep -Evx "$left_out")
    for name in $names; do
        read -r all loader < <(calls_of log "$name")
        step=1
        [ "$most" -eq 0 ] || step=$(((all - loader + most - 1) / most))
        for ((n = loader + 1; n <= all; n += step)); do
            for error in $errors; do
                inject "$name" "$n" "$error" "$@"
                "$check" "$name $n of $all, $error"
                injected=$((injected + 1))
            done
        done
    done
}

test_run() {
    local injected=0
    prepared
    each_call EIO run_is_whole "$lethe" run --input population --output made --dataset-name d --key project.key \
        --level internal --k 2 --suppression-limit 0.9 --as-of 2025-01-01 --threads 1 --quiet
    [ "$injected" -ge 40 ] || fail "only $injected calls"
    echo "  $injected calls of a run failed"
}

test_profile() {
    local injected=0
    prepared
    each_call EIO answer_is_whole "$lethe" profile --input one.json --key project.key
    [ "$injected" -ge 10 ] || fail "only $injected calls"
    echo "  $injected calls of a profile failed"
}

run_tests
