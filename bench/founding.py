# SPDX-License-Identifier: Apache-2.0
"""Rows 3 and 3b, the founding measurement: 20 queries one after the other on one connection, against 20 connections at once."""
from setting import alternate

LIMIT = "MATCH (n:Person) WHERE n.age > 30 RETURN n.name LIMIT 10"
COUNT = "MATCH (n:Person) WHERE n.age > {age} RETURN count(*)"
POSTGRES = {"limit": "SELECT name FROM person WHERE age > 30 LIMIT 10", "count": "SELECT count(*) FROM person WHERE age > 30"}


def run(bench, server, texts, setup):
    rounds = 5 if bench.options.quick else 25
    found = bench.client.run("founding", server, texts, clients=20, rounds=rounds, setup=setup)
    found["speedup_per_core"] = found["speedup"] / bench.cores
    found["busy"] = found["cores_used"] / bench.cores
    return found


def report(bench):
    unshared = ["SET graph.share_work = off"]
    count = [COUNT.format(age=30)]
    cells = {"founding limit": lambda: run(bench, bench.elegraph, [LIMIT], unshared),
             "founding count": lambda: run(bench, bench.elegraph, count, unshared),
             "sharing equal": lambda: run(bench, bench.elegraph, count, []),
             "sharing different": lambda: run(bench, bench.elegraph, [COUNT.format(age=20 + i) for i in range(20)], [])}
    if bench.postgres:
        for name, text in POSTGRES.items():
            cells[f"founding postgres {name}"] = lambda text=text: run(bench, bench.postgres, [text], [])
    for name, found in alternate(bench.options.rounds, **cells).items():
        bench.put(name, **found)
        print(f"{name:24} one by one {found['sequential_ms']:9.3f} ms   at once {found['at_once_ms']:9.3f} ms   "
              f"speedup {found['speedup']:6.2f} = {found['speedup_per_core']:5.2f} x {bench.cores} cores   "
              f"CPU in use {found['busy']:4.0%}", flush=True)
