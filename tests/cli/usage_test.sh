#!/usr/bin/env bash
# Exit codes, help, configuration: what a person meets first.
. "$(dirname "$0")/lib.sh"

test_help_everywhere() {
    expect 0 "$lethe" help
    out_has 'lethe VERB'
    verbs=$(sed -n 's/^  \([a-z]\{2,\}\)  *[a-z].*/\1/p' "$home/out" | grep -vx lethe)
    [ "$(echo "$verbs" | wc -w)" -ge 25 ] || fail 'verbs are missing'
    for verb in $verbs; do
        expect 0 "$lethe" "$verb" --help
        out_has '^usage: lethe'
        out_has 'exit codes'
    done
    expect 0 "$lethe" --version
    expect 2 "$lethe"
    expect 2 "$lethe" walk
}

test_man_and_completion_know_every_option() {
    "$lethe" help man >"$home/lethe.1"
    "$lethe" help completion >"$home/completion"
    bash -n "$home/completion" || fail 'the completion script is no bash'
    for option in $(for verb in $("$lethe" help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' | grep -vx lethe); do "$lethe" help "$verb"; done |
        sed -n 's/^  --\([a-z-]*\).*/\1/p' | sort -u); do
        grep -q -- "--$option" "$home/completion" || fail "completion lacks --$option"
        grep -q -- "$(echo "$option" | sed 's/-/\\\\-/g')" "$home/lethe.1" || fail "man page lacks --$option"
    done
    if command -v man >/dev/null; then
        man --warnings -l "$home/lethe.1" 2>"$home/err" >/dev/null
        [ ! -s "$home/err" ] || { cat "$home/err" >&2; fail 'the man page has warnings'; }
    fi
}

test_usage_errors() {
    expect 2 "$lethe" run --input x
    err_has '--output'
    expect 2 "$lethe" run --inptu x
    err_has 'did you mean --input'
    expect 2 "$lethe" run --input x --output y --key z --k five
    err_has '--k wants N'
    expect 2 "$lethe" run --input x --output y --key z --level secret
    err_has 'internal|standard'
    expect 2 "$lethe" run --input x --output y --key z --memory 1GB
    for refused in --k=0 --k=4294967298 --threads=0 --memory=0 --suppression-limit=0 --suppression-limit=1.1; do
        expect 2 "$lethe" run --input x --output y --key z "$refused"
        err_has "${refused%=*} wants"
    done
    expect 2 "$lethe" verify
    expect 2 "$lethe" keys
    expect 2 "$lethe" keys new
}

# A program that asked for JSON gets it, whatever was wrong with its command line.
test_usage_errors_as_json() {
    for line in 'run --input x --json' 'run --json --inptu x' 'search --dataset d --json' 'index walk --dataset d --json' \
        'erase word --dataset d --id i --key k --json' 'verify --json' 'run --input x --output y --key z --k five --json'; do
        expect 2 "$lethe" $line
        python3 -c 'import json, sys; e = json.load(open(sys.argv[1]))["error"]; assert e["code"] == "LETHE_E_CLI_USAGE" and e["message"], e' \
            "$home/out" || fail "no JSON: $line"
    done
}

# 6 is "key or permission": root may read everything, so this asks as somebody else.
test_permission() {
    "$lethe" keys new --output key 2>/dev/null && mkdir -p shut && echo '{"id": "1"}' >shut/one.json
    if [ "$(id -u)" -eq 0 ] && ! command -v setpriv >/dev/null; then
        echo 'skipped: no setpriv' && return
    fi
    as=() && [ "$(id -u)" -ne 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    [ ${#as[@]} -eq 0 ] || chown 65534 key
    chmod 755 "$home" . && chmod 000 shut
    "${as[@]}" "$lethe" --version >/dev/null 2>&1 || { echo 'skipped: others cannot run this build' && return; }
    expect 6 "${as[@]}" "$lethe" run --input shut --output out --key key
    expect 6 "${as[@]}" "$lethe" emergency --input shut/one.json --key key
    chmod 755 shut
}

test_keys() {
    expect 0 "$lethe" keys new --output k
    [ "$(stat -c %a k)" = 600 ] || fail 'mode of the key file'
    expect 6 "$lethe" keys new --output k
    expect 0 "$lethe" keys public --key k
    [ "$(wc -c <"$home/out")" -eq 45 ] || fail 'a public key has 44 characters'
    cp k copy && chmod 644 copy
    expect 6 "$lethe" keys public --key copy
    err_has LETHE_E_CRYPT_KEY_MODE
    chmod 600 copy && truncate -s 50 copy
    expect 6 "$lethe" keys public --key copy
    err_has 'LETHE_E_CRYPT_KEY_FILE.*line 1'
    expect 7 "$lethe" keys public --key nothing
}

test_configuration() {
    printf 'k: 7\nlevel: internal\nthreads: 2\n' >c.yaml
    expect 0 "$lethe" run --config c.yaml --print-config --k 9
    out_has '^k: "9" # command line'
    out_has '^level: "internal" # configuration file'
    out_has '^memory: "1GiB" # default'
    printf '{"k": 7,\n "leve": "internal"}\n' >c.json
    expect 2 "$lethe" run --config c.json --print-config
    err_has 'line 2: unknown key; did you mean level?'
    printf 'k: &a 7\n' >c.yaml
    expect 2 "$lethe" run --config c.yaml --print-config
    err_has 'line 1'
    LETHE_KEY_FILE=/some/key expect 0 "$lethe" run --print-config
}

test_output_is_never_overwritten() {
    population
    mkdir taken
    expect 7 "$lethe" run --input population --output taken --key project.key
    err_has LETHE_E_BASE_EXISTS
    ln -s nowhere link
    expect 7 "$lethe" run --input population --output link --key project.key
    expect 7 "$lethe" run --input population --output no/such/folder --key project.key
    expect 7 "$lethe" run --input nothing --output d --key project.key
    mkdir empty
    expect 2 "$lethe" run --input empty --output d --key project.key
    err_has LETHE_E_ENGINE_INPUT
    [ ! -e d ] || fail 'a failed run left a folder'
    [ -z "$(find . -maxdepth 1 -name '.*writing*')" ] || fail 'a failed run left a temporary folder'
}

run_tests
