# SPDX-License-Identifier: Apache-2.0
"""Draws patterns."""
import expressions
import predicates
import step_groups
from draft import of_kind
from matching import Matcher, NodePattern, Pattern, RelationshipPattern, always

LABELS = ("A", "B", "C", "D", "A", "B", "C", "D", "X")  # no node has X
TYPES = ((), (), (), ("R",), ("R",), ("R",), ("S",), ("R", "S"), ("R", "T"), ("T",), ("R", "S", "T"), ("Q",))  # no relationship has Q
HOPS = ((1, 2), (0, 1), (2, 2), (1, 3), (0, 2))


def label_test(draft):
    """Behind a colon: the text and its test of a set of labels."""
    form = draft.random.random()
    if form < .6:
        label = draft.pick(LABELS)
        return label, lambda labels: label in labels
    if form < .9:
        pair = draft.random.sample(LABELS, 2)
        if form < .8:
            return "|".join(pair), lambda labels: any(label in labels for label in pair)
        return ":".join(pair), lambda labels: all(label in labels for label in pair)
    label = draft.pick("AB")
    return f"!{label}", lambda labels: label not in labels


def property_map(draft, scope, keys):
    key = draft.pick(keys)
    if of_kind(scope, "node") and draft.chance(.2):
        properties = [(key, expressions.property_of(draft, draft.pick(of_kind(scope, "node")), draft.pick("ik")))]
    else:
        properties = [(key, expressions.constant(draft, key))]
    return " {" + ", ".join(f"{key}: {expression.text}" for key, expression in properties) + "}", properties


def arrow(text, direction):
    return ("<" if direction == "<" else "") + (f"-[{text}]-" if text else "--") + (">" if direction == ">" else "")


class PatternDraft:
    """Draws one pattern. `taken` are the relationship variables that its clause names already; `clause`: what may stand in a MATCH
    only is drawn as well."""

    def __init__(self, draft, scope, taken=(), anonymous=.1, clause=False):
        self.draft = draft
        self.scope = scope
        self.taken = set(taken)
        self.anonymous = anonymous
        self.clause = clause
        self.new = {}

    def draw(self, relationships, anchored=False, path=""):
        elements = [self.node(bound=anchored)]
        for _ in range(relationships):
            elements += [self.step(), self.node()]
        step_groups.leave_out_nodes(self.draft, elements)
        if path:
            self.new[path] = "path"
        text = (f"{path} = " if path else "") + "".join(element.text for element in elements)
        return Pattern(text, self.new, lambda row, taken: Matcher(self.draft, elements, path).match(row, taken))

    def node(self, bound=False):
        draft = self.draft
        nodes = of_kind({**self.scope, **self.new}, "node")
        if nodes and (bound or draft.chance(.12)):
            name = shown = draft.pick(nodes)
        elif draft.chance(self.anonymous):
            name, shown = draft.name("_"), ""
        else:
            name = shown = draft.name("n")
            self.new[name] = "node"
        text, labels, properties = shown, lambda _: True, []
        if draft.chance(.55 if name in self.new else .1):
            label_text, labels = label_test(draft)
            text += f":{label_text}"
        if draft.chance(.08):
            map_text, properties = property_map(draft, self.scope, "isimkf")
            text += map_text
        where_text, where = self.where(name if shown else "", "node")
        return NodePattern(name, f"({text}{where_text})", labels, properties, where)

    def step(self):
        if not self.clause or not self.draft.chance(.1):
            return self.relationship()
        group, names = step_groups.step_group(self.draft, self.scope)
        self.new.update(names)
        return group

    def relationship(self):
        draft = self.draft
        hops = draft.pick(HOPS) if draft.chance(.15) else ()
        name = self.relationship_name(hops)
        types = draft.pick(TYPES)
        text = name + (":" + "|".join(types) if types else "") + (f"*{hops[0]}..{hops[1]}" if hops else "")
        properties = []
        if draft.chance(.08):
            map_text, properties = property_map(draft, self.scope, "wws")
            text += map_text
        where_text, where = self.where("" if hops else name, "relationship")
        direction = draft.pick((">", ">", "<", "-"))
        return RelationshipPattern(name, arrow(text + where_text, direction), types, direction, hops, properties, where)

    def where(self, name, kind):
        """A condition within the brackets: the text and its test."""
        if not name or not self.clause or not self.draft.chance(.06):
            return "", always
        condition = predicates.predicate(self.draft, {**self.scope, name: kind}, 1)
        return f" WHERE {condition.text}", condition.value

    def relationship_name(self, hops):
        draft = self.draft
        if not draft.chance(.5) or draft.chance(self.anonymous):
            return ""
        known = [name for name in of_kind(self.scope, "relationship") if name not in self.taken]
        if known and not hops and draft.chance(.35):
            name = draft.pick(known)
        else:
            name = draft.name("r")
            self.new[name] = "relationships" if hops else "relationship"
        self.taken.add(name)
        return name


def beside(left, right):
    """Both in one clause."""
    return Pattern(f"{left.text}, {right.text}", {**left.new, **right.new},
                   lambda row, taken: [match for found in left.match(row, taken) for match in right.match(*found)])
