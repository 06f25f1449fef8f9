# SPDX-License-Identifier: Apache-2.0
"""ORDER BY of properties that an index has, some upwards and some downwards, behind conditions that narrow it or not. What is
returned is what is sorted by, so that rows that are alike in it may come in any order."""
import expressions
from draft import Expression, Reading
from projections import in_order
from values import COMPARISONS, conjunction

# What is looked through, with the keys of one of the indexes of database.py.
NODES = (("A", "bik"), ("A", "bik"), ("B", "is"), ("B", "mfk"), ("A", "ik"), ("D", "ki"))
RELATIONSHIPS = (("R", "wsk"), ("S", "sw"))


def index_order(draft):
    kind = draft.pick(("node", "node", "node", "relationship"))
    label, keys = draft.pick(NODES if kind == "node" else RELATIONSHIPS)
    name = draft.name("n")
    pattern = f"({name}:{label})" if kind == "node" else f"()-[{name}:{label}]->()"
    parts = conditions(draft, name, kind, keys)
    where = " WHERE " + " AND ".join(part.text for part in parts) if parts else ""
    columns = [expressions.property_of(draft, name, key, kind) for key in sorted_by(draft, keys)]
    ordering, arrange = in_order(draft, [(column, draft.chance(.5)) for column in columns])
    returned = ", ".join(f"{column.text} AS c{i}" for i, column in enumerate(columns))

    def rows():
        found = [{name: entity} for entity in entities(draft.graph, kind, label)]
        found = [row for row in found if conjunction([part.value(row) for part in parts]) is True]
        return [[column.value(row) for column in columns] for row in arrange(found)]
    return Reading(f"MATCH {pattern}{where} RETURN {returned}{ordering}", rows, ordered=True)


def entities(graph, kind, label):
    if kind == "node":
        return [node for node in graph.nodes if label in node.labels]
    return [relationship for relationship in graph.relationships if relationship.kind == label]


def sorted_by(draft, keys):
    """The index's keys from the first or second on, not always to the last, and seldom in another order."""
    keys = keys[draft.pick((0, 0, 1)):]
    keys = keys[:draft.random.randint(max(1, len(keys) - 1), len(keys))]
    return draft.random.sample(keys, len(keys)) if draft.chance(.15) else keys


def conditions(draft, name, kind, keys):
    """On the first keys: equalities, and behind them a range, a prefix or nothing."""
    parts, bound = [], draft.pick((0, 0, 1, 1, len(keys) - 1))
    for key in keys[:bound]:
        parts.append(compared(draft, expressions.property_of(draft, name, key, kind), "="))
    if bound < len(keys) and draft.chance(.4):
        subject = expressions.property_of(draft, name, keys[bound], kind)
        parts += [compared(draft, subject, sign) for sign in draft.pick(((">",), (">=", "<"), ("<=",)))]
    if draft.chance(.2):
        parts.append(compared(draft, expressions.property_of(draft, name, kind=kind), draft.pick(("<>", ">="))))
    if draft.chance(.1):
        subject = expressions.property_of(draft, name, draft.pick(keys), kind)
        parts.append(Expression(f"{subject.text} IS NOT NULL", lambda row: subject.value(row) is not None))
    return parts


def compared(draft, subject, sign):
    value = draft.pick(expressions.DOMAINS.get(subject.domain, expressions.MIXED))
    return Expression(f"{subject.text} {sign} {draft.constant(value)}", lambda row: COMPARISONS[sign](subject.value(row), value))
