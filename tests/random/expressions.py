# SPDX-License-Identifier: Apache-2.0
"""Expressions over the variables in scope."""
import patterns
import predicates
import reductions
import subqueries
from draft import Expression, of_kind
from graph import TEXTS
from values import equal

KEYS = {"node": "iisfbmk", "relationship": "wsk"}
DOMAINS = {
    "i": range(-1, 12),
    "w": range(-1, 9),
    "k": range(40),
    "s": (*TEXTS, "zz", ""),
    "f": (0, 1.0, 1.5, 2, 7.25),
    "b": (True, False),
    "type": ("R", "S", "T", "Q"),
    "size": range(4),
}
MIXED = (1, 2, "ab", 1.5, True, 2.0)


def constant(draft, domain=""):
    value = draft.pick(DOMAINS.get(domain, MIXED))
    return Expression(draft.constant(value), lambda row: value, domain)


def property_of(draft, variable, key=None, kind="node"):
    key = key or draft.pick(KEYS[kind])
    return Expression(f"{variable}.{key}", lambda row: row[variable] and row[variable].properties.get(key), key)


def operand(draft, scope):
    """A value that a variable has."""
    values, entities = of_kind(scope, "value"), of_kind(scope, "node", "relationship")
    others = of_kind(scope, "path", "list", "nodes", "relationships", "values")
    if values and draft.chance(.3):
        name = draft.pick(values)
        return Expression(name, lambda row: row[name])
    if others and draft.chance(.2):
        return extent(draft.pick(others), scope)
    if not entities or draft.chance(.05):
        return constant(draft)
    name = draft.pick(entities)
    if scope[name] == "relationship" and draft.chance(.15):
        return Expression(f"type({name})", lambda row: row[name] and row[name].kind, "type")
    return property_of(draft, name, kind=scope[name])


def extent(name, scope):
    """length(path) or size(list)"""
    if scope[name] == "path":
        return Expression(f"length({name})", lambda row: row[name] and row[name].length(), "size")
    return Expression(f"size({name})", lambda row: None if row[name] is None else len(row[name]), "size")


def expression(draft, scope, depth=1):
    """One value: an operand most of the time."""
    form = draft.random.random()
    if depth == 0 or form < .86:
        return operand(draft, scope)
    if form < .90:
        return case_of_conditions(draft, scope, depth - 1)
    if form < .93:
        return case_of_values(draft, scope)
    if form < .945:
        return reductions.reduction(draft, scope)
    if form < .96:
        return Expression(*size_of_list(draft, scope), domain="size")
    if form < .98:
        return pattern_comprehension(draft, scope)
    return predicates.count_subquery(draft, scope)


def case_of_conditions(draft, scope, depth):
    condition, then, otherwise = predicates.predicate(draft, scope, depth), operand(draft, scope), operand(draft, scope)
    return Expression(f"CASE WHEN {condition.text} THEN {then.text} ELSE {otherwise.text} END",
                      lambda row: (then if condition.value(row) is True else otherwise).value(row), then.domain)


def case_of_values(draft, scope):
    subject, then = operand(draft, scope), operand(draft, scope)
    choice = constant(draft, subject.domain)
    return Expression(f"CASE {subject.text} WHEN {choice.text} THEN {then.text} END",
                      lambda row: then.value(row) if equal(subject.value(row), choice.value(row)) is True else None, then.domain)


def list_literal(draft, scope):
    """A list of some properties and constants."""
    elements = [operand(draft, scope) if draft.chance(.7) else constant(draft) for _ in range(draft.random.randint(1, 3))]
    return Expression("[" + ", ".join(e.text for e in elements) + "]", lambda row: [e.value(row) for e in elements], elements[0].domain)


def list_comprehension(draft, scope):
    elements, name = list_literal(draft, scope), draft.name("x")
    inner = {**scope, name: "value"}
    condition = predicates.comparison_of(draft, inner, Expression(name, lambda row: row[name], elements.domain))
    result = Expression(name, lambda row: row[name]) if draft.chance(.5) else operand(draft, inner)

    def value(row):
        rows = [{**row, name: element} for element in elements.value(row)]
        return [result.value(r) for r in rows if condition.value(r) is True]
    return Expression(f"[{name} IN {elements.text} WHERE ({condition.text}) | {result.text}]", value)


def list_value(draft, scope):
    if draft.chance(.3):
        return subqueries.collect(draft, scope)
    return list_comprehension(draft, scope)


def size_of_list(draft, scope):
    elements = list_value(draft, scope)
    return f"size({elements.text})", lambda row: len(elements.value(row))


def pattern_comprehension(draft, scope):
    if not of_kind(scope, "node"):
        return operand(draft, scope)
    pattern = patterns.PatternDraft(draft, scope).draw(1, anchored=True)
    condition = predicates.predicate(draft, {**scope, **pattern.new}, 0)
    return Expression(f"size([{pattern.text} WHERE ({condition.text}) | 1])",
                      lambda row: sum(condition.value(r) is True for r, _ in pattern.match(row, frozenset())), "size")
