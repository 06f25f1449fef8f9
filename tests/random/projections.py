# SPDX-License-Identifier: Apache-2.0
"""WITH and RETURN: plain, DISTINCT, aggregated, and in a total order with SKIP and LIMIT."""
import aggregates
import expressions
import predicates
from aggregates import GROUPED, present
from draft import Clause, Expression, of_kind
from values import distinct, identity, negation, order

ORDERED = ("node", "relationship", "value")


def with_clause(draft, scope):
    form = draft.random.random()
    kept = draft.some(scope)
    if form < .3:
        return filtered(draft, f"WITH {', '.join(kept)}", {name: scope[name] for name in kept}, lambda rows: rows)
    if form < .5 and of_kind(scope, *GROUPED):
        return with_distinct(draft, scope)
    if form < .65:
        value, name = expressions.expression(draft, scope), draft.name("x")
        return filtered(draft, f"WITH {', '.join(kept)}, {value.text} AS {name}", {**{k: scope[k] for k in kept}, name: "value"},
                        lambda rows: [{**row, name: value.value(row)} for row in rows])
    if form < .72:
        value, name = expressions.list_value(draft, scope), draft.name("x")
        return filtered(draft, f"WITH {', '.join(kept)}, {value.text} AS {name}", {**{k: scope[k] for k in kept}, name: "list"},
                        lambda rows: [{**row, name: value.value(row)} for row in rows])
    if form < .82 and draft.keyed and of_kind(scope, *ORDERED):
        return with_order(draft, scope)
    return with_aggregate(draft, scope)


def filtered(draft, text, scope, run):
    """The projection with a WHERE or without; of its rows the variables of `scope` go on."""
    where = predicates.predicate(draft, scope, 1) if draft.chance(.5) else None

    def projected(rows):
        rows = ({name: row[name] for name in scope} for row in run(rows))
        return [row for row in rows if where is None or where.value(row) is True]
    return Clause(text + (f" WHERE {where.text}" if where else ""), scope, projected)


def with_distinct(draft, scope):
    kept = draft.some(of_kind(scope, *GROUPED))
    return filtered(draft, f"WITH DISTINCT {', '.join(kept)}", {name: scope[name] for name in kept},
                    lambda rows: distinct(rows, lambda row: tuple(identity(row[name]) for name in kept)))


def with_aggregate(draft, scope):
    keys, name = draft.some(of_kind(scope, *GROUPED), 2) if draft.chance(.8) and of_kind(scope, *GROUPED) else [], draft.name("x")
    collected = of_kind(scope, "node", "relationship", "value")
    if collected and draft.chance(.4):
        variable = draft.pick(collected)
        value, kind = Expression(f"collect({variable})", lambda rows: present(rows, lambda row: row[variable])), f"{scope[variable]}s"
    else:
        value, kind = aggregates.aggregate(draft, scope), "value"
    after, ordering, arrange = {**{key: scope[key] for key in keys}, name: kind}, "", lambda rows: rows
    if keys and draft.keyed and len(of_kind(after, *ORDERED)) == len(after) and draft.chance(.3):
        ordering, arrange = total_order(draft, sortable(after))

    def run(rows):
        return arrange([{**{key: group[0][key] for key in keys}, name: value.value(group)}
                        for group in groups(rows, [lambda row, key=key: row[key] for key in keys])])
    return filtered(draft, f"WITH {', '.join([*keys, f'{value.text} AS {name}'])}{ordering}", after, run)


def summed_up(draft, scope):
    """All rows as one."""
    value, name = aggregates.aggregate(draft, scope), draft.name("x")
    return Clause(f"WITH {value.text} AS {name}", {name: "value"}, lambda rows: [{name: value.value(rows)}])


def groups(rows, keys):
    """Rows with equal keys; without any key all rows are a group, though there be none."""
    found = {} if keys else {(): []}
    for row in rows:
        found.setdefault(tuple(identity(key(row)) for key in keys), []).append(row)
    return list(found.values())


def with_order(draft, scope):
    """WITH ... ORDER BY all that is kept, so that what SKIP and LIMIT leave does not depend on the rows' order before."""
    kept = draft.some(of_kind(scope, *ORDERED))
    kinds = {name: scope[name] for name in kept}
    ordering, arrange = total_order(draft, sortable(kinds), kinds)
    return filtered(draft, f"WITH {', '.join(kept)}{ordering}", {name: scope[name] for name in kept}, arrange)


def sortable(kinds):
    """Of variables, what tells their values apart."""
    return [Expression(name, lambda row, name=name: row[name]) if kind == "value"
            else Expression(f"{name}.k", lambda row, name=name: row[name] and row[name].properties.get("k"))
            for name, kind in kinds.items()]


def total_order(draft, values, scope=()):
    """ORDER BY all of the values, in any order, with SKIP and LIMIT: the text, and how rows are arranged. Before them perhaps by
    something else that is in scope."""
    first = [sort_key(draft, scope) for _ in range(draft.pick((1, 1, 2)))] if scope and draft.chance(.35) else []
    return in_order(draft, [(value, draft.chance(.4)) for value in (*first, *draft.random.sample(values, len(values)))])


def in_order(draft, keys):
    """ORDER BY keys of which each says whether it descends, with SKIP and LIMIT: the text, and how rows are arranged."""
    skip = draft.random.randint(0, 2) if draft.chance(.3) else 0
    limit = draft.random.randint(0, 6) if draft.chance(.7) else None

    def arrange(rows):
        for value, descending in reversed(keys):
            rows = sorted(rows, key=lambda row: order(value.value(row)), reverse=descending)
        return rows[skip:] if limit is None else rows[skip:skip + limit]
    text = " ORDER BY " + ", ".join(value.text + (" DESC" if descending else "") for value, descending in keys)
    text += f" SKIP {draft.constant(skip)}" if skip else ""
    return text + (f" LIMIT {draft.constant(limit)}" if limit is not None else ""), arrange


def sort_key(draft, scope):
    form = draft.random.random()
    if form < .35:
        return predicates.count_subquery(draft, scope)
    if form < .6:
        text, matches = predicates.matches_of(draft, scope)
        return Expression(f"EXISTS {{ {text} }}", lambda row: len(matches(row)) > 0)
    return expressions.expression(draft, scope)


def column(name, scope):
    """What of a variable is returned: values that both sides have."""
    if scope[name] in ("node", "relationship"):
        return Expression(f"{name}.k", lambda row: row[name] and row[name].properties.get("k"))
    if scope[name] in ("value", "list"):
        return Expression(name, lambda row: row[name])
    return expressions.extent(name, scope)


def returning(draft, scope, width=None):
    """RETURN: -> text, function of rows to lists of values, whether their order counts. `width`: the columns, where others shall fit."""
    form = draft.random.random()
    if width or form < .5:
        return return_values(draft, scope, width)
    keys = [expressions.expression(draft, scope) for _ in range(draft.pick((0, 1, 1, 2)))]
    measures = [aggregates.aggregate(draft, scope) for _ in range(draft.pick((1, 1, 2)))]

    def run(rows):
        return [[key.value(group[0]) for key in keys] + [measure.value(group) for measure in measures]
                for group in groups(rows, [key.value for key in keys])]
    text = f"RETURN {named([*keys, *measures])}"
    if not keys or not draft.chance(.3):
        return text, run, False
    ordering, arrange = total_order(draft, by_number(len(keys) + len(measures)))
    return text + ordering, lambda rows: arrange(run(rows)), True


def by_number(count):
    return [Expression(f"c{i}", lambda row, i=i: row[i]) for i in range(count)]


def named(columns):
    return ", ".join(f"{column.text} AS c{i}" for i, column in enumerate(columns))


def condition_column(draft, scope):
    """Behind a NOT, since a pattern stands only as a condition."""
    condition = predicates.predicate(draft, scope, 1)
    return Expression(f"NOT ({condition.text})", lambda row: negation(condition.value(row)))


def return_values(draft, scope, width):
    columns = [column(name, scope) for name in scope]
    columns += [expressions.expression(draft, scope)] if draft.chance(.3) or not columns else []
    columns += [condition_column(draft, scope)] if draft.chance(.15) else []
    columns += [expressions.list_value(draft, scope)] if draft.chance(.1) else []
    if width:
        columns = [draft.pick(columns) for _ in range(width)]
    once = not width and draft.chance(.2)

    def run(rows):
        rows = [[value.value(row) for value in columns] for row in rows]
        return distinct(rows) if once else rows
    text = f"RETURN {'DISTINCT ' if once else ''}{named(columns)}"
    if width or not draft.chance(.25):
        return text, run, False
    if once or draft.chance(.5):
        ordering, arrange = total_order(draft, by_number(len(columns)))
        return text + ordering, lambda rows: arrange(run(rows)), True
    ordering, arrange = total_order(draft, [Expression(f"c{i}", column.value) for i, column in enumerate(columns)], scope)
    return text + ordering, lambda rows: run(arrange(rows)), True
