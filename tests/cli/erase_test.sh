#!/usr/bin/env bash
# A patient erased from a dataset: nothing of them is left, what falls with them is gone too, and whatever interrupts it
# leaves the old dataset or the new one. usage: erase_test.sh [kills, default 8]
. "$(dirname "$0")/lib.sh"

# Who is traced by strace cannot be searched for leaks as well.
traced() {
    ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace "$@"
}

dump=${LETHE_DUMP:?the program that prints Parquet files}
kills=${1:-8}

dataset() {
    population 300
    [ -d "$home/dataset" ] && return
    local status=0
    "$lethe" run --input population --output "$home/dataset" --key project.key --quiet >/dev/null 2>&1 || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "lethe run: $status"
    "$lethe" keys public --key project.key >"$home/project.pub"
}

rows_of() {
    "$dump" --rows "$1"/profiles/split=*/part-*.parquet
}

# people DATASET: who is in it, in the order of their names
people() {
    rows_of "$1" | cut -d' ' -f1 | sort -u
}

# some DATASET FIRST COUNT: --id options of so many people
some() {
    people "$1" | tail -n "+$2" | head -n "$3" | sed 's/^/--id /' | tr '\n' ' '
}

proved() {
    expect 0 "$lethe" verify "$1" --public-key project.pub
    expect 0 "$lethe" index check --dataset "$1"
}

files_of() {
    (cd "$1" && find . -type f ! -name run.json -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}

# Every byte of every file, and of what is packed in the Parquet files: ids in each form, rows, vectors.
test_no_byte_is_left() {
    dataset
    cp -r dataset one
    mkdir one/models && echo fitted >one/models/prediction.bin && echo '{}' >one/evaluation.json && echo '<p/>' >one/evaluation.html
    # somebody with vectors of their own: equal rows of others are others'
    rows_of one >before
    local id
    id=$(awk '{ count[$4]++; who[$4] = $1 } END { for (v in count) if (count[v] == 1) print who[v] }' before | sort | uniq -c |
        sort -k1,1nr -k2,2 | awk 'NR == 1 { print $2 }')
    expect 0 "$lethe" erase --dataset one --id "$id" --key project.key --json
    holds 'a["patients_erased"] == 1 and a["visits_erased"] > 1 and a["leftover"] == "" and not a["finished_only"]'
    proved one
    rows_of one >after
    "$dump" one/profiles/split=*/part-*.parquet >strings
    python3 - "$id" before after strings one <<'PYTHON' || fail 'something is left'
import base64, os, sys
who, before, after, strings, folder = sys.argv[1:]
old = [line.split() for line in open(before)]
kept = {row[3] for row in old if row[0] != who}
mine = [row for row in old if row[0] == who]
wanted = {who.encode(), who[5:].encode(), base64.b32decode(who[5:].upper() + "======")[:16]}
vectors = 0
for _, row, _, vector in mine:
    wanted |= {row.encode(), row[6:].encode(), base64.b32decode(row[6:].upper() + "======")[:16]}
    if vector not in kept:
        wanted.add(bytes.fromhex(vector))
        vectors += 1
assert vectors, "no vector of their own"
packed = [bytes.fromhex(line.split()[3]) for line in open(after)] + [open(after, "rb").read(), open(strings, "rb").read()]
contents = [(os.path.join(at, name), open(os.path.join(at, name), "rb").read())
            for at, _, names in os.walk(folder) for name in names]
assert len(contents) > 12
for name, data in contents + [("packed", data) for data in packed]:
    for needle in wanted:
        assert needle not in data, name
# the search finds what is there
index = open("dataset/vectors/base.lvx", "rb").read()
assert all(needle in index for needle in wanted if len(needle) > 1000) and who.encode() in index
PYTHON
    [ ! -e one/models ] && [ ! -e one/evaluation.json ] && [ ! -e one/evaluation.html ] || fail 'models are left'
    # the index is a function of the rows that are left
    cp one/vectors/base.lvx index && rm -r one/vectors
    expect 0 "$lethe" index build --dataset one
    cmp index one/vectors/base.lvx || fail 'another index'
    # nobody else changed, and the plan is the same
    cmp dataset/plan.json one/plan.json || fail 'another plan'
    grep -v "^$id " before | cmp - after || echo '  (others lost visits or items)'
    rm -rf one
}

# Rare things fall with whom they were shared; the rules hold again, for many and again and again.
test_what_falls_with_them() {
    dataset
    cp -r dataset many
    local round fallen=0
    for round in 1 2 3 4; do
        rows_of many >before
        # shellcheck disable=SC2046
        expect 0 "$lethe" erase --dataset many $(some many $((round * 10)) 25) --key project.key --json
        holds 'a["patients_erased"] == 25'
        fallen=$((fallen + $(python3 -c 'import json, sys; a = json.load(open(sys.argv[1])); print(a["visits_withheld"] * 1000 + a["items_withheld"])' out)))
        proved many
        rows_of many >after
        # what stays keeps its snapshot number
        cut -d' ' -f1-3 after | sort >kept && cut -d' ' -f1-3 before | sort | comm -13 - kept | grep -q . && fail 'other rows'
    done
    [ "$fallen" -gt 1000 ] || fail 'nothing fell with anybody'
    expect 0 python3 -c 'import json; m = json.load(open("many/manifest.json")); r = json.load(open("many/run.json"))["erasures"]
assert m["after_erasure"] is True and m["similarity_preserved"] is None and len(r) == 4 and r[0]["patients_erased"] == 25
p = json.load(open("many/report.json")); assert p["after_erasure"] is True and p["plan"]["information_kept"] is None'
    grep -q 'erased' many/README.md && grep -q 'People were erased' many/report.html || fail 'nothing is said of it'
    grep -rqE '"(patients|visits)_erased"' many --include=manifest.json --include=report.* --include=README.md && fail 'counts in the release'
    # the same people in another order, at once: the same bytes
    cp -r dataset x && cp -r dataset y
    # shellcheck disable=SC2046
    expect 0 "$lethe" erase --dataset x $(some dataset 1 5) --key project.key --threads 1
    # shellcheck disable=SC2046
    expect 0 "$lethe" erase --dataset y $(some dataset 1 5 | tr ' ' '\n' | grep anon | tac | sed 's/^/--id=/') --key project.key --threads 3
    [ "$(files_of x)" = "$(files_of y)" ] || fail 'another dataset'
    rm -rf many x y
}

# A plan that releases everything, the gaps between visits too: they stay what they were, the numbers of snapshots too, and
# a dataset whose first visits fell can be erased from again.
test_gaps_that_are_released() {
    population 300
    python3 - <<'PYTHON'
import json
with open("flat.ndjson", "w") as out:
    for person in range(45):
        rare = person >= 40
        for day in ("2017-01-10" if rare else "2019-01-10", "2019-02-12", "2019-07-01", "2020-01-05"):
            json.dump({"id": "p%d" % person, "age": 40, "gender": "male", "visit_date": day, "location": "Boston, MA",
                       "history": ["asthma", "hypertension"] if rare else ["asthma"]}, out)
            out.write("\n")
PYTHON
    expect 0 "$lethe" run --input flat.ndjson --output gaps --key project.key --as-of 2022-01-01 --quiet
    grep -q '"months_since_previous": 0' gaps/plan.json || fail 'the gaps are withheld: another test'
    "$lethe" keys public --key project.key >project.pub
    local rare other
    rare=$("$lethe" search --dataset gaps --text hypertension --top-k 1 --json | grep -o 'anon_[a-z2-7]*' | head -1)
    expect 0 "$lethe" erase --dataset gaps --id "$rare" --key project.key --json
    holds 'a["visits_withheld"] == 8 and a["patients_withheld"] == 0 and a["items_withheld"] == 8'
    proved gaps
    [ "$(rows_of gaps | awk '$3 > 1 { rows[$1]++ } $3 < 2 { early[$1] = 1 } END { for (p in rows) n += !early[p]; print n }')" = 4 ] ||
        fail 'other numbers of snapshots'
    "$dump" gaps/profiles/split=*/part-*.parquet | grep -qx '12-36\|2017' && fail 'a rare visit is left'
    other=$(rows_of gaps | awk '$3 == 0 { print $1; exit }')
    expect 0 "$lethe" erase --dataset gaps --id "$other" --key project.key --json
    holds 'a["visits_withheld"] == 0 and a["items_withheld"] == 0 and a["patients"] == 43'
    proved gaps
    grep -q 'role="alert"' gaps/report.html && fail 'the report sounds an alarm'
    rm -rf gaps
}

test_refused() {
    dataset
    local id was
    id=$(people dataset | head -1)
    was=$(files_of dataset)
    told 2 LETHE_E_ENGINE_OPTION '26 characters' "$lethe" erase --dataset dataset --id somebody --key project.key
    told 2 LETHE_E_ENGINE_OPTION '26 characters' "$lethe" erase --dataset dataset --id "$id" --id "visit_${id#anon_}" --key project.key
    err_has 'line 2'
    told 2 LETHE_E_ENGINE_NOBODY 'Nothing was changed' "$lethe" erase --dataset dataset --id "$id" \
        --id anon_aaaaaaaaaaaaaaaaaaaaaaaaaa --key project.key
    err_has 'line 2'
    expect 2 "$lethe" erase --dataset dataset --key project.key
    expect 2 "$lethe" erase --dataset dataset --id "$id"
    "$lethe" keys new --output other.key 2>/dev/null
    told 6 LETHE_E_ENGINE_KEY 'Nothing was changed\|nothing was changed' "$lethe" erase --dataset dataset --id "$id" --key other.key
    expect 7 "$lethe" erase --dataset nowhere --id "$id" --key project.key
    err_has LETHE_E_BASE_NOT_FOUND
    rm -rf changed && cp -r dataset changed
    printf x >>changed/support.bin
    expect 5 "$lethe" erase --dataset changed --id "$id" --key project.key
    rm -rf changed && cp -r dataset changed && touch changed/more
    expect 5 "$lethe" erase --dataset changed --id "$id" --key project.key
    err_has LETHE_E_VERIFY_FILES
    rm -rf changed && cp -r dataset changed
    printf '\0' | dd of="$(ls changed/profiles/split=train/*)" bs=1 seek=3000 conv=notrunc 2>/dev/null
    expect 5 "$lethe" erase --dataset changed --id "$id" --key project.key
    rm -rf changed
    # a writer at work, and another erasure
    (exec 9>>dataset/vectors/lock && flock 9 && "$lethe" erase --dataset dataset --id "$id" --key project.key >out 2>err)
    grep -q LETHE_E_VECTOR_LOCKED err || fail 'not locked'
    (exec 9<dataset && flock 9 && "$lethe" erase --dataset dataset --id "$id" --key project.key >out 2>err)
    grep -q LETHE_E_ENGINE_LOCKED err || fail 'not locked'
    [ "$(files_of dataset)" = "$was" ] || fail 'something was changed'
    [ -z "$(find . -maxdepth 1 -name '.*eras*')" ] || fail 'something is left'
}

# All but a few: no dataset could be made of them, and the one that is there stays.
test_nobody_left() {
    dataset
    [ -d small ] || "$lethe" synth --patients 60 --seed 9 --output small >/dev/null
    local status=0 was
    "$lethe" run --input small --output few --key project.key --level internal --quiet >/dev/null 2>&1 || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "lethe run: $status"
    was=$(files_of few)
    local count
    count=$(people few | wc -l)
    # shellcheck disable=SC2046
    told 5 LETHE_E_PRIVACY_TOO_FEW 'Nothing was changed' "$lethe" erase --dataset few $(some few 1 $((count - 4))) --key project.key
    [ "$(files_of few)" = "$was" ] || fail 'something was changed'
    [ -z "$(find . -maxdepth 1 -name '.few*')" ] || fail 'something is left'
    rm -rf few
}

# either ID WAS WILL: the folder is the old dataset or the new one; the same command again finishes, and clears up.
either() {
    local now
    now=$(files_of torn)
    if [ "$now" = "$2" ]; then old=$((old + 1)); elif [ "$now" = "$3" ]; then new=$((new + 1)); else fail 'half a dataset'; fi
    [ -e .torn.erasing ] || [ -e .torn.erased ] && left=$((left + 1))
    local had
    had=$(find . -maxdepth 1 -name '.torn.eras*' | head -1)
    if [ "$now" = "$3" ] && [ -z "$had" ]; then
        told 2 LETHE_E_ENGINE_NOBODY 'Nothing was changed' "$lethe" erase --dataset torn --id "$1" --key project.key
    else
        expect 0 "$lethe" erase --dataset torn --id "$1" --key project.key
        [ -z "$had" ] || out_has 'interrupted had left .*\.torn\.eras'
    fi
    [ "$(files_of torn)" = "$3" ] || fail 'not finished'
    [ -z "$(find . -maxdepth 1 -name '.torn.*')" ] || fail 'something is left'
}

prepare_torn() {
    dataset
    id=$(people dataset | sed -n 3p)
    was=$(files_of dataset)
    rm -rf torn && cp -r dataset torn
    expect 0 "$lethe" erase --dataset torn --id "$id" --key project.key
    will=$(files_of torn)
    old=0 new=0 left=0
}

test_killed() {
    local id was will old new left i milliseconds
    prepare_torn
    for ((i = 0; i < kills; i++)); do
        rm -rf torn && cp -r dataset torn
        milliseconds=$((30 + RANDOM % 500))
        "$lethe" erase --dataset torn --id "$id" --key project.key --quiet >/dev/null 2>&1 &
        local process=$!
        sleep "0.$(printf %03d "$milliseconds")"
        kill -9 "$process" 2>/dev/null
        wait "$process" 2>/dev/null || true
        either "$id" "$was" "$will"
    done
    echo "  killed $kills times: $old old, $new new, $left had left files"
}

# At the moments that count: every name that is changed, and every file that goes.
test_killed_at_system_calls() {
    local id was will old new left call
    strace -o /dev/null true 2>/dev/null || { echo '  (strace cannot trace here: not run)'; return; }
    prepare_torn
    for call in mkdir:2 renameat:1 renameat2:1 unlinkat:2 unlinkat:5 unlinkat:9 unlinkat:14 fsync:3 fsync:15 fsync:27 \
        fsync:30 fsync:33; do
        rm -rf torn && cp -r dataset torn
        { traced -f -o /dev/null -e "trace=${call%:*}" --inject="${call%:*}:signal=KILL:when=${call#*:}" \
            "$lethe" erase --dataset torn --id "$id" --key project.key --quiet >/dev/null; } 2>/dev/null
        either "$id" "$was" "$will"
    done
    [ "$old" -ge 3 ] && [ "$new" -ge 3 ] && [ "$left" -ge 6 ] || fail "$old old, $new new, $left left files"
    echo "  killed at calls: $old old, $new new, $left had left files"
}

# A file system that cannot exchange names: two renames, and whoever is killed between them is helped.
test_without_exchange() {
    local id was will old new left
    strace -o /dev/null true 2>/dev/null || { echo '  (strace cannot trace here: not run)'; return; }
    [ "$(uname -m)" = x86_64 ] || return 0
    prepare_torn
    rm -rf torn && cp -r dataset torn
    expect 0 traced -f -o /dev/null -e trace=renameat2 --inject=renameat2:error=EINVAL \
        "$lethe" erase --dataset torn --id "$id" --key project.key
    [ "$(files_of torn)" = "$will" ] || fail 'another dataset'
    for when in 1 2; do
        rm -rf torn && cp -r dataset torn
        { traced -f -o /dev/null -e trace=renameat2,rename --inject=renameat2:error=EINVAL \
            --inject="rename:signal=KILL:when=$when" "$lethe" erase --dataset torn --id "$id" --key project.key \
            >/dev/null; } 2>/dev/null
        [ "$when" -eq 1 ] || [ ! -e torn ] || fail 'the kill was missed'
        expect 0 "$lethe" erase --dataset torn --id "$id" --key project.key
        out_has 'interrupted had left'
        [ "$(files_of torn)" = "$will" ] || fail 'not finished'
        [ -z "$(find . -maxdepth 1 -name '.torn.*')" ] || fail 'something is left'
    done
}

# A full disk and failing calls: the old dataset, an error, and nothing beside it.
test_failing_calls() {
    local id was will old new left call
    strace -o /dev/null true 2>/dev/null || { echo '  (strace cannot trace here: not run)'; return; }
    prepare_torn
    for call in write:ENOSPC:2 write:ENOSPC:6 pwrite64:ENOSPC:1 mkdir:EACCES:1 mkdir:EROFS:1 renameat2:EACCES:1 fsync:EIO:3 fsync:EIO:12 \
        openat:EMFILE:40; do
        rm -rf torn && cp -r dataset torn
        local name=${call%%:*} rest=${call#*:}
        traced -f -o /dev/null -e "trace=$name" --inject="$name:error=${rest%:*}:when=${rest#*:}" \
            "$lethe" erase --dataset torn --id "$id" --key project.key >out 2>err && continue
        grep -q '^lethe erase: LETHE_E_' err || fail "$call: no error"
        [ "$(files_of torn)" = "$was" ] || fail "$call: the dataset was changed"
        [ -z "$(find . -maxdepth 1 -name '.torn.*')" ] || fail "$call: something is left"
    done
}

test_index_add_and_compact() {
    dataset
    cp -r dataset late
    # shellcheck disable=SC2046
    expect 0 "$lethe" erase --dataset late $(some late 5 20) --key project.key
    rm -r late/vectors && cp -r dataset/vectors late/vectors
    expect 5 "$lethe" index check --dataset late
    expect 0 "$lethe" index add --dataset late --json
    holds 'a["rows_deleted"] > 20 and a["dead_rows"] > 0'
    expect 0 "$lethe" index check --dataset late
    expect 0 "$lethe" index add --dataset late --json
    holds 'a["rows_deleted"] == 0 and a["rows_written"] == 0'
    expect 0 "$lethe" index compact --dataset late --json
    holds 'a["dead_rows"] == 0 and a["late_rows"] == 0 and a["generation"] == 2'
    expect 0 "$lethe" index check --dataset late
    # rows come back: those of an older index to which they were deleted
    cp -r dataset full && rm -r full/vectors && cp -r late/vectors full/vectors
    expect 0 "$lethe" index add --dataset full --json
    holds 'a["rows_written"] > 20 and a["late_rows"] > 20'
    expect 0 "$lethe" index check --dataset full
    rm -r full/vectors
    told 7 LETHE_E_BASE_NOT_FOUND 'lethe index build' "$lethe" index add --dataset full
    told 7 LETHE_E_BASE_NOT_FOUND 'lethe index build' "$lethe" index compact --dataset full
    expect 2 "$lethe" index erase --dataset full
    (exec 9>>late/vectors/lock && flock 9 && "$lethe" index compact --dataset late >out 2>err)
    grep -q LETHE_E_VECTOR_LOCKED err || fail 'not locked'
    rm -rf late full
}

run_tests
