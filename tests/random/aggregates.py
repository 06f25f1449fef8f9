# SPDX-License-Identifier: Apache-2.0
"""Aggregates: expressions whose value is one of many rows."""
import expressions
from draft import Expression, of_kind
from values import distinct, order

# Kinds of which DISTINCT and grouping can say what is the same; lists that collect() made have no order of their own.
GROUPED = ("node", "relationship", "value", "list", "path")


def aggregate(draft, scope):
    names = of_kind(scope, *GROUPED)
    form = draft.random.random()
    if form < .3 or not names:
        return Expression("count(*)", len)
    if form < .5:
        name = draft.pick(names)
        return Expression(*counted(draft, name, lambda row: row[name]))
    nodes = of_kind(scope, "node")
    if form < .54:
        return distinct_lists(draft, scope)
    if form < .6:
        value = expressions.operand(draft, scope)
        return Expression(*counted(draft, value.text, value.value))
    if form < .75 and nodes:
        return numeric(draft, draft.pick(nodes))
    return extreme(draft, scope)


def extreme(draft, scope):
    value = expressions.operand(draft, scope)
    least = draft.chance(.5)
    return Expression(f"{'min' if least else 'max'}({value.text})",
                      lambda rows: (min if least else max)(present(rows, value.value), key=order, default=None))


def distinct_lists(draft, scope):
    """How many different ones there are of several values, of which each may be null."""
    values = [expressions.operand(draft, scope) for _ in range(draft.pick((1, 2, 2, 3)))]
    return Expression(f"count(DISTINCT [{', '.join(value.text for value in values)}])",
                      lambda rows: len(distinct([[value.value(row) for value in values] for row in rows])))


def present(rows, value):
    return [v for v in map(value, rows) if v is not None]


def counted(draft, text, value):
    if draft.chance(.5):
        return f"count(DISTINCT {text})", lambda rows: len(distinct(present(rows, value)))
    return f"count({text})", lambda rows: len(present(rows, value))


def numeric(draft, node):
    """sum() or avg() of a property that only numbers are stored in."""
    number = expressions.property_of(draft, node, draft.pick("if"))
    once, average = draft.chance(.3), draft.chance(.4)

    def value(rows):
        numbers = present(rows, number.value)
        numbers = distinct(numbers) if once else numbers
        if average:
            return sum(numbers) / len(numbers) if numbers else None
        return sum(numbers)
    return Expression(f"{'avg' if average else 'sum'}({'DISTINCT ' if once else ''}{number.text})", value)
