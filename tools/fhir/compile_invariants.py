# SPDX-License-Identifier: Apache-2.0
"""The invariants of src/fhir/data/invariants.tsv as the arrays of src/fhir/schema_table.h.

Most expressions of R4 say what must be there, or equal something: those become small programs in prefix form, which
src/fhir/validate_program.c runs over the JSON itself. CODED are written in C; the rest is left to a FHIRPath engine.
"""
import re

from compile_schema import read

CODED = {"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "bdl-1", "bdl-2", "bdl-3", "bdl-4", "bdl-7", "bdl-9",
         "bdl-10", "bdl-11", "bdl-12", "bdl-8", "ref-1", "per-1", "rng-2", "txt-1", "txt-2", "obs-7", "que-2", "csd-1", "org-2", "org-3", "cnt-3", "inv-1 Task",
         "mdd-1"}
# The same rule stands at the backbone that the element refers to.
TWINS = {"tst-6", "tst-8", "tst-9", "tst-11", "tst-13"}
NOT_CHECKED = {"dom-6"}  # best practice: a narrative in every resource
OPS = ["and", "or", "xor", "implies", "not", "same", "differs", "exists", "value", "text", "truth", "number", "count",
       "all", "starts", "name"]
COMPARISONS = ["=", "!=", "<", "<=", ">", ">="]
TOKEN = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|(\d+)|([A-Za-z_][A-Za-z0-9_]*)|`(\w+)`|(%ucum|\$this|!=|<=|>=|[=<>().|+,]))")
NAME_RULE = "[A-Z]([A-Za-z0-9_]){0,254}"


class Unsupported(Exception):
    pass


def tokens_of(text):
    at, tokens = 0, []
    while at < len(text.rstrip()):
        found = TOKEN.match(text, at)
        if not found:
            raise Unsupported(text[at:at + 10])
        string, number, name, quoted, sign = found.groups()
        tokens.append(("string", string) if string is not None else ("number", int(number)) if number is not None
                      else ("name", name or quoted) if name or quoted
                      else ("string", "http://unitsofmeasure.org") if sign == "%ucum" else (sign, sign))
        at = found.end()
    return tokens + [("end", None)]


class Parser:
    """FHIRPath of the plain kind to a tree: ("path", steps, where), ("string", s), ("call", …), (operator, a, b)."""

    def __init__(self, text):
        self.tokens, self.at = tokens_of(text), 0

    def peek(self, *kinds):
        return self.tokens[self.at][0] in kinds

    def word(self, *words):
        return self.tokens[self.at][0] == "name" and self.tokens[self.at][1] in words

    def take(self, kind=None):
        token = self.tokens[self.at]
        if kind is not None and token[0] != kind:
            raise Unsupported(str(token))
        self.at += 1
        return token[1]

    def parse(self):
        tree = self.implies()
        self.take("end")
        return tree

    def implies(self):
        tree = self.either()
        while self.word("implies"):
            self.take()
            tree = ("implies", tree, self.either())
        return tree

    def either(self):
        tree = self.both()
        while self.word("or", "xor"):
            tree = (self.take(), tree, self.both())
        return tree

    def both(self):
        tree = self.member()
        while self.word("and"):
            self.take()
            tree = ("and", tree, self.member())
        return tree

    def member(self):
        tree = self.equal()
        if self.word("in"):
            self.take()
            self.take("(")
            strings = [self.take("string")]
            while self.peek("|"):
                self.take()
                strings.append(self.take("string"))
            self.take(")")
            every = ("=", tree, ("string", strings[0]))
            for string in strings[1:]:
                every = ("or", every, ("=", tree, ("string", string)))
            return every
        return tree

    def equal(self):
        tree = self.compare()
        if self.peek("=", "!="):
            return (self.take(), tree, self.compare())
        return tree

    def compare(self):
        tree = self.union()
        if self.peek("<", "<=", ">", ">="):
            return (self.take(), tree, self.union())
        return tree

    def union(self):
        tree = self.sum()
        while self.peek("|"):
            self.take()
            tree = ("union", tree, self.sum())
        return tree

    def sum(self):
        tree = self.postfix()
        while self.peek("+"):
            self.take()
            tree = ("sum", tree, self.postfix())
        return tree

    def postfix(self):
        tree = self.term()
        while self.peek("."):
            self.take()
            name = self.take("name")
            if not self.peek("("):
                if tree[0] != "path" or tree[2] is not None:
                    raise Unsupported(name)
                tree = ("path", tree[1] + [name], None)
                continue
            tree = self.call(tree, name)
        return tree

    def call(self, tree, name):
        self.take("(")
        argument = None if self.peek(")") else self.implies()
        self.take(")")
        if name == "trace":
            return tree
        if name == "where" and tree[0] == "path" and tree[2] is None:
            return ("path", tree[1], argument)
        return ("call", name, tree, argument)

    def term(self):
        if self.peek("("):
            self.take()
            tree = self.implies()
            self.take(")")
            return tree
        if self.peek("string", "number"):
            return (self.tokens[self.at][0], self.take())
        if self.word("true", "false"):
            return ("truth", self.take() == "true")
        if self.peek("$this"):
            self.take()
            return ("path", [], None)
        name = self.take("name")
        return self.call(("path", [], None), name) if self.peek("(") else ("path", [name], None)


class Program:
    """A tree as 16-bit words, for a focus of one type."""

    def __init__(self, schema):
        self.schema = schema

    def path(self, type_, tree):
        if tree[0] != "path":
            raise Unsupported(tree[0])
        names, where = tree[1], tree[2]
        if names and names[0] == type_:
            names = names[1:]
        words = [len(names)]
        for name in names:
            found = self.schema.steps(type_, name) if type_ else None
            if found is None:
                raise Unsupported(name)
            words += [self.schema.number[type_], found[0], found[1]]
            type_ = found[2]
        inner = self.code(type_, where) if where is not None else []
        return words + [len(inner)] + inner, type_

    def string(self, text):
        at = self.schema.pool.at(text)
        return [at & 0xffff, at >> 16, len(text)]

    def counts(self, type_, tree):
        if tree[0] == "sum":
            return self.counts(type_, tree[1]) + self.counts(type_, tree[2])
        if tree[:2] == ("call", "count"):
            return [self.path(type_, tree[2])[0]]
        raise Unsupported("count")

    def compare(self, type_, sign, left, right):
        if right[0] == "number" and left[0] in ("call", "sum"):
            paths = self.counts(type_, left)
            return [OPS.index("count"), COMPARISONS.index(sign), right[1], len(paths)] + sum(paths, [])
        if right[0] == "number":
            return [OPS.index("number"), COMPARISONS.index(sign), right[1]] + self.path(type_, left)[0]
        if sign not in ("=", "!="):
            raise Unsupported(sign)
        negate = [OPS.index("not")] if sign == "!=" else []
        if right[0] == "string":
            return negate + [OPS.index("text")] + self.string(right[1]) + self.path(type_, left)[0]
        if right[0] == "truth":
            return negate + [OPS.index("truth"), int(right[1])] + self.path(type_, left)[0]
        if left[0] == "path" or right[0] == "path":
            raise Unsupported("two paths")
        return [OPS.index("same" if sign == "=" else "differs")] + self.code(type_, left) + self.code(type_, right)

    def exists(self, type_, tree):
        if tree[0] == "union":
            return [OPS.index("or")] + self.exists(type_, tree[1]) + self.exists(type_, tree[2])
        return [OPS.index("exists")] + self.path(type_, tree)[0]

    def call(self, type_, name, tree, argument):
        if name in ("exists", "empty") and argument is None:
            return ([OPS.index("not")] if name == "empty" else []) + self.exists(type_, tree)
        if name == "not":
            return [OPS.index("not")] + self.code(type_, tree)
        if name == "hasValue":
            return [OPS.index("value")] + self.path(type_, tree)[0]
        if name == "startsWith" and argument[0] == "string":
            return [OPS.index("starts")] + self.string(argument[1]) + self.path(type_, tree)[0]
        if name == "matches" and argument == ("string", NAME_RULE):
            return [OPS.index("name")] + self.path(type_, tree)[0]
        if name == "all":
            words, inner_type = self.path(type_, tree)
            inner = self.code(inner_type, argument)
            return [OPS.index("all")] + words + [len(inner)] + inner
        raise Unsupported(name)

    def code(self, type_, tree):
        if tree[0] in ("and", "or", "xor", "implies"):
            return [OPS.index(tree[0])] + self.code(type_, tree[1]) + self.code(type_, tree[2])
        if tree[0] in COMPARISONS:
            return self.compare(type_, *tree)
        if tree[0] == "call":
            return self.call(type_, *tree[1:])
        if tree[0] == "path" and tree[1] and tree[2] is None:  # a boolean element
            return [OPS.index("truth"), 1] + self.path(type_, tree)[0]
        raise Unsupported(tree[0])


class Invariants:
    def __init__(self, schema, folder):
        self.schema = schema
        self.rows = [row for row in read(folder, "invariants") if row["key"] not in TWINS]

    def program(self, row):
        if row["key"] in NOT_CHECKED:
            return "FHIR_NOT_CHECKED", []
        if row["key"] in CODED or f"{row['key']} {row['type']}" in CODED:
            return "FHIR_CHECKED_BY_CODE", []
        if row["element"]:
            return "FHIR_CHECKED_BY_PATH", []
        try:
            return "FHIR_CHECKED_BY_PROGRAM", Program(self.schema).code(row["type"], Parser(row["expression"]).parse())
        except Unsupported:
            return "FHIR_CHECKED_BY_PATH", []

    def build(self):
        schema = self.schema
        order = sorted(self.rows, key=lambda row: (schema.number[row["type"]], row["key"]))
        words, rows, first = [0], [], []
        for row in order:
            how, program = self.program(row)
            element = schema.steps(row["type"], row["element"].replace("[x]", ""))[0] + 1 if row["element"] else 0
            rows.append((schema.pool.at(row["key"]), schema.pool.at(row["human"]), schema.pool.at(row["expression"]),
                         schema.number[row["type"]], element, len(words) if program else 0, how,
                         int(row["severity"] == "error")))
            words += program
        assert len(words) < 1 << 16
        for number in range(len(schema.names) + 2):
            first.append(sum(1 for row in rows if row[3] < number))
        schema.array("fhir_invariant_row", "fhir_invariant_rows", rows)
        schema.array("uint16_t", "fhir_invariant_first", first)
        schema.array("uint16_t", "fhir_invariant_words", words)
        schema.out.append(f"const uint32_t fhir_invariant_count = {len(rows)};")
