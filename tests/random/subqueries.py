# SPDX-License-Identifier: Apache-2.0
"""What stands in CALL { } and COLLECT { }: parts of a MATCH and a RETURN, which UNION may join."""
import dataclasses

import aggregates
import clauses
import expressions
import projections
from draft import Expression, of_kind
from values import distinct, identity, order

RETURNED = ("node", "relationship", "value")


@dataclasses.dataclass(frozen=True)
class Body:
    text: str
    columns: dict     # variable: kind
    rows: callable    # row of what is imported -> rows of the columns


def body(draft, imported, prefix=""):
    """`prefix` begins each of its parts."""
    if draft.chance(.15):
        return union(draft, imported, prefix)
    found, text, run = matched(draft, imported)
    columns, returned, project = draft.pick((variables, variables, grouped))(draft, found)
    return Body(f"{prefix}{text} RETURN {returned}", columns, lambda row: project(run(row)))


def matched(draft, imported):
    """A MATCH, and perhaps a WITH and another one: -> scope, text, function of a row to rows."""
    parts = [clauses.match(draft, imported)]
    if parts[-1].scope and draft.chance(.2):
        parts.append(projections.with_clause(draft, parts[-1].scope))
        if draft.chance(.5):
            parts.append(clauses.match(draft, parts[-1].scope, optional=draft.chance(.3)))
    elif draft.chance(.06):
        parts.append(projections.summed_up(draft, parts[-1].scope))
        parts.append(clauses.any_node(draft, parts[-1].scope))

    def run(row):
        rows = [row]
        for part in parts:
            rows = part.run(rows)
        return rows
    return parts[-1].scope, " ".join(part.text for part in parts), run


def union(draft, imported, prefix):
    """Of parts that return a value each."""
    name, every = draft.name("x"), draft.chance(.5)
    parts = [one_value(draft, imported) for _ in range(draft.pick((2, 2, 3)))]

    def rows(row):
        values = [value for _, run in parts for value in run(row)]
        return [{name: value} for value in (values if every else distinct(values))]
    text = (" UNION ALL " if every else " UNION ").join(f"{prefix}{text} AS {name}" for text, _ in parts)
    return Body(text, {name: "value"}, rows)


def one_value(draft, imported):
    scope, text, run = matched(draft, imported)
    if draft.chance(.3):
        value = aggregates.aggregate(draft, scope)
        return f"{text} RETURN {value.text}", lambda row: [value.value(run(row))]
    value = expressions.expression(draft, scope)
    return f"{text} RETURN {value.text}", lambda row: [value.value(r) for r in run(row)]


def variables(draft, scope):
    """RETURN of some variables, DISTINCT or not, and in an order with SKIP and LIMIT."""
    names = draft.some(of_kind(scope, *RETURNED), 2) if of_kind(scope, *RETURNED) else []
    if not names:
        return grouped(draft, scope)
    columns, once = {draft.name("x"): scope[name] for name in names}, draft.chance(.3)

    def project(rows):
        rows = [{**row, **{column: row[name] for column, name in zip(columns, names)}} for row in rows]
        return distinct(rows, lambda row: tuple(identity(row[column]) for column in columns)) if once else rows
    text = ("DISTINCT " if once else "") + ", ".join(f"{name} AS {column}" for column, name in zip(columns, names))
    ordering, arrange = ordered(draft, columns, {} if once else scope)
    return columns, text + ordering, lambda rows: kept(arrange(project(rows)), columns)


def grouped(draft, scope):
    """RETURN of aggregates, and of what they are grouped by."""
    keys = draft.some(of_kind(scope, *RETURNED), 2) if of_kind(scope, *RETURNED) and draft.chance(.5) else []
    measures = [aggregates.aggregate(draft, scope) for _ in range(draft.pick((1, 1, 2)))]
    values = [Expression(key, lambda rows, key=key: rows[0][key]) for key in keys] + measures
    columns = {draft.name("x"): scope.get(value.text, "value") for value in values}

    def project(rows):
        return [{column: value.value(group) for column, value in zip(columns, values)}
                for group in projections.groups(rows, [lambda row, key=key: row[key] for key in keys])]
    ordering, arrange = ordered(draft, columns, {}) if keys else ("", lambda rows: rows)
    text = ", ".join(f"{value.text} AS {column}" for column, value in zip(columns, values))
    return columns, text + ordering, lambda rows: arrange(project(rows))


def ordered(draft, columns, scope):
    if not draft.keyed or not draft.chance(.4):
        return "", lambda rows: rows
    return projections.total_order(draft, projections.sortable(columns), scope)


def kept(rows, columns):
    return [{column: row[column] for column in columns} for row in rows]


def collect(draft, scope):
    """COLLECT { } of values in an order: a list."""
    inside, text, run = matched(draft, scope)
    value, name, descending = expressions.operand(draft, inside), draft.name("x"), draft.chance(.4)
    once, limit = draft.chance(.3), draft.random.randint(0, 3) if draft.chance(.4) else None

    def values(row):
        found = [value.value(r) for r in run(row)]
        return sorted(distinct(found) if once else found, key=order, reverse=descending)[:limit]
    text += f" RETURN {'DISTINCT ' if once else ''}{value.text} AS {name} ORDER BY {name}{' DESC' if descending else ''}"
    text += "" if limit is None else f" LIMIT {draft.constant(limit)}"
    return Expression(f"COLLECT {{ {text} }}", values, value.domain)
