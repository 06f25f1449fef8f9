# SPDX-License-Identifier: Apache-2.0
"""Rows 3 and 3b, the founding measurement: 20 queries one after the other on one connection, which shares no work, against 20
connections at once. On the small graph the wire costs more than the queries; so there are cells with a larger label too."""
import contextlib

from servers import Elegraph
from setting import alternate

LIMIT = "MATCH (n:Person) WHERE n.age > 30 RETURN n.name LIMIT 10"
COUNT = "MATCH (n:Person) WHERE n.age > {age} RETURN count(*)"
EQUAL, DIFFERENT = [COUNT.format(age=30)], [COUNT.format(age=20 + i) for i in range(20)]
UNSHARED = ["SET graph.share_work = off"]
POSTGRES = {"limit": "SELECT name FROM person WHERE age > 30 LIMIT 10", "count": "SELECT count(*) FROM person WHERE age > 30"}
PEOPLE_AT_ONCE = 100_000  # in one transaction


def run(bench, server, texts, setup, alone=()):
    rounds = 5 if bench.options.quick else 15
    found = bench.client.run("founding", server, texts, clients=20, rounds=rounds, setup=setup, **{"sequential-setup": alone})
    found["speedup_per_core"] = found["speedup"] / bench.cores
    found["busy"] = found["cores_used"] / bench.cores
    return found


@contextlib.contextmanager
def larger(bench):
    """A server with people of 63 ages and nothing else."""
    server = Elegraph(bench.options.build)
    try:
        for first in range(0, 10_000 if bench.options.quick else 2_000_000, PEOPLE_AT_ONCE):
            server.psql(f"UNWIND range({first}, {first + PEOPLE_AT_ONCE - 1}) AS i CREATE (:Person {{age: 18 + i * 7919 % 63}})")
        yield server
    finally:
        server.close()


def counts(bench, server, suffix=""):
    return {f"founding count{suffix}": lambda: run(bench, server, EQUAL, UNSHARED, UNSHARED),
            f"sharing equal{suffix}": lambda: run(bench, server, EQUAL, [], UNSHARED),
            f"sharing different{suffix}": lambda: run(bench, server, DIFFERENT, [], UNSHARED)}


def measure(bench, cells):
    for name, found in alternate(bench.options.rounds, **cells).items():
        bench.put(name, **found)
        print(f"{name:24} one by one {found['sequential_ms']:9.3f} ms   at once {found['at_once_ms']:9.3f} ms   "
              f"speedup {found['speedup']:6.2f} = {found['speedup_per_core']:5.2f} x {bench.cores} cores   "
              f"CPU in use {found['busy']:4.0%}", flush=True)


def report(bench):
    cells = {"founding limit": lambda: run(bench, bench.elegraph, [LIMIT], UNSHARED, UNSHARED), **counts(bench, bench.elegraph)}
    if bench.postgres:
        for name, text in POSTGRES.items():
            cells[f"founding postgres {name}"] = lambda text=text: run(bench, bench.postgres, [text], [])
    # What 20 connections at once can gain at all where the answer takes no work.
    cells["founding null"] = lambda: run(bench, bench.null, EQUAL, [])
    measure(bench, cells)
    with larger(bench) as server:
        measure(bench, counts(bench, server, ", large"))
