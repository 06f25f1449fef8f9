# SPDX-License-Identifier: Apache-2.0
"""Patterns of nodes and relationships, matched by going through all there is."""
import dataclasses

from values import Path, equal


@dataclasses.dataclass(frozen=True)
class NodePattern:
    name: str         # in rows, also where the text has none
    text: str
    labels: callable
    properties: list

    def accepts(self, node, row):
        return node is not None and self.labels(node.labels) and has(node, self.properties, row)


@dataclasses.dataclass(frozen=True)
class RelationshipPattern:
    name: str
    text: str
    types: tuple
    direction: str    # ">", "<" or "-"
    hops: tuple       # fewest and most, or nothing where it is no path
    properties: list

    def steps(self, node, row):
        """The relationships that lead away from a node, with their other ends."""
        steps = []
        if self.direction != "<":
            steps += [(r, r.end) for r in node.outgoing]
        if self.direction != ">":
            steps += [(r, r.start) for r in node.incoming if self.direction == "<" or r.start is not r.end]
        return [(r, end) for r, end in steps if (not self.types or r.kind in self.types) and has(r, self.properties, row)]


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
            self.walk(at, node, row, taken, walked, ())
            return
        for relationship, end in pattern.steps(node, row):
            if relationship not in taken and row.get(pattern.name, relationship) is relationship:
                bound = {**row, pattern.name: relationship} if pattern.name else row
                self.arrive(at + 1, end, bound, taken | {relationship}, (*walked, relationship))

    def walk(self, at, node, row, taken, walked, steps):
        pattern = self.elements[at]
        fewest, most = pattern.hops
        if len(steps) >= fewest:
            bound = {**row, pattern.name: list(steps)} if pattern.name else row
            self.arrive(at + 1, node, bound, taken, (*walked, *steps))
        if len(steps) < most:
            for relationship, end in pattern.steps(node, row):
                if relationship not in taken:
                    self.walk(at, end, row, taken | {relationship}, walked, (*steps, relationship))
