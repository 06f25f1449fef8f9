# SPDX-License-Identifier: Apache-2.0
"""Draws quantified path patterns of one relationship, as ((x)-[r:R]->(y) WHERE x.i < y.i){1,3}."""
import dataclasses

import patterns
import predicates
from matching import NodePattern, RelationshipPattern, StepGroup, always

QUANTIFIERS = {"{1,2}": (1, 2), "{1,3}": (1, 3), "{1}": (1, 1), "{2}": (2, 2), "{2,3}": (2, 3), "{0,2}": (0, 2), "{,2}": (0, 2)}
KINDS = ("node", "relationship", "node")


def step_group(draft, scope):
    """-> the group, and its names with their kinds outside of it. Without a direction nodes have neither names nor conditions."""
    direction = draft.pick(">><<-")
    directed = direction != "-"
    names = tuple(draft.name(kind[0]) if may and draft.chance(.6) else "" for kind, may in zip(KINDS, (directed, True, directed)))
    first, last = (node(draft, scope, name, directed) for name in (names[0], names[2]))
    relationship = step(draft, scope, names[1], direction)
    inside = {**scope, **{name: kind for name, kind in zip(names, KINDS) if name}}
    where_text, where = condition(draft, inside, .5) if any(names) else ("", always)
    quantifier = draft.pick(list(QUANTIFIERS))
    text = f"({first.text}{relationship.text}{last.text}{where_text}){quantifier}"
    group = StepGroup(text, first, relationship, last, where, QUANTIFIERS[quantifier], names)
    return group, {name: f"{kind}s" for name, kind in zip(names, KINDS) if name}


def condition(draft, scope, probability):
    """A WHERE: the text and its test. Subqueries may not stand there."""
    if not draft.chance(probability):
        return "", always
    drawn = predicates.connective(draft, scope, 0) if draft.chance(.3) else predicates.predicate(draft, scope, 0)
    return f" WHERE {drawn.text}", drawn.value


def node(draft, scope, name, directed):
    text, labels, properties, where_text, where = name, lambda _: True, [], "", always
    if directed and draft.chance(.25):
        label_text, labels = patterns.label_test(draft)
        text += f":{label_text}"
    if directed and draft.chance(.08):
        map_text, properties = patterns.property_map(draft, scope, "isimkf")
        text += map_text
    if name:
        where_text, where = condition(draft, {**scope, name: "node"}, .1)
    return NodePattern(name or draft.name("_"), f"({text}{where_text})", labels, properties, where)


def step(draft, scope, name, direction):
    types = draft.pick(patterns.TYPES)
    text, properties, where_text, where = name + (":" + "|".join(types) if types else ""), [], "", always
    if draft.chance(.08):
        map_text, properties = patterns.property_map(draft, scope, "wws")
        text += map_text
    if name:
        where_text, where = condition(draft, {**scope, name: "relationship"}, .15)
    return RelationshipPattern(name, patterns.arrow(text + where_text, direction), types, direction, (), properties, where)


def leave_out_nodes(draft, elements):
    """Beside a group a node need not stand, unless something else is beside it."""
    for at in range(0, len(elements), 2):
        beside = elements[max(at - 1, 0):at] + elements[at + 1:at + 2]
        if beside and all(isinstance(element, StepGroup) for element in beside) and elements[at].text == "()" and draft.chance(.7):
            elements[at] = dataclasses.replace(elements[at], text="")
