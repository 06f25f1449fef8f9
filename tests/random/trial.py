# SPDX-License-Identifier: Apache-2.0
"""One random statement on the server, compared with its evaluation."""
import collections
import contextlib

import database
from draft import Draft, TooMuch
from libpq import Failure, Lost
from merges import OrderMatters
from readings import reading
from updates import update
from values import shown
from writes import Refused

READS_AFTER_UPDATE = 2
SHOWN = 5  # rows of a difference


class Different(Exception):
    """Something else came than was expected."""


def try_statement(random, connection, graph, updates):
    if not updates:
        compare_reading(random, connection, graph)
        return
    connection.simple("BEGIN")
    try:
        compare_update(random, connection, graph)
    finally:
        with contextlib.suppress(Lost):
            connection.simple("ROLLBACK")
    if random.random() < .1:
        compare_states("after ROLLBACK", database.state(connection), graph.state())


def evaluated(random, graph, draw):
    """-> draft, whose graph is the one after the statement, statement, and its rows or why it must fail. What cannot be compared
    is drawn again, and most of what finds nothing."""
    while True:
        draft = Draft(random, graph.copy())
        statement = draw(draft)
        try:
            rows = statement.rows()
        except Refused as refused:
            return draft, statement, refused
        except (TooMuch, OrderMatters):
            continue
        if rows not in ([], [[0]]) or draft.chance(.1):
            return draft, statement, rows


def compare_reading(random, connection, graph, after=""):
    draft, statement, expected = evaluated(random, graph, reading)
    text, parameters = draft.with_parameters(statement.text)
    title = after + draft.with_literals(statement.text)
    compare(title, statement, lambda: connection.simple(draft.with_literals(statement.text)), expected)
    title += f"\nprepared as {text} with {parameters}"
    compare(title, statement, lambda: connection.prepare(text, parameters) or connection.execute(parameters), expected)
    compare(f"{title}, for the second time", statement, lambda: connection.execute(parameters), expected)


def compare_update(random, connection, graph):
    draft, statement, expected = evaluated(random, graph, update)
    title = draft.with_literals(statement.text)
    if random.random() < .5:
        text, parameters = draft.with_parameters(statement.text)
        title = f"{title}\nprepared as {text} with {parameters}"
        compare(title, statement, lambda: connection.prepare(text, parameters) or connection.execute(parameters), expected)
    else:
        compare(title, statement, lambda: connection.simple(title), expected)
    if isinstance(expected, Refused):
        return
    compare_states(title, database.state(connection), draft.graph.state())
    for _ in range(READS_AFTER_UPDATE):
        compare_reading(random, connection, draft.graph, f"BEGIN; {title};\n")


def compare(title, statement, run, expected):
    try:
        rows = run()
    except Lost as lost:
        raise Lost(f"{title}\n  {lost}") from None
    except Failure as failure:
        if failure.sqlstate == "XX000" or not isinstance(expected, Refused):
            raise Different(f"{title}\n  fails with {failure}") from None
        return
    if isinstance(expected, Refused):
        raise Different(f"{title}\n  must fail: {expected}")
    wanted, found = ([tuple(map(shown, row)) for row in side] for side in (expected, rows))
    if statement.ordered and wanted != found and sorted(wanted) == sorted(found):
        raise Different(f"{title}\n  expected order {wanted[:SHOWN]}\n  came in order {found[:SHOWN]}")
    compare_bags(title, wanted, found)


def compare_states(title, found, expected):
    for wanted, came in zip(expected, found):
        compare_bags(title, wanted, came)


def compare_bags(title, wanted, found):
    missing, extra = (collections.Counter(one) - collections.Counter(other) for one, other in ((wanted, found), (found, wanted)))
    if missing or extra:
        raise Different(f"{title}\n  {len(wanted)} expected, {len(found)} came"
                        f"\n  did not come: {list(missing.elements())[:SHOWN]}\n  came instead: {list(extra.elements())[:SHOWN]}")
