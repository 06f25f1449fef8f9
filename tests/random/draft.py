# SPDX-License-Identifier: Apache-2.0
"""What a statement is drawn from, and the pieces that it is made of: each is a text with its evaluation."""
import dataclasses
import re

from values import literal

# A constant's place in a text, until it is known whether it is to be a literal or a parameter.
PLACE = re.compile("«([0-9]+)»")


class TooMuch(Exception):
    """The naive evaluation takes too long; the statement is not used."""


@dataclasses.dataclass(frozen=True)
class Expression:
    text: str
    value: callable   # row -> value; a row is a dict by variable
    domain: str = ""  # the property's key, to compare with what occurs there


@dataclasses.dataclass(frozen=True)
class Clause:
    text: str
    scope: dict       # variable: kind, after the clause
    run: callable     # rows -> rows


@dataclasses.dataclass(frozen=True)
class Reading:
    text: str
    rows: callable    # -> lists of values
    ordered: bool = False


class Draft:
    def __init__(self, random, graph, effort=12_000):
        self.random = random
        self.graph = graph
        self.keyed = graph.has_keys()
        self.effort = effort
        self.names = 0
        self.constants = []
        self.changed = {}  # kind: the variable through which the statement changes what there is

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, values):
        return self.random.choice(values)

    def some(self, values, at_most=None):
        """At least one of them, in any order."""
        values = list(values)
        return self.random.sample(values, self.random.randint(1, min(len(values), at_most or len(values))))

    def name(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    def constant(self, value):
        """The text that stands for a literal, or for a parameter."""
        if value is None or isinstance(value, list) or self.chance(.5):
            return literal(value)
        self.constants.append(value)
        return f"«{len(self.constants) - 1}»"

    def with_literals(self, text):
        return PLACE.sub(lambda place: literal(self.constants[int(place[1])]), text)

    def with_parameters(self, text):
        """The text with $1, $2, ... and the values of these."""
        places = list(dict.fromkeys(PLACE.findall(text)))
        return (PLACE.sub(lambda place: f"${places.index(place[1]) + 1}", text),
                [self.constants[int(place)] for place in places])

    def spend(self, effort=1):
        self.effort -= effort
        if self.effort < 0:
            raise TooMuch


def of_kind(scope, *kinds):
    return [name for name, kind in scope.items() if kind in kinds]
