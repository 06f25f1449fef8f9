# SPDX-License-Identifier: Apache-2.0
"""Patterns of nodes and relationships, matched by going through all there is."""
import dataclasses

from values import Path, equal


def always(row):
    return True


@dataclasses.dataclass(frozen=True)
class NodePattern:
    name: str         # in rows, also where the text has none
    text: str
    labels: callable
    properties: list
    where: callable = always  # of a row in which the node is

    def accepts(self, node, row):
        return (node is not None and self.labels(node.labels) and has(node, self.properties, row)
                and self.where({**row, self.name: node}) is True)


@dataclasses.dataclass(frozen=True)
class RelationshipPattern:
    name: str
    text: str
    types: tuple
    direction: str    # ">", "<" or "-"
    hops: tuple       # fewest and most, or nothing where it is no path
    properties: list
    where: callable = always

    def steps(self, node, row):
        """The relationships that lead away from a node, with their other ends."""
        steps = []
        if self.direction != "<":
            steps += [(r, r.end) for r in node.outgoing]
        if self.direction != ">":
            steps += [(r, r.start) for r in node.incoming if self.direction == "<" or r.start is not r.end]
        return [(r, end) for r, end in steps if (not self.types or r.kind in self.types) and has(r, self.properties, row)
                and self.where({**row, self.name: r}) is True]

    def bound(self, row, start, steps):
        return {**row, self.name: list(steps)} if self.name else row


@dataclasses.dataclass(frozen=True)
class StepGroup:
    """((first)-[relationship]->(last) WHERE ...){fewest,most}: outside of it the names are lists of what they are in each step."""
    text: str
    first: NodePattern
    relationship: RelationshipPattern
    last: NodePattern
    where: callable
    hops: tuple
    names: tuple      # of first, relationship and last; empty where the text has none

    def steps(self, node, row):
        row = {**row, self.first.name: node}
        return [(r, end) for r, end in self.relationship.steps(node, row) if self.fits(node, r, end, row)]

    def fits(self, node, relationship, end, row):
        row = {**row, self.relationship.name: relationship, self.last.name: end}
        return self.first.accepts(node, row) and self.last.accepts(end, row) and self.where(row) is True

    def bound(self, row, start, steps):
        nodes = Path((start, *steps)).nodes()
        lists = zip(self.names, (nodes[:-1], list(steps), nodes[1:]))
        return {**row, **{name: elements for name, elements in lists if name}}


@dataclasses.dataclass(frozen=True)
class Pattern:
    text: str
    new: dict         # variable: kind
    match: callable   # row, relationships that are taken -> [(row, relationships that are taken)]


def has(entity, properties, row):
    return all(equal(entity.properties.get(key), expression.value(row)) is True for key, expression in properties)


class Matcher:
    def __init__(self, draft, elements, path):
        self.draft = draft
        self.elements = elements
        self.path = path
        self.found = []

    def match(self, row, taken):
        first = self.elements[0]
        for node in [row[first.name]] if first.name in row else self.draft.graph.nodes:
            self.arrive(0, node, row, taken, (node,))
        return self.found

    def arrive(self, at, node, row, taken, walked):
        self.draft.spend()
        pattern = self.elements[at]
        if not pattern.accepts(node, row) or row.get(pattern.name, node) is not node:
            return
        row = {**row, pattern.name: node}
        if at + 1 < len(self.elements):
            self.leave(at + 1, node, row, taken, walked)
        else:
            self.found.append(({**row, self.path: Path(walked)} if self.path else row, taken))

    def leave(self, at, node, row, taken, walked):
        pattern = self.elements[at]
        if pattern.hops:
            self.walk(at, node, node, row, taken, walked, ())
            return
        for relationship, end in pattern.steps(node, row):
            if relationship not in taken and row.get(pattern.name, relationship) is relationship:
                bound = {**row, pattern.name: relationship} if pattern.name else row
                self.arrive(at + 1, end, bound, taken | {relationship}, (*walked, relationship))

    def walk(self, at, start, node, row, taken, walked, steps):
        pattern = self.elements[at]
        fewest, most = pattern.hops
        if len(steps) >= fewest:
            self.arrive(at + 1, node, pattern.bound(row, start, steps), taken, (*walked, *steps))
        if len(steps) < most:
            for relationship, end in pattern.steps(node, row):
                if relationship not in taken:
                    self.draft.spend()
                    self.walk(at, start, end, row, taken | {relationship}, walked, (*steps, relationship))
