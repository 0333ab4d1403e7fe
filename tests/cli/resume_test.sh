#!/usr/bin/env bash
# A run that is killed at any moment and taken up again ends with the bits of one that nobody disturbed; what it leaves on
# disk meanwhile tells nobody anything. usage: resume_test.sh [MOMENTS, default 10]
. "$(dirname "$0")/lib.sh"
moments=${1:-10}
mark=ZQXCANARY

digests() {
    (cd "$1" && find . -type f ! -name run.json -print0 | sort -z | xargs -0 sha256sum)
}

# A population whose people carry a mark in every name and address, and in ids.
marked() {
    [ -d "$home/in" ] && return
    population 500
    mkdir "$home/in"
    for file in "$home/population"/*.ndjson; do
        sed -e "s/\"family\": *\"/&$mark/g; s/\"given\": *\[\"/&$mark/g; s/\"line\": *\[\"/&$mark/g" \
            -e "s,\"\(Patient/\)\([^\"]*\)\",\"\1$mark\2\",g; /\"resourceType\": *\"Patient\"/s/\"id\": *\"/&$mark/" \
            "$file" >"$home/in/$(basename "$file")"
    done
    grep -q "Patient/$mark" "$home"/in/Encounter.ndjson || fail 'no marks were planted'
    # Some visits and conditions change hands: a newer version names the patient of the line before.
    for type in Encounter Condition; do
        head -n 300 "$home/in/$type.ndjson" | sed 's/"lastUpdated": *"[0-9]*/"lastUpdated":"2199/' |
            awk '{ match($0, /Patient\/[^"]*/); mine = substr($0, RSTART, RLENGTH); if (before) sub(mine, before); before = mine; print }'
    done >"$home/in/Moved.ndjson"
    split -n l/5 "$home/in/Encounter.ndjson" "$home/in/part-" --additional-suffix=.ndjson
    rm "$home/in/Encounter.ndjson"
    gzip -q "$home/in/part-aa.ndjson"
    zstd -q --rm "$home/in/part-ab.ndjson"
}

# The run under test; its options stay the same, as --resume demands.
run_in() {
    "$lethe" run --input in --output made --key project.key --dataset-name d --level internal --k 3 --checkpoint-seconds 0.05 \
        --quiet "$@"
}

undisturbed() {
    marked
    rm -rf "$home"/made "$home"/.made.writing-*
    [ -f "$home/expected" ] && return
    (cd "$home" && rm -rf made && began=$(date +%s%N) && expect 3 run_in --threads 2 && ended=$(date +%s%N) && digests made >expected &&
        cp made/run.json . && echo $(((ended - began) / 1000000)) >milliseconds && rm -rf made) || fail 'the undisturbed run failed'
    python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))["input"]["records_superseded"] < 600)' "$home/run.json" ||
        fail 'nothing changed hands'
}

left() {
    find . -maxdepth 1 -name '.made.writing-*'
}

# killed_after MS [OPTION…]: kill -9 so many milliseconds after the start; true where something was killed.
killed_after() {
    local ms=$1 status=0
    shift
    {
        timeout -s KILL "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))" "$lethe" run --input in --output made \
            --key project.key --dataset-name d --level internal --k 3 --checkpoint-seconds 0.05 --quiet "$@" \
            >killed.out 2>killed.err || status=$?
    } 2>/dev/null # the shell says that something was killed
    echo "$status" >killed.status
    [ "$status" -eq 137 ]
}

# killed_noted: kill -9 as soon as there is a journal.
killed_noted() {
    "$lethe" run --input in --output made --key project.key --dataset-name d --level internal --k 3 --checkpoint-seconds 0.05 \
        --quiet "$@" >killed.out 2>killed.err &
    local run=$!
    for ((i = 0; i < 3000; i++)); do
        [ -z "$(find . -path './.made.writing-*' -name journal -size +0)" ] || break
        sleep 0.01
    done
    kill -9 "$run" 2>/dev/null
    wait "$run" 2>/dev/null
    [ -n "$(find . -path './.made.writing-*' -name journal)" ]
}

# Nothing of a patient in any file that is left, whatever its name.
unreadable() {
    local folder
    for folder in $(left); do
        if grep -rl "$mark" "$folder"; then fail 'the mark is in the files above'; fi
        [ -z "$(find "$folder" -maxdepth 0 -perm /077)" ] || fail 'others may look into the folder of a run'
    done
}

resumed_is_same() {
    expect 3 run_in --resume --json "$@"
    digests made | cmp - expected || fail "other bits after $1"
    [ -z "$(left)" ] || fail 'a folder is left behind'
    rm -rf made
}

test_killed_at_random_moments() {
    undisturbed
    local total kills=0 resumed=0
    total=$(cat milliseconds)
    for ((i = 0; i < moments; i++)); do
        killed_after $((RANDOM * 32768 % 1000003 * total / 1000003 + RANDOM % 20 + 5)) --threads $((i % 3 + 1)) || { rm -rf made; continue; }
        kills=$((kills + 1))
        unreadable
        if [ -e made ]; then
            digests made | cmp - expected || fail 'a killed run has another dataset'
            expect 7 run_in --resume
            err_has LETHE_E_BASE_EXISTS
            rm -rf made
            continue
        fi
        resumed_is_same --threads $(((i + 1) % 3 + 1)) --memory $((64 << i % 3))MiB
        grep -q '"resumed": 1' "$home/out" && resumed=$((resumed + 1))
    done
    echo "  $kills killed, $resumed went on" >&2
    [ "$kills" -gt 0 ] && [ "$resumed" -gt 0 ] || fail 'nothing was killed in time'
}

test_killed_again_and_again() {
    undisturbed
    local total kills=0
    total=$(cat milliseconds)
    while [ ! -e made ] && [ "$kills" -lt 40 ]; do
        killed_after $((total / 3 + kills * 60)) --resume || [ -e made ] || { cat killed.err >&2; fail "it ended otherwise: $(cat killed.status)"; }
        kills=$((kills + 1))
        unreadable
    done
    [ "$kills" -gt 1 ] || fail 'it was not killed often enough'
    [ -e made ] || fail 'it never came to an end'
    digests made | cmp - expected || fail 'other bits'
    rm -rf made .made.writing-*
}

# What was read need not be read again: a resumed run says how often it went on, and spends less.
test_nothing_is_done_twice() {
    undisturbed
    local folder size
    killed_after $(($(cat milliseconds) * 8 / 10)) --threads 1 || return 0
    folder=$(left)
    [ -n "$folder" ] || return 0
    size=$(stat -c %s "$folder/journal")
    [ "$size" -gt 1000 ] || fail 'the journal holds nothing'
    resumed_is_same --threads 1
}

test_what_differs_is_named() {
    undisturbed
    killed_after $(($(cat milliseconds) / 3)) || fail 'it was not killed'
    [ -n "$(left)" ] || fail 'nothing is left'
    expect 2 run_in --resume --k 4
    err_has 'LETHE_E_ENGINE_RESUME.*, k)'
    expect 2 run_in --resume --level standard
    err_has 'LETHE_E_ENGINE_RESUME.*, level)'
    "$lethe" keys new --output other.key 2>/dev/null
    expect 2 run_in --resume --key other.key
    err_has 'LETHE_E_ENGINE_RESUME.*, key)'
    touch in/Patient.ndjson
    expect 2 run_in --resume
    err_has 'LETHE_E_ENGINE_RESUME.*Patient.ndjson, input)'
    rm -rf .made.writing-*
    killed_after $(($(cat milliseconds) / 3)) || fail 'it was not killed'
    echo '{"resourceType":"Patient","id":"late"}' >in/zz-late.ndjson
    expect 2 run_in --resume
    err_has 'LETHE_E_ENGINE_RESUME.*zz-late.ndjson, input)'
    rm in/zz-late.ndjson
    resumed_is_same --threads 2
}

# A refusal changes nothing, and a folder in the way of the result does not cost what was done.
test_refused_is_left_alone() {
    undisturbed
    killed_noted || fail 'no journal was left'
    local folder before
    folder=$(left)
    before=$(cd "$folder" && find . | sort)
    expect 2 run_in --resume --k 4
    [ "$before" = "$(cd "$folder" && find . | sort)" ] || fail 'a refusal changed the folder'
    mkdir made
    expect 7 run_in --resume
    err_has LETHE_E_BASE_EXISTS
    [ -f "$folder/journal" ] || fail 'the journal is gone'
    rmdir made
    resumed_is_same --threads 2
}

# The same run in other words: from another folder, with other paths to the same places.
test_from_elsewhere() {
    undisturbed
    mkdir -p spill elsewhere
    for folder in '' spill; do
        killed_noted ${folder:+--temporary-folder $folder} || fail 'no journal was left'
        (cd elsewhere && expect 3 "$lethe" run --input "$home/in" --output "$home/made" --key ../project.key --dataset-name d \
            --level internal --k 3 --checkpoint-seconds 0.05 --quiet ${folder:+--temporary-folder ../$folder} --resume --json &&
            holds 'a["resumed"] > 0') || fail "not gone on with: $folder"
        digests made | cmp - expected || fail 'other bits'
        [ -z "$(left)" ] && [ -z "$(ls -A spill)" ] || fail 'something is left behind'
        rm -rf made
    done
}

# What lies beside it under such a name, by chance or by malice, is neither taken up nor waited for.
test_strays() {
    undisturbed
    killed_noted || fail 'no journal was left'
    mkdir .made.writing-BBBBBB
    head -c 300 /dev/urandom >.made.writing-BBBBBB/journal
    : >.made.writing-CCCCCC
    ln -s /tmp .made.writing-DDDDDD
    expect 3 run_in --resume
    digests made | cmp - expected || fail 'other bits'
    rm -rf made .made.writing-BBBBBB
    expect 3 run_in --resume
    rm -rf made .made.writing-*
}

test_damaged_journal() {
    undisturbed
    killed_noted || fail 'no journal was left'
    local folder
    folder=$(left)
    printf 'x' | dd of="$folder/journal" bs=1 seek=$(($(stat -c %s "$folder/journal") / 2)) conv=notrunc 2>/dev/null
    expect 7 run_in --resume
    err_has LETHE_E_ENGINE_SPILL
    truncate -s 30 "$folder/journal"
    expect 7 run_in --resume
    err_has LETHE_E_ENGINE_SPILL
    [ -d "$folder" ] || fail 'a refused run was removed'
    expect 3 run_in # without --resume it begins anew
    digests made | cmp - expected || fail 'other bits'
    rm -rf made .made.writing-*
}

test_without_anything_to_resume() {
    undisturbed
    resumed_is_same --threads 2
    expect 2 "$lethe" run --input - --output made --key project.key --resume </dev/null
    err_has 'resume'
}

# What a stop leaves is kept where --resume asked for it, and only there.
test_stopped() {
    undisturbed
    local status=0
    timeout -s TERM "$(printf '%d.%03d' $(($(cat milliseconds) / 2000)) $(($(cat milliseconds) / 2 % 1000)))" "$lethe" run --input in --output made --key project.key \
        --dataset-name d --level internal --k 3 --quiet >/dev/null 2>&1 || status=$?
    [ "$status" -ne 124 ] || [ -z "$(left)" ] || fail 'a stopped run left a folder'
    rm -rf made .made.writing-*
    timeout -s TERM "$(printf '%d.%03d' $(($(cat milliseconds) / 2000)) $(($(cat milliseconds) / 2 % 1000)))" "$lethe" run --input in --output made --key project.key \
        --dataset-name d --level internal --k 3 --checkpoint-seconds 0.05 --resume --quiet >/dev/null 2>&1 || status=$?
    [ -n "$(left)" ] || [ -e made ] || fail 'a stopped run with --resume left nothing'
    rm -rf made
    resumed_is_same --threads 2
}

test_two_at_once() {
    undisturbed
    killed_after $(($(cat milliseconds) / 3)) || fail 'it was not killed'
    { s=0; run_in --resume >/dev/null 2>first.err || s=$?; echo "$s" >first; } &
    { s=0; run_in --resume >/dev/null 2>second.err || s=$?; echo "$s" >second; } &
    wait
    [ "$(cat first second | sort | tr '\n' ' ')" = "3 7 " ] || { cat first.err second.err >&2; fail 'not one of two'; }
    cat first.err second.err | grep -qE 'LETHE_E_ENGINE_BUSY|LETHE_E_BASE_EXISTS' || fail 'the other does not say why'
    digests made | cmp - expected || fail 'other bits'
    rm -rf made .made.writing-*
}

# Spill files in another folder are found again, and removed.
test_temporary_folder() {
    undisturbed
    mkdir -p spill
    killed_after $(($(cat milliseconds) / 3)) --temporary-folder spill || fail 'it was not killed'
    if grep -rl "$mark" spill; then fail 'the mark is in the files above'; fi
    expect 2 run_in --resume
    err_has 'LETHE_E_ENGINE_RESUME.*temporary-folder)'
    resumed_is_same --temporary-folder spill
    [ -z "$(ls -A spill)" ] || fail 'spill files are left'
}

run_tests
