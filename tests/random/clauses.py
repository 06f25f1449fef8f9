# SPDX-License-Identifier: Apache-2.0
"""MATCH, UNWIND and CALL: clauses that add variables to each row."""
import aggregates
import expressions
import predicates
import projections
from draft import Clause, of_kind
from patterns import PatternDraft
from values import distinct


def match(draft, scope, optional=False):
    patterns, new, taken = [], {}, set()
    count = draft.pick((1, 1, 1, 2))
    for _ in range(count):
        drawer = PatternDraft(draft, {**scope, **new}, taken)
        anchored = bool(of_kind({**scope, **new}, "node")) and draft.chance(.85)
        path = draft.name("p") if draft.chance(.1) else ""
        relationships = draft.pick((0, 1, 1, 1, 2, 2, 3) if count == 1 else (0, 1, 1, 2))
        patterns.append(drawer.draw(max(relationships, int(anchored)), anchored, path))
        new, taken = {**new, **drawer.new}, drawer.taken
    after = {**scope, **new}
    where = predicates.predicate(draft, after) if draft.chance(.5) else None

    def found(row):
        matches = [(row, frozenset())]
        for pattern in patterns:
            matches = [further for m in matches for further in pattern.match(*m)]
        rows = [r for r, _ in matches if where is None or where.value(r) is True]
        return rows or ([{**row, **dict.fromkeys(new)}] if optional else [])

    text = ("OPTIONAL " if optional else "") + "MATCH " + ", ".join(pattern.text for pattern in patterns)
    return Clause(text + (f" WHERE {where.text}" if where else ""), after, lambda rows: [r for row in rows for r in found(row)])


def unwind(draft, scope):
    """UNWIND of a list of constants, of properties, or of a list in scope."""
    name = draft.name("x")
    lists = of_kind(scope, "list", "values", "nodes", "relationships")
    if lists and draft.chance(.6):
        variable = draft.pick(lists)
        kind = {"list": "value"}.get(scope[variable], scope[variable].removesuffix("s"))
        return unwound(draft, scope, name, kind, variable, lambda row: row[variable] or [])
    if scope and draft.chance(.5):
        elements = expressions.list_literal(draft, scope)
        return unwound(draft, scope, name, "value", elements.text, elements.value)
    values = [draft.pick((0, 1, 3, 5, "ab", "b", None, 2.0)) for _ in range(draft.random.randint(0, 3))]
    return unwound(draft, scope, name, "value", "[" + ", ".join(map(draft.constant, values)) + "]", lambda row: values)


def unwound(draft, scope, name, kind, text, elements):
    def run(rows):
        rows = [{**row, name: element} for row in rows for element in elements(row)]
        draft.spend(len(rows))
        return rows
    return Clause(f"UNWIND {text} AS {name}", {**scope, name: kind}, run)


def followed(first, second):
    return Clause(f"{first.text} {second.text}", second.scope, lambda rows: second.run(first.run(rows)))


def call(draft, scope):
    """A CALL subquery, of either way to hand it variables, that gives an aggregate or some of its variables."""
    imported = draft.some(scope) if scope else []
    inside = match(draft, {name: scope[name] for name in imported})
    if inside.scope and draft.chance(.4):
        inside = followed(inside, projections.with_clause(draft, inside.scope))
    name = draft.name("x")
    given = of_kind(inside.scope, "node", "relationship", "value")
    if draft.chance(.5) or not given:
        aggregate = aggregates.aggregate(draft, inside.scope)
        kind, text, values = "value", aggregate.text, lambda rows: [aggregate.value(rows)]
    else:
        variable, once = draft.pick(given), draft.chance(.5)
        kind, text = inside.scope[variable], ("DISTINCT " if once else "") + variable

        def values(rows):
            found = [row[variable] for row in rows]
            return distinct(found) if once else found

    def run(rows):
        return [{**row, name: value} for row in rows for value in values(inside.run([{n: row[n] for n in imported}]))]

    names = ", ".join(imported)
    head = f"CALL ({names}) {{ " if draft.chance(.5) else "CALL { " + (f"WITH {names} " if imported else "")
    return Clause(f"{head}{inside.text} RETURN {text} AS {name} }}", {**scope, name: kind}, run)
