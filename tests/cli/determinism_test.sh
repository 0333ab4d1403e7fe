#!/usr/bin/env bash
# Same input, key, configuration and --as-of: same bits, whatever the threads, memory and order of files.
. "$(dirname "$0")/lib.sh"

digests() {
    (cd "$1" && find . -type f ! -name run.json -print0 | sort -z | xargs -0 sha256sum)
}

run_into() {
    local output=$1
    shift
    local status=0
    "$lethe" run --key "$home/project.key" --output "$output" --quiet "$@" >/dev/null || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "lethe run: $status"
}

test_same_bits() {
    population 300
    run_into one --input population --threads 1 --dataset-name d
    digests one >expected
    for threads in 2 7; do
        run_into "t$threads" --input population --threads "$threads" --dataset-name d
        digests "t$threads" | cmp - expected || fail "$threads threads"
    done
    run_into spilled --input population --threads 2 --memory 64MiB --dataset-name d
    digests spilled | cmp - expected || fail 'less memory'
}

test_order_and_form_of_files() {
    population 300
    run_into plain --input population --threads 2 --dataset-name d
    digests plain >expected
    mkdir shuffled
    for file in population/*.ndjson; do
        name=$(basename "$file")
        # reversed lines, cut into three files with other names, two of them compressed
        tac "$file" >reversed
        split -n l/3 reversed "shuffled/$(echo "$name" | md5sum | cut -c1-8)-"
    done
    for file in shuffled/*; do
        mv "$file" "$file.ndjson"
        case $file in
        *-aa) gzip -q "$file.ndjson" ;;
        *-ab) zstd -q --rm "$file.ndjson" ;;
        esac
    done
    run_into other --input shuffled --threads 3 --dataset-name d
    digests other | cmp - expected || fail 'other order of files and lines'
}

run_tests
