#!/usr/bin/env bash
# A dataset proves itself, and whatever is done to it is found. Damage that needs a writer is in src/verify's own tests.
. "$(dirname "$0")/lib.sh"

dataset() {
    population 300
    [ -d "$home/dataset" ] || "$lethe" run --input population --output "$home/dataset" --key project.key --quiet >/dev/null
    rm -rf copy
    cp -r dataset copy
}

found() {
    expect 5 "$lethe" verify copy
    err_has "$1"
}

test_whole() {
    dataset
    expect 0 "$lethe" verify copy
    out_has 'signer is not established'
    "$lethe" keys public --key project.key >project.pub
    expect 0 "$lethe" verify copy --public-key project.pub
    if grep -q 'not established' "$home/out"; then fail 'the signer was given'; fi
    expect 0 "$lethe" verify copy --json
    python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["verified"] is True' "$home/out" || fail 'no JSON'
}

# A pipe that somebody put in a file's place is refused, and not waited for.
test_pipes() {
    for name in plan.json manifest.json manifest.sig vocabulary.json support.bin; do
        dataset
        rm "copy/$name"
        mkfifo "copy/$name"
        expect 5 timeout 60 "$lethe" verify copy
    done
    dataset
    rm copy/vectors/base.lvx
    mkfifo copy/vectors/base.lvx
    expect 7 timeout 60 "$lethe" index check --dataset copy
}

# vectors/ that is a link leads to somebody else's index.
test_linked_vectors() {
    dataset
    mv copy/vectors others
    ln -s "$PWD/others" copy/vectors
    expect 7 "$lethe" index build --dataset copy
    rm -r others
}

test_json_of_any_bytes() {
    expect 7 "$lethe" verify $'missing\xff' --json
    python3 -c 'import json, sys; json.loads(open(sys.argv[1], "rb").read().decode())' "$home/out" || fail 'no JSON'
}

test_another_signer() {
    dataset
    "$lethe" keys new --output other.key 2>/dev/null
    "$lethe" keys public --key other.key >other.pub
    expect 5 "$lethe" verify copy --public-key other.pub
}

test_changed_byte() {
    dataset
    file=copy/profiles/split=train/part-00000.parquet
    printf '\x55' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") / 2)) conv=notrunc status=none
    found LETHE_E_VERIFY_CHECKSUM
}

test_removed_and_added_files() {
    dataset
    rm copy/vocabulary.json
    found LETHE_E_VERIFY_
    dataset
    cp copy/plan.json copy/profiles/extra.json
    found LETHE_E_VERIFY_FILES
}

test_forged_manifest() {
    dataset
    sed -i 's/"k": 5/"k": 4/' copy/manifest.json
    found LETHE_E_VERIFY_SIGNATURE
    dataset
    truncate -s 100 copy/manifest.json
    found LETHE_E_VERIFY_MANIFEST
    dataset
    rm copy/manifest.sig
    found LETHE_E_VERIFY_SIGNATURE
}

run_tests
