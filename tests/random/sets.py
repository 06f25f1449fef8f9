# SPDX-License-Identifier: Apache-2.0
"""Patterns of several components, tied by conditions or not, of which only is asked what different rows there are."""
import aggregates
import clauses
import expressions
import predicates
import projections
import readings
from draft import Expression, of_kind
from patterns import PatternDraft
from values import COMPARISONS, conjunction, distinct


def of_a_set(draft):
    clause = several_components(draft)
    if draft.chance(.3):
        parts = [clause, projections.with_distinct(draft, clause.scope)]
        return readings.finished(parts, projections.returning(draft, parts[-1].scope))
    return readings.finished([clause], (distinct_values if draft.chance(.5) else summary)(draft, clause.scope))


def several_components(draft):
    patterns, new, taken, nodes = [], {}, set(), []
    for _ in range(draft.pick((1, 2, 2, 3))):
        drawer = PatternDraft(draft, new, taken, anonymous=.03, clause=True)
        patterns.append(drawer.draw(draft.pick((0, 0, 1, 2, 2, 3) if patterns else (1, 2, 2, 3, 4))))
        nodes.append(of_kind(drawer.new, "node"))
        new, taken = {**new, **drawer.new}, drawer.taken
    parts = [predicates.of_both_ends(draft, new, found) for found in nodes if len(found) > 1 and draft.chance(.5)]
    parts += [across(draft, nodes) for _ in range(draft.pick((0, 1, 1, 2))) if sum(map(bool, nodes)) > 1]
    parts += [predicates.predicate(draft, new, 1)] if draft.chance(.2) else []
    where = Expression(" AND ".join(f"({part.text})" for part in parts), lambda row: conjunction([part.value(row) for part in parts]))
    return clauses.match_of(patterns, {}, new, where if parts else None)


def across(draft, nodes):
    """A condition on nodes of two components."""
    left, right = (draft.pick(found) for found in draft.random.sample([found for found in nodes if found], 2))
    if draft.chance(.15):
        sign = draft.pick(("=", "<>"))
        return Expression(f"{left} {sign} {right}", lambda row: COMPARISONS[sign](row[left], row[right]))
    keys, sign = draft.pick(("ii", "ik", "kk", "ss", "mm")), draft.pick(("=", "<", "<>", ">="))
    first, second = (expressions.property_of(draft, node, key) for node, key in zip((left, right), keys))
    return Expression(f"{first.text} {sign} {second.text}", lambda row: COMPARISONS[sign](first.value(row), second.value(row)))


def distinct_values(draft, scope):
    columns = [projections.column(name, scope) for name in draft.some(scope, 2)]

    def run(rows):
        return distinct([[column.value(row) for column in columns] for row in rows])
    return f"RETURN DISTINCT {projections.named(columns)}", run, False


def summary(draft, scope):
    """Aggregates to which rows that are alike are one."""
    keys = [projections.column(name, scope) for name in draft.some(scope, 1)] if draft.chance(.5) else []
    measures = [measure(draft, scope) for _ in range(draft.pick((1, 1, 2)))]

    def run(rows):
        return [[key.value(group[0]) for key in keys] + [one.value(group) for one in measures]
                for group in projections.groups(rows, [key.value for key in keys])]
    return f"RETURN {projections.named([*keys, *measures])}", run, False


def measure(draft, scope):
    if draft.chance(.5):
        return aggregates.extreme(draft, scope)
    column = projections.column(draft.pick(list(scope)), scope)
    return Expression(f"count(DISTINCT {column.text})", lambda rows: len(distinct(aggregates.present(rows, column.value))))
