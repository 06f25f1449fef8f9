# SPDX-License-Identifier: Apache-2.0
"""Cypher's values as Python's: three-valued logic, equality, comparison, order, and how a literal is written."""


class Path(tuple):
    """The first node, then the relationships."""

    def length(self):
        return len(self) - 1

    def relationships(self):
        return list(self[1:])

    def nodes(self):
        found = [self[0]]
        for relationship in self[1:]:
            found.append(relationship.end if relationship.start is found[-1] else relationship.start)
        return found


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def negation(value):
    return None if value is None else not value


def conjunction(values):
    if any(v is False for v in values):
        return False
    return None if any(v is None for v in values) else True


def disjunction(values):
    return negation(conjunction([negation(v) for v in values]))


def exclusive(left, right):
    return None if left is None or right is None else left != right


def equal(left, right):
    if left is None or right is None:
        return None
    if is_number(left) and is_number(right):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and conjunction([equal(*pair) for pair in zip(left, right)])
    return type(left) is type(right) and left == right


def less(left, right):
    """Values of different types, and what has no order, compare as null."""
    if is_number(left) and is_number(right):
        return left < right
    return left < right if type(left) is type(right) and isinstance(left, (str, bool)) else None


def less_or_equal(left, right):
    return equal(left, right) if less(left, right) is False else less(left, right)


COMPARISONS = {
    "=": equal,
    "<>": lambda left, right: negation(equal(left, right)),
    "<": less,
    ">": lambda left, right: less(right, left),
    "<=": less_or_equal,
    ">=": lambda left, right: less_or_equal(right, left),
}


def identity(value):
    """What DISTINCT and grouping go by: null is as null, 1 is as 1.0, true is not as 1."""
    if isinstance(value, list):
        return ("list", *map(identity, value))
    return ("boolean", value) if isinstance(value, bool) else value


def distinct(values, key=identity):
    return list({key(value): value for value in values}.values())


def order(value):
    """The key of ORDER BY, min() and max()."""
    if value is None:
        return (9, 0)
    if isinstance(value, list):
        return (0, [order(element) for element in value])
    return (1, value) if isinstance(value, str) else (2, value) if isinstance(value, bool) else (3, value)


def literal(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, str):
        return f"'{value}'"
    return "null" if value is None else repr(value).lower()


def shown(value):
    """The value's text, the same for both sides: 2.0 may come as 2, and the last digits of a float are not looked at."""
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return f"{value:.9g}" if is_number(value) else literal(value)
