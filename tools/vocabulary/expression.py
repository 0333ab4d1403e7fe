# SPDX-License-Identifier: Apache-2.0
"""Compiles the expression of a risk rule (risk_rules.tsv) to code for the machine of src/clinical/risk.c.

    expression = term { "or" term }          term = factor { "and" factor }
    factor     = "not" factor | "(" expression ")" | "at_least" "(" n "," expression { "," expression } ")" | fact
    fact       = domain ":" concept          history:asthma, flag:troponin_elevated
               | domain "/" category         history/allergic_history, symptom/chest_symptoms
               | qi "=" value                pregnancy=pregnant* (every pregnant_*), pregnancy=postpartum, sex=female,
                                             season=winter, density=urban, region=south, exposure=LEAF, exposure=high*,
                                             age_risk=elderly, class=emergency
               | number op n                 age >= 65, comorbidity >= 3, utilization >= 4, op one of < <= > >=
               | "count" "(" column ")" op n count(medication_concepts) >= 5

`&`, `|` and `!` stand for and, or, not.
"""
import re


class RuleError(Exception):
    pass


OPS = ["and", "or", "not", "at_least", "item", "age_least", "comorbidity_least", "utilization_least", "count_least",
       "pregnancy", "sex", "season", "density", "region", "exposure", "exposure_parent", "class", "false"]
CODE = {name: number for number, name in enumerate(OPS)}
DOMAIN_COLUMNS = {"history": (0, 1), "medication": (2, 3), "allergy": (4, 5), "symptom": (6,), "procedure": (7,),
                  "immunization": (8,), "flag": (9,)}
PREGNANCY = ["pregnant_trimester_1", "pregnant_trimester_2", "pregnant_trimester_3", "pregnant", "postpartum",
             "not_pregnant", "not_applicable", "unknown"]
VALUES = {
    "sex": ["female", "male", "other", "unknown"],
    "season": ["winter", "spring", "summer", "fall", "unknown"],
    "density": ["urban", "suburban", "rural", "unknown"],
    "region": ["northeast", "midwest", "south", "west", "other", "unknown"],
    "class": ["ambulatory", "emergency", "inpatient", "virtual", "other", "unknown"],
}
AGE_RISK = {"pediatric": (0, 18), "young_adult": (18, 25), "reproductive_age": (25, 35), "middle_age": (35, 50),
            "older_adult": (50, 65), "elderly": (65, None)}
TOKEN = re.compile(r"\s*(?:([a-z_][a-z0-9_]*\s*[:/=]\s*[a-z0-9_*]+)|([a-z_][a-z0-9_]*)|(\d+)|(<=|>=|<|>)|([(),&|!]+))")


class Parser:
    def __init__(self, text, names):
        self.names, self.tokens, at = names, [], 0
        text = text.strip()
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match or match.end() == at:
                raise RuleError(f"not understood at character {at + 1}: {text[at:at + 20]}")
            token = re.sub(r"\s", "", match.group(0))
            for word, symbol in (("and", "&"), ("or", "|"), ("not", "!")):
                if token.strip(symbol) == "" and token:
                    token = word
            self.tokens.append(token)
            at = match.end()
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected=None):
        token = self.peek()
        if expected is not None and token != expected:
            raise RuleError(f"{expected} expected, {token or 'the end'} found")
        self.at += 1
        return token

    def chain(self, operator, part):
        code, count = part(), 1
        while self.peek() == operator:
            self.take()
            code += part()
            count += 1
        return code if count == 1 else code + [CODE[operator], count]

    def expression(self):
        return self.chain("or", lambda: self.chain("and", self.factor))

    def factor(self):
        token = self.take()
        if token == "not":
            return self.factor() + [CODE["not"]]
        if token == "(":
            code = self.expression()
            self.take(")")
            return code
        if token in ("at_least", "atleast"):
            self.take("(")
            least, code, count = int(self.take()), [], 0
            while self.peek() == ",":
                self.take()
                code += self.expression()
                count += 1
            self.take(")")
            return code + [CODE["at_least"], count, least]
        if token in ("age", "comorbidity", "charlson", "utilization"):
            return self.compare({"charlson": "comorbidity"}.get(token, token) + "_least", [])
        if token == "count":
            self.take("(")
            column = self.take()
            self.take(")")
            if column not in self.names["columns"]:
                raise RuleError(f"no column {column}")
            return self.compare("count_least", [self.names["columns"].index(column)])
        for separator in ":/=":
            if separator in token:
                return self.fact(separator, *token.split(separator, 1))
        raise RuleError(f"{token or 'the end'} is no fact")

    def compare(self, name, arguments):
        operator, number = self.take(), int(self.take())
        if operator in (">", "<="):
            number += 1
        code = [CODE[name], *arguments, number]
        return code + [CODE["not"]] if operator in ("<", "<=") else code

    def item(self, separator, domain, value):
        columns = DOMAIN_COLUMNS[domain]
        column = columns[0] if separator == "/" else columns[-1]
        if separator == ":" and len(columns) == 1 and domain != "flag":
            raise RuleError(f"a row has no concepts of {domain}, only categories: {domain}/…")
        if (column, value) not in self.names["items"]:
            raise RuleError(f"no item {domain}{separator}{value}")
        return [CODE["item"], self.names["items"][(column, value)]]

    def age_risk(self, value):
        lower, upper = AGE_RISK.get(value, (None, None))
        if lower is None:
            raise RuleError(f"no age risk group {value}")
        code = [CODE["age_least"], lower]
        return code if upper is None else code + [CODE["age_least"], upper, CODE["not"], CODE["and"], 2]

    def fact(self, separator, kind, value):
        if kind in DOMAIN_COLUMNS:
            return self.item(separator, kind, value)
        if kind == "age_risk":
            return self.age_risk(value)
        if kind == "pregnancy":
            value = "pregnant" if value in ("pregnant*", "pregnant_*") else value
            if value not in PREGNANCY:
                raise RuleError(f"no pregnancy status {value}")
            return [CODE["pregnancy"], PREGNANCY.index(value)]
        if kind == "exposure":
            if value in ("high*", "low*"):
                return [CODE["exposure_parent"], 1 if value == "high*" else 0]
            if value not in self.names["exposures"]:
                raise RuleError(f"no exposure {value}")
            return [CODE["exposure"], self.names["exposures"].index(value)]
        if kind in VALUES and value in VALUES[kind]:
            return [CODE[kind], VALUES[kind].index(value)]
        raise RuleError(f"no fact {kind}={value}")


def compile_rule(text, names):
    parser = Parser(text, names)
    code = parser.expression()
    if parser.peek():
        raise RuleError(f"{parser.peek()} stands behind the end")
    return code
