# SPDX-License-Identifier: Apache-2.0
"""Statements that read."""
import clauses
import index_orders
import projections
import sets
import shortest_paths
from draft import Reading, of_kind
from values import distinct


def reading(draft):
    if draft.chance(.08):
        return union(draft)
    if draft.chance(.16):
        return draft.pick((index_orders.index_order, sets.of_a_set))(draft)
    return single(draft)


def union(draft):
    width, every = draft.random.randint(1, 2), draft.chance(.5)
    parts = [single(draft, width) for _ in range(draft.pick((2, 2, 3)))]

    def rows():
        found = [row for part in parts for row in part.rows()]
        return found if every else distinct(found)
    return Reading((" UNION ALL " if every else " UNION ").join(part.text for part in parts), rows)


def single(draft, width=None):
    parts, scope = [], {}
    for number in range(draft.pick((1, 1, 2, 2, 3))):
        for clause in group(draft, scope, first=number == 0):
            parts.append(clause)
            scope = clause.scope
    return finished(parts, projections.returning(draft, parts[-1].scope, width))


def finished(parts, returned):
    """The statement of these clauses and a RETURN."""
    text, project, ordered = returned

    def rows():
        found = [{}]
        for clause in parts:
            found = clause.run(found)
        return project(found)
    return Reading(" ".join([*(clause.text for clause in parts), text]), rows, ordered)


def group(draft, scope, first):
    """A MATCH, and often something behind it."""
    clause = clauses.match(draft, scope, optional=not first and draft.chance(.35))
    yield clause
    if draft.chance(.25):
        clause = draft.pick((clauses.unwind, clauses.call, clauses.call))(draft, clause.scope)
        yield clause
    if draft.chance(.06) and of_kind(clause.scope, "node"):
        clause = shortest_paths.shortest_path(draft, clause.scope)
        yield clause
    if draft.chance(.4) and clause.scope:
        clause = projections.with_clause(draft, clause.scope)
        yield clause
        if of_kind(clause.scope, "list", "nodes", "relationships", "values") and draft.chance(.7):
            yield clauses.unwind(draft, clause.scope)
