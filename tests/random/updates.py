# SPDX-License-Identifier: Apache-2.0
"""Statements that write."""
import clauses
import many_merges
import merges
import projections
import readings
import writes
from draft import Clause, of_kind

# (clause, how often, whether it deletes)
CHOICES = (
    (writes.set_property, 12, False),
    (writes.set_computed, 8, False),
    (writes.set_labels, 10, False),
    (writes.set_map, 6, False),
    (writes.remove_property, 4, False),
    (writes.set_relationship, 5, False),
    (writes.create_relationship, 6, False),
    (writes.create_node, 6, False),
    (writes.foreach, 4, False),
    (merges.merge_relationship, 13, False),
    (merges.merge_node, 12, False),
    (merges.merge_neighbour, 10, False),
    (writes.delete_relationship, 6, True),
    (writes.delete_node, 8, True),
)


def update(draft):
    """MATCH, writes, and perhaps another MATCH that has to see them and writes again."""
    if draft.chance(.15):
        return many_merges.many_merges(draft)
    parts = [clauses.match(draft, {})]
    while not of_kind(parts[-1].scope, "node"):
        parts = [clauses.match(draft, {})]
    if draft.chance(.33):
        parts.append(clauses.match(draft, parts[-1].scope, optional=draft.chance(.3)))
    deletes = add_writes(draft, parts)
    draft.keyed = False  # of what was made just now
    if not deletes and draft.chance(.3):
        parts.append(hand_on(parts[-1].scope))
        parts.append(clauses.match(draft, parts[-1].scope, optional=draft.chance(.3)))
        deletes = draft.chance(.5) and add_writes(draft, parts)
    if deletes or draft.chance(.5):
        return readings.finished(parts, ("RETURN count(*) AS c0", lambda rows: [[len(rows)]], False))
    return readings.finished(parts, projections.returning(draft, parts[-1].scope))


def add_writes(draft, parts):
    """Says whether the last of them deletes: nothing may look at its variables any more."""
    for _ in range(draft.pick((1, 1, 2))):
        scope = parts[-1].scope
        usable = [choice for choice in CHOICES if of_kind(scope, "relationship") or choice[0] not in writes.OF_RELATIONSHIPS]
        write, _, deletes = draft.random.choices(usable, [often for _, often, _ in usable])[0]
        parts.append(write(draft, scope))
        if deletes:
            return True
    return False


def hand_on(scope):
    return Clause("WITH " + ", ".join(scope), scope, lambda rows: [{name: row[name] for name in scope} for row in rows])
