# SPDX-License-Identifier: Apache-2.0
"""MERGE. Each match of a row is a row of its own, and later rows match what earlier ones have made."""
from draft import Clause, of_kind
from expressions import property_of
from values import equal
from writes import Refused, connect


class OrderMatters(Exception):
    """What the statement leaves depends on the order of rows; it is not used."""


def merged(draft, name, find, create):
    """The clause's evaluation: `find` gives a row's matches, `create` makes one. Both are marked, as ON CREATE and ON MATCH do."""
    def run(rows):
        result = []
        for row in rows:
            found = find(row)
            draft.spend(10 + len(found))
            for entity in found:
                entity.properties["om"] = 1
            if not found:
                found = [create(row)]
                found[0].properties["oc"] = 1
            result += [{**row, name: entity} for entity in found]
        return result
    return run


def marks(name):
    return f"ON CREATE SET {name}.oc = 1 ON MATCH SET {name}.om = 1"


def merge_relationship(draft, scope):
    start, end = (draft.pick(of_kind(scope, "node")) for _ in range(2))
    name, kind, direction, weight = draft.name("r"), draft.pick("RSU"), draft.pick("><-"), draft.pick((None, 0, 3))

    def find(row):
        a, b = row[start], row[end]
        if a is None or b is None:
            raise Refused("a relationship without an end")
        forth = [r for r in a.outgoing if r.end is b] if direction != "<" else []
        back = [r for r in a.incoming if r.start is b] if direction != ">" else []
        return [r for r in dict.fromkeys(forth + back)
                if r.kind == kind and (weight is None or equal(r.properties.get("w"), weight) is True)]

    def create(row):
        ends = (row[end], row[start]) if direction == "<" else (row[start], row[end])
        return connect(draft, kind, *ends, {} if weight is None else {"w": weight})

    run = merged(draft, name, find, create)
    if direction == "-":
        run = one_way(start, end, find, run)
    properties = "" if weight is None else f" {{w: {draft.constant(weight)}}}"
    text = (f"MERGE ({start}){'<' if direction == '<' else ''}-[{name}:{kind}{properties}]-{'>' if direction == '>' else ''}({end}) "
            + marks(name))
    return Clause(text, {**scope, name: "relationship"}, run)


def one_way(start, end, find, run):
    """Without a direction the first of two rows says which way a new relationship goes: no pair of nodes may come both ways."""
    def checked(rows):
        pairs = {(row[start], row[end]) for row in rows if not find(row)}
        if any(a is not b and (b, a) in pairs for a, b in pairs):
            raise OrderMatters
        return run(rows)
    return checked


def merge_node(draft, scope):
    name, label, key = draft.name("n"), draft.pick("EAB"), draft.pick("zis")
    if draft.chance(.4):
        constant = draft.pick((1, 5, 100))
        text, value = draft.constant(constant), lambda row: constant
    else:
        source = property_of(draft, draft.pick(of_kind(scope, "node")), draft.pick("ik"))
        text, value = source.text, source.value

    def find(row):
        wanted = value(row)
        return [n for n in draft.graph.nodes if label in n.labels and equal(n.properties.get(key), wanted) is True]

    def create(row):
        if value(row) is None:
            raise Refused("MERGE of a null property")
        return draft.graph.add_node(label, {key: value(row)})

    return Clause(f"MERGE ({name}:{label} {{{key}: {text}}}) {marks(name)}", {**scope, name: "node"},
                  merged(draft, name, find, create))


def merge_neighbour(draft, scope):
    """A relationship and its end, which are found or made together."""
    start, kind, name, z = draft.pick(of_kind(scope, "node")), draft.pick("UR"), draft.name("n"), draft.pick((7, 3))

    def find(row):
        if row[start] is None:
            raise Refused("a relationship without an end")
        return [r.end for r in row[start].outgoing
                if r.kind == kind and "E" in r.end.labels and equal(r.end.properties.get("z"), z) is True]

    def create(row):
        node = draft.graph.add_node("E", {"z": z})
        connect(draft, kind, row[start], node, {})
        return node

    return Clause(f"MERGE ({start})-[:{kind}]->({name}:E {{z: {draft.constant(z)}}}) {marks(name)}", {**scope, name: "node"},
                  merged(draft, name, find, create))
