#!/usr/bin/env bash
# A release published, found again and taken back, with servers of Python's own library; tests/interop has real ones.
. "$(dirname "$0")/lib.sh"

for name in $(compgen -e | grep '^AWS_'); do unset "$name"; done
export AWS_ACCESS_KEY_ID=test-user AWS_SECRET_ACCESS_KEY=test-secret-word AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export QDRANT_API_KEY=vector-test-secret HOME=$home

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$home/tls.pem" -out "$home/ca.pem" -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost 2>/dev/null && cat "$home/ca.pem" >>"$home/tls.pem"
coproc SERVERS { exec python3 "$source_root/tests/cli/publish_servers.py" "$home/tls.pem"; }
exec 8<&"${SERVERS[0]}" 9>&"${SERVERS[1]}" # tests are subshells, which have no coprocess
read -r store_port secure_port qdrant_port <&8
trap 'echo stop >&9; rm -rf "$home"' EXIT

# ask WORD…: what the servers answer
ask() {
    local answer=
    echo "$*" >&9
    read -r answer <&8
    echo "$answer"
}

dataset() {
    population 200
    [ -d "$home/dataset" ] && return
    local status=0
    "$lethe" run --input population --output "$home/dataset" --key project.key --quiet --no-vectors >/dev/null 2>&1 || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "lethe run: $status"
}

s3() {
    local verb=$1
    shift
    "$lethe" "$verb" "${of:-dataset}" --endpoint "http://127.0.0.1:$store_port" "$@"
}

no_secret() {
    ! grep -q 'test-secret-word\|vector-test-secret' "$home/out" "$home/err" || fail 'a secret was printed'
}

test_objects() {
    dataset
    expect 0 s3 publish --to s3://lake/health --dry-run
    [ -z "$(ask keys)" ] || fail 'a dry run sent something'
    expect 0 s3 publish --to s3://lake/health --json
    holds 'a["files_sent"] == a["files"] == a["files_found"] > 9 and a["bytes_sent"] == a["bytes"] and a["repeated"] == 0'
    no_secret
    ask keys | tr ' ' '\n' >keys
    grep -qx 'health/dataset/latest.json' keys || fail 'no latest.json'
    [ "$(grep -c "^health/dataset/release=[0-9a-f]*/" keys)" -eq "$(($(wc -l <keys) - 1))" ] || fail 'other keys'
    expect 0 s3 publish --to s3://lake/health --json
    holds 'a["files_sent"] == 0 and a["bytes_sent"] == 0 and a["files_there"] == a["files"]'
    expect 0 "$lethe" verify dataset
    expect 0 "$lethe" publish dataset --status --json
    holds '[p["whole"] for p in a["publications"]] == [True]'
    expect 0 s3 publish --to s3://lake --layout note --json
    holds 'a["key"].startswith("ml-training-data/dataset/2") and a["key"].endswith("/anonymized_profiles.parquet")'
    expect 0 s3 unpublish --from s3://lake --layout note
    expect 0 s3 unpublish --from s3://lake/health
    [ -z "$(ask keys)" ] || fail 'something is left'
}

test_failures() {
    dataset
    local of=failing # what is tried is noted in run.json
    rm -rf failing && cp -r dataset failing
    [ "$(ask fail 5)" = ok ]
    expect 0 s3 publish --to s3://lake/health --json
    holds 'a["repeated"] == 5 and a["files_found"] == a["files"]'
    expect 0 s3 unpublish --from s3://lake/health
    expect 7 s3 publish --to s3://other/health
    err_has 'NoSuchBucket'
    told 2 LETHE_E_PUBLISH_TARGET 's3://bucket' s3 publish --to gs://lake/health
    told 2 LETHE_E_NET_PLAIN 'https' "$lethe" publish dataset --to s3://lake/health --endpoint http://192.0.2.1
    told 5 LETHE_E_PUBLISH_LEVEL 'require-level' s3 publish --to s3://lake/health --require-level external
    told 7 LETHE_E_NET_CONNECT 'server up' "$lethe" publish dataset --to s3://lake/health --endpoint http://127.0.0.1:1
    AWS_ACCESS_KEY_ID=somebody told 6 LETHE_E_NET_DENIED 'AWS tools' s3 publish --to s3://lake/health
    AWS_ACCESS_KEY_ID='' told 6 LETHE_E_NET_CREDENTIALS 'AWS tools' s3 publish --to s3://lake/health
    no_secret
    expect 2 "$lethe" publish dataset
    expect 2 "$lethe" publish --to s3://lake/health
    expect 7 "$lethe" publish nowhere --to s3://lake/health
    cp -r dataset changed && printf ' ' >>changed/plan.json
    expect 5 "$lethe" publish changed --to s3://lake/health --endpoint "http://127.0.0.1:$store_port"
    [ -z "$(ask keys)" ] || fail 'something was sent'
}

# A certificate must be one that is trusted, and of that name.
test_tls() {
    dataset
    local url="https://localhost:$secure_port"
    told 7 LETHE_E_NET_TLS 'AWS_CA_BUNDLE' "$lethe" publish dataset --to s3://lake/tls --endpoint "$url"
    told 7 LETHE_E_NET_TLS 'AWS_CA_BUNDLE' "$lethe" publish dataset --to s3://lake/tls --endpoint "$url" --insecure
    export AWS_CA_BUNDLE=$home/ca.pem
    told 7 LETHE_E_NET_TLS '' "$lethe" publish dataset --to s3://lake/tls --endpoint "https://127.0.0.1:$secure_port"
    [ -z "$(ask keys)" ] || fail 'something was sent'
    expect 0 "$lethe" publish dataset --to s3://lake/tls --endpoint "$url" --json
    holds 'a["files_sent"] == a["files_found"] == a["files"]'
    expect 0 "$lethe" unpublish dataset --from s3://lake/tls --endpoint "$url"
    [ -z "$(ask keys)" ] || fail 'something is left'
}

# A machine whose clock is wrong learns the time from the server that refuses it.
test_clock() {
    dataset
    [ "$(ask skew 7200)" = ok ]
    expect 0 s3 publish --to s3://lake/clock --json
    holds 'a["files_sent"] == a["files"] and a["repeated"] == 1'
    expect 0 s3 unpublish --from s3://lake/clock
    [ "$(ask skew 0)" = ok ]
}

# Whenever it is killed: the next one ends in the same state, and latest.json never names what is not there.
test_killed() {
    dataset
    expect 0 s3 publish --to s3://lake/health
    local wanted
    wanted=$(ask keys)
    for delay in 0.02 0.05 0.1 0.15 0.2 0.3; do
        expect 0 s3 unpublish --from s3://lake/health
        "$lethe" publish dataset --to s3://lake/health --endpoint "http://127.0.0.1:$store_port" --quiet >/dev/null 2>&1 &
        sleep "$delay"
        kill -KILL $! 2>/dev/null
        wait $! 2>/dev/null
        case " $(ask keys) " in
        *latest.json*) [ "$(ask keys)" = "$wanted" ] || fail 'half a release is the latest' ;;
        esac
        expect 0 s3 publish --to s3://lake/health
        [ "$(ask keys)" = "$wanted" ] || fail "another state after $delay s"
    done
    expect 0 s3 unpublish --from s3://lake/health
}

test_vectors() {
    dataset
    local target="qdrant://127.0.0.1:$qdrant_port/patients"
    expect 0 "$lethe" publish dataset --to "$target" --json
    holds 'a["vectors_indexed"] == a["vectors"] and a["index_ready_for_similarity_search"]'
    holds 'a["vectors"] == a["vectors_sent"] == a["vectors_acknowledged"] == a["vectors_counted"] and a["vectors_sampled"] > 30'
    no_secret
    [ "$(ask rows)" -gt 100 ] || fail 'no rows'
    expect 0 "$lethe" publish dataset --to "$target" --json
    holds 'a["vectors_sent"] == 0 and a["vectors_counted"] == a["vectors"]'
    QDRANT_API_KEY=wrong told 6 LETHE_E_NET_DENIED 'AWS tools' "$lethe" publish dataset --to "$target"
    (umask 022 && echo vector-test-secret >secret && chmod 644 secret)
    QDRANT_API_KEY='' QDRANT_API_KEY_FILE=secret told 6 LETHE_E_NET_CREDENTIALS_FILE 'chmod 600' "$lethe" publish dataset --to "$target"
    chmod 600 secret
    QDRANT_API_KEY='' QDRANT_API_KEY_FILE=secret expect 0 "$lethe" publish dataset --to "$target" --dry-run
    expect 0 "$lethe" unpublish dataset --from "$target"
    [ "$(ask rows)" -eq 0 ] || fail 'rows are left'
}

test_run_publishes() {
    dataset
    local status=0
    "$lethe" run --input population --output ready --key project.key --quiet --no-vectors --publish s3://lake/run \
        --publish "qdrant://127.0.0.1:$qdrant_port/patients" --endpoint "http://127.0.0.1:$store_port" >out 2>err || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || { cat err >&2; fail "lethe run: $status"; }
    grep -q 'is at s3://lake/run/ready/release=' out && grep -q 'is at qdrant://' out || fail 'nothing is said of it'
    no_secret
    ask keys | grep -q 'run/ready/latest.json' || fail 'not published'
    expect 0 "$lethe" publish ready --status
    [ "$(wc -l <out)" -eq 2 ] || fail 'not both'
    expect 0 "$lethe" unpublish ready --from s3://lake/run --endpoint "http://127.0.0.1:$store_port"
    expect 0 "$lethe" unpublish ready --from "qdrant://127.0.0.1:$qdrant_port/patients"
    expect 0 "$lethe" verify ready
}

test_export() {
    dataset
    local rows
    rows=$(python3 -c 'import json; print(json.load(open("dataset/manifest.json"))["total_profiles"])')
    for format in meds jsonl arrow npy; do
        expect 0 "$lethe" export dataset --format "$format" --output "as-$format" --json
        holds "a['rows'] == $rows"
        expect 7 "$lethe" export dataset --format "$format" --output "as-$format"
    done
    [ "$(cat as-jsonl/*.jsonl | wc -l)" -eq "$rows" ] || fail 'lines'
    head -1 as-jsonl/train.jsonl >out
    holds 'len(a["clinical_text_embedding"]) == 768 and a["anonymous_id"].startswith("anon_")'
    [ "$(stat -c %s as-npy/*.ids.npy | awk '{ n += ($1 - 128) / 32 } END { print n }')" -eq "$rows" ] || fail 'ids'
    [ -f as-meds/metadata/codes.parquet ] && [ -f as-meds/data/held_out/0.parquet ] || fail 'MEDS files'
    "$lethe" export dataset --format arrow --output again >/dev/null
    cmp again/train.arrows as-arrow/train.arrows || fail 'other bytes'
    expect 2 "$lethe" export dataset --format csv --output x
}

run_tests
