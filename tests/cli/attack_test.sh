#!/usr/bin/env bash
# Attacks on releases whose danger is known: a copy, strangers, a generalized table.
. "$(dirname "$0")/lib.sh"

tables() {
    [ -f "$home/original.csv" ] && return
    python3 - "$home" <<'PYTHON'
import random, sys
random.seed(4)
def person():
    age = random.randint(18, 90)
    return [age, random.choice("fm"), 10000 + random.randint(0, 300), random.choice("ABCDEFG"), round(age * 1.5 + random.random() * 40, 1)]
def write(name, rows):
    with open(f"{sys.argv[1]}/{name}.csv", "w") as out:
        out.write("age,sex,zip,ward,value\n")
        out.writelines(",".join(map(str, row)) + "\n" for row in rows)
original, control, strangers = ([person() for _ in range(600)] for _ in range(3))
write("original", original)
write("control", control)
write("strangers", strangers)
write("general", [[f"{r[0] // 10 * 10}-{r[0] // 10 * 10 + 9}", r[1], f"{str(r[2])[:3]}**", "*", r[4]] for r in original])
PYTHON
}

attack() {
    expect 0 "$lethe" attack --original original.csv --control control.csv --json "$@"
}

named() {
    echo "[c for c in a['attacks'] if c['attack'] == '$1'][-1]"
}

test_a_copy() {
    tables
    attack --released original.csv
    holds "$(named singling_out)['risk_low'] > 0.9 and $(named linking)['risk'] > 0.5"
    holds 'all(c["beats_blind"] for c in a["attacks"] if c["columns"] != "zip")' # any zip is within 5 %
    holds 'a["closeness"]["copies"] == 600 and a["membership"]["rate"] > 0.9'
    holds 'a["closeness"]["closer_to_original"]["rate"] > 0.9'
}

test_strangers() {
    tables
    attack --released strangers.csv --attempts 500
    holds 'all(c["risk_low"] < 0.05 for c in a["attacks"])'
    holds '0.4 < a["membership"]["rate"] < 0.6 and 0.4 < a["closeness"]["closer_to_original"]["rate"] < 0.6'
}

# Released values that generalize are compared with what they cover; suppressed ones with nothing.
test_a_generalized_release() {
    tables
    attack --released general.csv --secret value
    holds "$(named inference)['original']['rate'] > $(named inference)['control']['rate']"
    holds 'a["closeness"]["copies"] == 0 and a["closeness"]["least"] == 1'
    holds 'max(c["original"]["rate"] for c in a["attacks"] if c["attack"] == "singling_out") > 0.3'
}

test_the_same_for_a_seed() {
    tables
    attack --released strangers.csv --threads 1
    cp out one.json
    attack --released strangers.csv --threads 2
    cmp out one.json || fail 'threads change the result'
    attack --released strangers.csv --seed 2
    cmp -s out one.json && fail 'the seed changes nothing'
    return 0
}

test_without_a_control_group() {
    tables
    expect 0 "$lethe" attack --original original.csv --released original.csv --known age,zip --secret sex
    out_has 'no control group'
    out_has '^linking'
}

test_refused() {
    tables
    told 2 LETHE_E_PRIVACY_OPTION 'attacker knows' "$lethe" attack --original original.csv --released original.csv --known nobody
    expect 2 "$lethe" attack --original original.csv
    printf 'other\n1\n' >other.csv
    told 2 LETHE_E_PRIVACY_OPTION 'what an attacker has' "$lethe" attack --original original.csv --released other.csv
    printf 'age,sex\n1,f\n' >short.csv
    told 2 LETHE_E_TABLE_COLUMN 'letter by letter' "$lethe" attack --original original.csv --released original.csv --control short.csv
}

run_tests
