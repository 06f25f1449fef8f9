# SPDX-License-Identifier: Apache-2.0
"""Conditions, with true, false and null."""
import expressions
import patterns
from draft import Expression, of_kind
from values import COMPARISONS, conjunction, disjunction, equal, exclusive, negation

SEARCHES = {"STARTS WITH": str.startswith, "ENDS WITH": str.endswith, "CONTAINS": str.__contains__}
QUANTIFIERS = {
    "any": disjunction,
    "all": conjunction,
    "none": lambda values: negation(disjunction(values)),
}


def predicate(draft, scope, depth=2):
    form = draft.random.random()
    if depth > 0 and form < .3:
        return connective(draft, scope, depth - 1)
    if form < .5 and of_kind(scope, "node"):
        if form < .38 or depth == 0:
            return has_label(draft, scope)
        return subquery(draft, scope)
    if form < .53 and len(of_kind(scope, "node", "relationship")) > 1:
        return same_entity(draft, scope)
    if form < .56:
        return quantifier(draft, scope)
    if form < .66 and of_kind(scope, "path", "nodes", "relationships"):
        return step_quantifier(draft, scope)
    return comparison_of(draft, scope, expressions.expression(draft, scope, depth))


def connective(draft, scope, depth):
    word = draft.pick(("AND", "OR", "OR", "XOR", "NOT"))
    parts = [predicate(draft, scope, depth) for _ in range({"NOT": 1, "XOR": 2}.get(word, draft.pick((2, 2, 3))))]
    if word == "NOT":
        return Expression(f"NOT ({parts[0].text})", lambda row: negation(parts[0].value(row)))
    join = {"AND": conjunction, "OR": disjunction, "XOR": lambda values: exclusive(*values)}[word]
    return Expression(f" {word} ".join(f"({part.text})" for part in parts), lambda row: join([part.value(row) for part in parts]))


def has_label(draft, scope):
    name = draft.pick(of_kind(scope, "node"))
    text, test = patterns.label_test(draft)
    return Expression(f"{name}:{text}", lambda row: None if row[name] is None else test(row[name].labels))


def same_entity(draft, scope):
    kind = draft.pick([k for k in ("node", "relationship") if len(of_kind(scope, k)) > 1] or ["node"])
    left, right = (draft.pick(of_kind(scope, kind) or of_kind(scope, "relationship")) for _ in range(2))
    sign = draft.pick(("=", "<>"))
    return Expression(f"{left} {sign} {right}", lambda row: COMPARISONS[sign](row[left], row[right]))


def quantifier(draft, scope):
    word, name = draft.pick(list(QUANTIFIERS)), draft.name("x")
    elements = expressions.list_literal(draft, scope)
    condition = comparison_of(draft, {**scope, name: "value"}, Expression(name, lambda row: row[name], elements.domain))
    return Expression(f"{word}({name} IN {elements.text} WHERE {condition.text})",
                      lambda row: QUANTIFIERS[word]([condition.value({**row, name: e}) for e in elements.value(row)]))


def step_quantifier(draft, scope):
    """Of a path's or a list's nodes or relationships."""
    word, name, listed = draft.pick(list(QUANTIFIERS)), draft.name("x"), draft.pick(of_kind(scope, "path", "nodes", "relationships"))
    if scope[listed] == "path":
        part = draft.pick(("nodes", "relationships"))
        text, elements = f"{part}({listed})", lambda path: getattr(path, part)()
    else:
        part, text, elements = scope[listed], listed, list
    kind = part[:-1]
    inner = {**scope, name: kind}
    if kind == "node" and draft.chance(.3):
        labels, test = patterns.label_test(draft)
        condition = Expression(f"{name}:{labels}", lambda row: test(row[name].labels))
    else:
        condition = comparison_of(draft, inner, expressions.property_of(draft, name, kind=kind))

    def value(row):
        if row[listed] is None:
            return None
        return QUANTIFIERS[word]([condition.value({**row, name: e}) for e in elements(row[listed])])
    return Expression(f"{word}({name} IN {text} WHERE {condition.text})", value)


def comparison_of(draft, scope, left):
    """A condition on that value."""
    form = draft.random.random()
    if form < .1:
        wanted = draft.chance(.5)
        return Expression(f"{left.text} IS {'' if wanted else 'NOT '}NULL", lambda row: (left.value(row) is None) is wanted)
    if form < .25:
        values = [None if draft.chance(.1) else draft.pick(expressions.DOMAINS.get(left.domain, expressions.MIXED))
                  for _ in range(draft.random.randint(0, 3))]
        return Expression(f"{left.text} IN [" + ", ".join(map(draft.constant, values)) + "]",
                          lambda row: disjunction([equal(left.value(row), value) for value in values]))
    if form < .35 and left.domain in ("", "s", "m", "type"):
        word, text = draft.pick(list(SEARCHES)), draft.pick(("a", "ab", "b", "a longer", "", "text"))
        if draft.chance(.3):
            return search(left, word, expressions.operand(draft, scope))
        return Expression(f"{left.text} {word} {draft.constant(text)}",
                          lambda row: SEARCHES[word](left.value(row), text) if isinstance(left.value(row), str) else None)
    right = expressions.constant(draft, left.domain) if draft.chance(.6) else expressions.operand(draft, scope)
    first, second = (right, left) if draft.chance(.15) else (left, right)
    sign = draft.pick(("=", "=", *COMPARISONS))
    return Expression(f"{first.text} {sign} {second.text}", lambda row: COMPARISONS[sign](first.value(row), second.value(row)))


def search(left, word, right):
    """For a text that the row gives."""
    def value(row):
        whole, part = left.value(row), right.value(row)
        return SEARCHES[word](whole, part) if isinstance(whole, str) and isinstance(part, str) else None
    return Expression(f"{left.text} {word} {right.text}", value)


def subquery(draft, scope):
    form = draft.random.random()
    if form < .2:
        return pattern_exists(draft, scope)
    if form < .7:
        text, matches = matches_of(draft, scope)
        return Expression(f"EXISTS {{ {text} }}", lambda row: len(matches(row)) > 0)
    return number_of_matches(draft, scope)


def number_of_matches(draft, scope):
    """How many there are; beside 0 or 1 that is whether there are any."""
    count = expressions.pattern_comprehension(draft, scope) if draft.chance(.2) else count_subquery(draft, scope)
    sign, limit = draft.pick(list(COMPARISONS)), draft.pick((0, 0, 1, 1, 2, 3))
    bound = draft.constant(limit)
    if draft.chance(.3):
        return Expression(f"{bound} {sign} {count.text}", lambda row: COMPARISONS[sign](limit, count.value(row)))
    return Expression(f"{count.text} {sign} {bound}", lambda row: COMPARISONS[sign](count.value(row), limit))


def pattern_exists(draft, scope):
    """A pattern as a condition: it names no variables but those in scope."""
    known = {name: kind for name, kind in scope.items() if kind == "node"}
    pattern = patterns.PatternDraft(draft, known, anonymous=1).draw(draft.pick((1, 1, 2)), anchored=True)
    return Expression(pattern.text, lambda row: len(pattern.match(row, frozenset())) > 0)


def of_both_ends(draft, scope, nodes):
    """Conditions that few nodes at the two ends of a pattern fulfil, whatever is between."""
    parts = []
    for node in (nodes[0], nodes[-1]):
        key = draft.pick("isk")
        subject = expressions.property_of(draft, node, key)
        value = draft.pick(expressions.DOMAINS[key])
        sign = draft.pick(("=", "=", "<") if key != "s" else ("=",))
        parts.append(Expression(f"{subject.text} {sign} {draft.constant(value)}",
                                lambda row, subject=subject, sign=sign, value=value: COMPARISONS[sign](subject.value(row), value)))
    if draft.chance(.3):
        parts.append(predicate(draft, scope, 1))
    return Expression(" AND ".join(f"({part.text})" for part in parts), lambda row: conjunction([part.value(row) for part in parts]))


def of_two(draft, scope, first, second):
    """An equality of two nodes' properties, which rows may be joined by, and perhaps more; or one begins with the other."""
    if draft.chance(.15):
        return search(expressions.property_of(draft, second, draft.pick("ssm")), "STARTS WITH",
                      expressions.property_of(draft, first, draft.pick("ssm")))
    key, other = draft.pick(("ii", "ss", "ik", "ki", "mm", "mi", "kk"))
    left, right = (expressions.property_of(draft, node, key) for node, key in ((first, key), (second, other)))
    if draft.chance(.5):
        left, right = right, left
    tie = Expression(f"{left.text} = {right.text}", lambda row: equal(left.value(row), right.value(row)))
    if not draft.chance(.4):
        return tie
    more = predicate(draft, scope, 1)
    return Expression(f"{tie.text} AND ({more.text})", lambda row: conjunction([tie.value(row), more.value(row)]))


def count_subquery(draft, scope):
    text, matches = matches_of(draft, scope)
    return Expression(f"COUNT {{ {text} }}", lambda row: len(matches(row)), "size")


def matches_of(draft, scope):
    """The inside of a subquery, and the rows that it finds for a row."""
    nodes = of_kind(scope, "node")
    anchored = bool(nodes) and draft.chance(.75)
    drawer = patterns.PatternDraft(draft, scope, clause=True)
    pattern = drawer.draw(draft.pick((0, 1, 1, 2)) or int(anchored), anchored)
    if draft.chance(.12):
        other = patterns.PatternDraft(draft, {**scope, **pattern.new}, drawer.taken)
        pattern = patterns.beside(pattern, other.draw(draft.pick((0, 0, 1))))
    found = of_kind(pattern.new, "node")
    if nodes and found and not anchored and draft.chance(.6):
        condition = of_two(draft, {**scope, **pattern.new}, draft.pick(nodes), draft.pick(found))
    elif draft.chance(.5):
        condition = predicate(draft, {**scope, **pattern.new}, 1)
    else:
        return f"MATCH {pattern.text}", lambda row: pattern.match(row, frozenset())
    return (f"MATCH {pattern.text} WHERE {condition.text}",
            lambda row: [r for r, _ in pattern.match(row, frozenset()) if condition.value(r) is True])
