# SPDX-License-Identifier: Apache-2.0
"""MATCH, UNWIND and CALL: clauses that add variables to each row."""
import expressions
import predicates
import subqueries
from draft import Clause, of_kind
from patterns import PatternDraft


def match(draft, scope, optional=False):
    patterns, new, taken = [], {}, set()
    tied, count = draft.chance(.12), draft.pick((1, 1, 1, 2))
    for _ in range(count):
        drawer = PatternDraft(draft, {**scope, **new}, taken, clause=True)
        anchored = bool(of_kind({**scope, **new}, "node")) and not tied and draft.chance(.85)
        path = draft.name("p") if draft.chance(.1) else ""
        relationships = draft.pick((0, 1, 1, 1, 2, 2, 3) if count == 1 else (0, 1, 1, 2))
        patterns.append(drawer.draw(max(relationships, int(anchored)), anchored, path))
        new, taken = {**new, **drawer.new}, drawer.taken
    after = {**scope, **new}
    if tied and of_kind(new, "node"):
        where = predicates.of_two(draft, after, of_kind(after, "node")[0], of_kind(new, "node")[-1])
    elif len(of_kind(new, "node")) > 2 and draft.chance(.2):
        where = predicates.of_both_ends(draft, after, of_kind(new, "node"))
    else:
        where = predicates.predicate(draft, after) if draft.chance(.5) else None

    return match_of(patterns, scope, new, where, optional)


def match_of(patterns, scope, new, where=None, optional=False):
    """The clause of these patterns, which name `new`."""
    def found(row):
        matches = [(row, frozenset())]
        for pattern in patterns:
            matches = [further for m in matches for further in pattern.match(*m)]
        rows = [r for r, _ in matches if where is None or where.value(r) is True]
        return rows or ([{**row, **dict.fromkeys(new)}] if optional else [])

    text = ("OPTIONAL " if optional else "") + "MATCH " + ", ".join(pattern.text for pattern in patterns)
    return Clause(text + (f" WHERE {where.text}" if where else ""), {**scope, **new}, lambda rows: [r for row in rows for r in found(row)])


def any_node(draft, scope):
    """A MATCH that says nothing of what there is already."""
    drawer = PatternDraft(draft, {}, anonymous=.6)
    return match_of([drawer.draw(0)], scope, drawer.new)


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


def call(draft, scope):
    """A CALL subquery, of either way to hand it variables."""
    names = draft.some(scope) if scope else []
    optional = draft.chance(.15)
    imported = {name: scope[name] for name in names}
    if draft.chance(.5):
        body = subqueries.body(draft, imported)
        text = f"CALL ({', '.join(names)}) {{ {body.text} }}"
    else:
        body = subqueries.body(draft, imported, prefix=f"WITH {', '.join(names)} " if names else "")
        text = f"CALL {{ {body.text} }}"

    def run(rows):
        found = []
        for row in rows:
            given = body.rows({name: row[name] for name in names})
            draft.spend(len(given))
            found += [{**row, **more} for more in given or ([dict.fromkeys(body.columns)] if optional else [])]
        return found
    return Clause(("OPTIONAL " if optional else "") + text, {**scope, **body.columns}, run)
