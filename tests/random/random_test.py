#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random Cypher against a naive evaluation: random_test.py ELEGRAPH [--seed N] [--queries N | --seconds S]

Statement after statement is made from seeds that count up from N. A seed alone says what the graph is, whether it has indexes,
and what the statement is, so `--seed N --queries 1` runs the one that was reported as N. Every PER_SERVER seeds there is
another graph on a new server; what does not show with its seed alone depends on what that server had run before.

A read is run as a simple query in text format and, with parameters for some of its literals, as a prepared statement twice in binary.
An update is run in a transaction that is rolled back; inside of it the whole graph is compared, and random reads.
"""
import argparse
import itertools
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import database  # noqa: E402
import trial  # noqa: E402
from graph import random_graph  # noqa: E402
from libpq import Connection, Lost  # noqa: E402
from server import Server  # noqa: E402

PER_SERVER = 250
ENOUGH = 20  # differences, after which the run ends


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("elegraph")
    parser.add_argument("--seed", type=int, default=0, help="the first one: 0")
    parser.add_argument("--queries", type=int, help="so many seeds: 2,000")
    parser.add_argument("--seconds", type=float, help="seeds until then, instead")
    parser.add_argument("--split-all", action="store_true", help="every statement runs on workers, split over all of them")
    parser.add_argument("--imagine-sizes", action="store_true", help="statements are planned as for graphs of other sizes")
    return parser.parse_args()


class Run:
    def __init__(self, options):
        self.binary = options.elegraph
        self.arguments = ["--split-all", "--workers", "4"] if options.split_all else []
        self.imagine_sizes = options.imagine_sizes
        self.until = options.seconds and time.monotonic() + options.seconds
        self.statements = 0
        self.differences = 0

    def over(self):
        return self.differences >= ENOUGH or (self.until is not None and time.monotonic() > self.until)

    def all(self, seeds):
        for block, block_seeds in itertools.groupby(seeds, lambda seed: seed // PER_SERVER):
            block_seeds = iter(block_seeds)
            while not self.over() and self.on_a_server(block, block_seeds):
                pass  # the server was lost: the next seeds get another one
            if self.over():
                break

    def on_a_server(self, block, seeds):
        """Whether there may be seeds left."""
        graph = random_graph(random.Random(f"graph {block}"))
        sizes = ["--imagined-sizes", str(block + 1)] if self.imagine_sizes else []
        with Server(self.binary, [*self.arguments, *sizes]) as server:
            try:
                with Connection(server.port) as connection:
                    prepare(connection, graph, block)
                    while not self.over():
                        seed = next(seeds, None)
                        if seed is None:
                            return False
                        self.one(seed, connection, graph)
            except Lost as lost:
                print(f"the server is gone: {lost}\n{server.text()[-2000:]}")
                return True
        return False

    def one(self, seed, connection, graph):
        self.statements += 1
        try:
            trial.try_statement(random.Random(f"statement {seed}"), connection, graph, updates=seed % 4 == 3)
        except (trial.Different, Lost) as difference:
            self.differences += 1
            print(f"seed {seed}: {difference}\n", flush=True)
            if isinstance(difference, Lost):
                raise


def prepare(connection, graph, block):
    """Every other server has indexes, either from the beginning or of what is there."""
    indexes = database.INDEXES if block % 2 else ()
    if block % 4 == 1:
        database.load(connection, graph)
    for statement in indexes:
        connection.simple(statement)
    if block % 4 != 1:
        database.load(connection, graph)
    connection.simple("SET statement_timeout = '60s'")
    connection.simple("SET client_min_messages = 'warning'")  # not that nothing has label X


def main():
    options = arguments()
    run = Run(options)
    endless = options.seconds is not None and options.queries is None
    run.all(itertools.count(options.seed) if endless else range(options.seed, options.seed + (options.queries or 2000)))
    print(f"{run.statements} seeds, {run.differences} differences")
    return 1 if run.differences else 0


if __name__ == "__main__":
    sys.exit(main())
