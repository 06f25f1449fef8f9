# SPDX-License-Identifier: Apache-2.0
"""MERGE of nodes for many rows, in the order of a list: values come again, equal ones of several types, and now and then a null.
What it sets may be what it looks for."""
import clauses
import projections
from draft import Clause, Reading, of_kind
from values import equal
from writes import Refused, put

ROWS = (3, 40, 64, 65, 66, 100, 200)
VALUES = {
    "z": (1, 1.0, 2, 2.5, 0, "ab", "b", True, False, 9007199254740993, 9007199254740992.0, 7, 3),
    "m": (1, 2, 3.0, "ab", "b", 1.5, True, "new"),
    "i": (*range(14), 2.0, 3.5),
    "s": ("ab", "abc", "b", "new", "newer"),
}
LABELS = {"z": "EEA", "m": "ABC", "i": "AB", "s": "AB"}


def many_merges(draft):
    parts = [one_node(draft)] if draft.chance(.4) else []
    scope = parts[-1].scope if parts else {}
    parts.append(numbered(draft, scope))
    for _ in range(draft.pick((1, 1, 1, 2))):
        parts.append(merge(draft, parts[-1].scope, next(iter(of_kind(scope, "node")), None)))
    draft.keyed = False  # of what was made just now
    text, project, ordered = projections.returning(draft, parts[-1].scope)

    def rows():
        found = [{}]
        for part in parts:
            found = part.run(found)
        return project(found)
    return Reading(" ".join([*(part.text for part in parts), text]), rows, ordered)


def one_node(draft):
    """It may be one of those that MERGE finds."""
    name, k = draft.name("n"), draft.random.randrange(len(draft.graph.nodes))
    return Clause(f"MATCH ({name} {{k: {draft.constant(k)}}})", {name: "node"},
                  lambda rows: [{**row, name: n} for row in rows for n in draft.graph.nodes if n.properties.get("k") == k])


def numbered(draft, scope):
    name, last = draft.name("x"), draft.pick(ROWS) - 1
    return clauses.unwound(draft, scope, name, "value", f"range(0, {draft.constant(last)})", lambda row: range(last + 1))


def merge(draft, scope, node):
    """`node`: the variable of what is one node in all rows, or none."""
    name, key = draft.name("n"), draft.pick("zzmis")
    label = draft.pick(LABELS[key])
    looked_for = [(key, element(draft, scope, VALUES[key]))]
    if draft.chance(.25):
        looked_for.append(("q", element(draft, scope, (1, 2, 2.0, "x"))))
    changes_key = draft.pick((name, node))
    created, matched = (sets(draft, name, node, key, changes_key) for _ in range(2))

    def run(rows):
        result = []
        for row in rows:
            found, made = matches(draft, label, looked_for, row), []
            draft.spend(5 + len(found))
            if not found:
                made = [create(draft, label, looked_for, row)]
            for entity in found or made:
                for write in (matched if found else created)[1]:
                    write({**row, name: entity})
                result.append({**row, name: entity})
        return result
    wanted = ", ".join(f"{key}: {text}" for key, (text, _) in looked_for)
    text = f"MERGE ({name}:{label} {{{wanted}}})"
    text += f" ON CREATE SET {', '.join(created[0])}" if created[0] else ""
    text += f" ON MATCH SET {', '.join(matched[0])}" if matched[0] else ""
    return Clause(text, {**scope, name: "node"}, run)


def element(draft, scope, values):
    """Of a list of some of the values, by the row's number: -> text, function of a row."""
    number = next(name for name, kind in scope.items() if kind == "value")
    some = [draft.pick(values) for _ in range(draft.random.randint(1, 9))]
    if draft.chance(.06):
        some[draft.random.randrange(len(some))] = None
    listed = ", ".join(map(draft.constant, some))
    return f"[{listed}][{number} % {len(some)}]", lambda row: some[row[number] % len(some)]


def matches(draft, label, looked_for, row):
    return [n for n in draft.graph.nodes if label in n.labels
            and all(equal(n.properties.get(key), value(row)) is True for key, (_, value) in looked_for)]


def create(draft, label, looked_for, row):
    properties = {key: value(row) for key, (_, value) in looked_for}
    if None in properties.values():
        raise Refused("MERGE of a null property")
    return draft.graph.add_node(label, properties)


def sets(draft, name, node, key, changes_key):
    """What is set of the merged node or of `node`: -> texts, functions of a row. These two may be the same, so that each has
    its own properties, and one of them alone the one that is looked for."""
    texts, writes = [], []
    for _ in range(draft.pick((0, 1, 1, 2))):
        target = node if node and draft.chance(.3) else name
        if draft.chance(.2):
            label = draft.pick("AE")
            texts.append(f"{target}:{label}")
            writes.append(lambda row, target=target, label=label: row[target].labels.add(label))
            continue
        changed = key if target == changes_key and draft.chance(.25) else draft.pick(("oc", "om", "q")) if target == name else "on"
        value = draft.pick(VALUES.get(changed, (1, 2)))
        texts.append(f"{target}.{changed} = {draft.constant(value)}")
        writes.append(lambda row, target=target, changed=changed, value=value: put(row[target], changed, value))
    return texts, writes
