# SPDX-License-Identifier: Apache-2.0
"""reduce() over lists of one type or of several, with nulls, short ones and such as fill many batches."""
import expressions
from draft import Expression, of_kind

LENGTHS = (0, 1, 5, 31, 33, 40, 70)
LONG = (100, 2047, 2050, 3000)
NUMBERS = {"node": "ifk", "relationship": "wk"}


def reduction(draft, scope):
    elements, item, total = draft.pick((listed, ranged))(draft, scope), draft.name("x"), draft.name("t")
    words = draft.chance(.3)
    first, special = (texts if words else numbers)(draft, scope), (texts if words else numbers)(draft, scope)
    term = draft.pick((plain, now_and_then, now_and_then))(draft, item, special)
    times, turned = not words and draft.chance(.2), draft.chance(.4)
    if times:
        factor = draft.pick((2, -.5))
        term = now_and_then(draft, item, Expression(str(factor), lambda row: factor), "1", every=64)  # no more than 2 ^ 46

    def value(row):
        so_far, found = first.value(row), elements.value(row)
        draft.spend(len(found) // 20)
        for element in found:
            one = term.value({**row, item: element})
            so_far = product(so_far, one) if times else total_of(one, so_far) if turned else total_of(so_far, one)
        return so_far
    sides = (term.text, total) if turned else (total, term.text)
    step = f" {'*' if times else '+'} ".join(sides)
    return Expression(f"reduce({total} = {first.text}, {item} IN {elements.text} | {step})", value)


def ranged(draft, scope):
    last = draft.pick(LONG if draft.chance(.1) else LENGTHS)
    return Expression(f"range(1, {draft.constant(last)})", lambda row: range(1, last + 1))


def listed(draft, scope):
    """Of whole numbers and nulls."""
    values = [None if draft.chance(.05) else draft.random.randint(-3, 9) for _ in range(draft.random.randint(0, 45))]
    return Expression("[" + ", ".join(map(draft.constant, values)) + "]", lambda row: values)


def numbers(draft, scope):
    names = of_kind(scope, *NUMBERS)
    if names and draft.chance(.6):
        name = draft.pick(names)
        return expressions.property_of(draft, name, draft.pick(NUMBERS[scope[name]]), scope[name])
    value = draft.pick((0, 1, .5, -2, None))
    return Expression(draft.constant(value), lambda row: value)


def texts(draft, scope):
    """Or whole numbers, which are written as they are."""
    value = draft.pick(("", "a", "b", 0, 7))
    return Expression(draft.constant(value), lambda row: value)


def plain(draft, item, special):
    return Expression(item, lambda row: row[item])


def now_and_then(draft, item, special, else_text="", every=None):
    """The element, or for some of them something else."""
    every = every or draft.pick((1, 7, 37, 64))

    def value(row):
        if row[item] is not None and row[item] % every == 0:
            return special.value(row)
        return 1 if else_text else row[item]
    return Expression(f"CASE WHEN {item} % {every} = 0 THEN {special.text} ELSE {else_text or item} END", value)


def total_of(left, right):
    if left is None or right is None:
        return None
    return f"{left}{right}" if isinstance(left, str) or isinstance(right, str) else left + right


def product(left, right):
    return None if left is None or right is None else left * right
