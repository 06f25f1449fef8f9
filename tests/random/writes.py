# SPDX-License-Identifier: Apache-2.0
"""SET, REMOVE, CREATE, FOREACH and DELETE. What is written does not depend on the order of rows: it is constant, or follows from
the entity itself, and a statement changes what there is through one variable only: two could be the same entity in different rows."""
from draft import Clause, of_kind


class Refused(Exception):
    """The statement must fail."""


def each(scope, text, write):
    """A clause that does the same for each row and leaves the rows as they are."""
    def run(rows):
        for row in rows:
            write(row)
        return rows
    return Clause(text, scope, run)


def of_each(scope, name, text, write):
    """... for each row in which the variable is not null."""
    return each(scope, text, lambda row: row[name] is not None and write(row[name]))


def changed(draft, scope, kind):
    """The variable that the statement changes."""
    if kind not in draft.changed:
        draft.changed[kind] = draft.pick(of_kind(scope, kind))
    return draft.changed[kind]


def put(entity, key, value):
    if value is None:
        entity.properties.pop(key, None)
    else:
        entity.properties[key] = value


def set_property(draft, scope):
    name, key = changed(draft, scope, "node"), draft.pick("iszm")
    value = draft.pick((None, 5, 3.5) if key == "i" else (None, 5, "ab", 3.5))  # sum() is asked of i: numbers alone
    return of_each(scope, name, f"SET {name}.{key} = {draft.constant(value)}", lambda node: put(node, key, value))


def set_computed(draft, scope):
    name = changed(draft, scope, "node")

    def write(node):
        k = node.properties.get("k")
        put(node, "z", None if k is None else k * 2 + 1)
    return of_each(scope, name, f"SET {name}.z = {name}.k * 2 + 1", write)


def set_labels(draft, scope):
    name, label, removed = changed(draft, scope, "node"), draft.pick("ABED"), draft.chance(.4)

    def write(node):
        (node.labels.discard if removed else node.labels.add)(label)
    return of_each(scope, name, f"{'REMOVE' if removed else 'SET'} {name}:{label}", write)


def set_map(draft, scope):
    name, added = changed(draft, scope, "node"), draft.chance(.7)
    values = {"i": draft.pick((1, None, 7)), "q": draft.pick((2, "x"))}

    def write(node):
        if not added:
            node.properties.clear()
        for key, value in values.items():
            put(node, key, value)
    text = ", ".join(f"{key}: {draft.constant(value)}" for key, value in values.items())
    return of_each(scope, name, f"SET {name} {'+=' if added else '='} {{{text}}}", write)


def remove_property(draft, scope):
    name, key = changed(draft, scope, "node"), draft.pick("isfm")
    return of_each(scope, name, f"REMOVE {name}.{key}", lambda node: put(node, key, None))


def set_relationship(draft, scope):
    name = changed(draft, scope, "relationship")
    value = draft.pick((4, None, 2))
    return of_each(scope, name, f"SET {name}.w = {draft.constant(value)}", lambda r: put(r, "w", value))


def connect(draft, kind, start, end, properties):
    if start is None or end is None:
        raise Refused("a relationship without an end")
    draft.spend(10)
    return draft.graph.add_relationship(kind, start, end, properties)


def create_relationship(draft, scope):
    start, end = (draft.pick(of_kind(scope, "node")) for _ in range(2))
    kind, weight = draft.pick("RSU"), draft.pick((0, 1, 2))
    return each(scope, f"CREATE ({start})-[:{kind} {{w: {draft.constant(weight)}}}]->({end})",
                lambda row: connect(draft, kind, row[start], row[end], {"w": weight}))


def create_node(draft, scope):
    start, kind, new, c = draft.pick(of_kind(scope, "node")), draft.pick("RSU"), draft.name("n"), draft.pick((0, 1, 2))

    def run(rows):
        made = []
        for row in rows:
            if row[start] is None:
                raise Refused("a relationship without an end")
            node = draft.graph.add_node("E", {"z": row[start].properties.get("k"), "c": c})
            connect(draft, kind, row[start], node, {})
            made.append({**row, new: node})
        return made
    return Clause(f"CREATE ({start})-[:{kind}]->({new}:E {{z: {start}.k, c: {draft.constant(c)}}})", {**scope, new: "node"}, run)


def foreach(draft, scope):
    name, item, kind = draft.pick(of_kind(scope, "node")), draft.name("x"), draft.pick("RSU")
    weights = [draft.random.randrange(3) for _ in range(draft.random.randint(1, 2))]

    def write(row):
        for weight in weights:
            connect(draft, kind, row[name], row[name], {"w": weight})
    constants = ", ".join(map(draft.constant, weights))
    return each(scope, f"FOREACH ({item} IN [{constants}] | CREATE ({name})-[:{kind} {{w: {item}}}]->({name}))", write)


def delete_relationship(draft, scope):
    name = draft.pick(of_kind(scope, "relationship"))

    def write(relationship):
        if relationship in draft.graph.relationships:
            draft.graph.remove_relationship(relationship)
    return of_each(scope, name, f"DELETE {name}", write)


def delete_node(draft, scope):
    name, detach = draft.pick(of_kind(scope, "node")), draft.chance(.7)

    def run(rows):
        deleted = list(dict.fromkeys(row[name] for row in rows if row[name] is not None))
        for node in deleted:
            draft.graph.nodes.remove(node)
            for r in dict.fromkeys((*node.outgoing, *node.incoming)):
                if not detach:
                    raise Refused("a deleted node has relationships")
                draft.graph.remove_relationship(r)
        return rows
    return Clause(f"{'DETACH ' if detach else ''}DELETE {name}", scope, run)


OF_RELATIONSHIPS = (set_relationship, delete_relationship)
