#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what a server executes under many kinds of statements, for profile-guided optimisation. Run it as ./dev profile.

The server is a build with -DELEGRAPH_PROFILE=generate. What is hardly executed here is left out of the profile: the compiler treats
such functions as it does without one, so that statements that this program does not know are not slowed down.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import load
from servers import ROOT, Elegraph

PEOPLE, FRIENDSHIPS = 20_000, 200_000
PROFILE = ROOT / "cmake/elegraph.profdata"
LEAST_COUNT = 1_000  # of a function's most frequent block
MODES = ("prepared", "extended", "simple")
SHORT = ("point_read", "one_hop", "filter_limit", "two_hops", "shortest_path", "insert_node", "insert_relationship", "update")
LONGER = ("filter_count", "group_by", "three_hops", "older_friends")
# Statements of other kinds, so that scans, expansions, aggregates, sorts and joins are counted with several types and shapes.
STATEMENTS = (
    "MATCH (n:Person) WHERE n.name STARTS WITH 'A' AND n.age < 40 RETURN count(*), avg(n.age), min(n.name), max(n.age)",
    "MATCH (n:Person) WHERE n.name CONTAINS 'ar' OR n.age IN [20, 30, 40] RETURN n.name, count(*) ORDER BY count(*) DESC LIMIT 20",
    "MATCH (n:Person) RETURN n.name, n.age ORDER BY n.age DESC, n.name LIMIT 50",
    "MATCH (n:Person) RETURN n.id, n.name, n.age, n.age * 2 + 1, toUpper(n.name)",
    "MATCH (n:Person) WITH n ORDER BY n.name SKIP 100 LIMIT 2000 RETURN collect(n.age)[0..10], sum(n.age)",
    "MATCH (a:Person)-[:KNOWS]->(b:Person) RETURN a.age, count(*), avg(b.age) ORDER BY a.age",
    "MATCH (a:Person)-[:KNOWS]-(b:Person) WHERE a.age = b.age RETURN count(*)",
    "MATCH (a:Person)-[:KNOWS]->(b) WITH a, count(b) AS friends WHERE friends > 20 RETURN a.name, friends ORDER BY friends DESC LIMIT 10",
    "MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(c) WHERE a.id < 200 AND c.age > 30 RETURN DISTINCT c.name",
    "MATCH (a:Person {id: 77})-[:KNOWS*1..3]-(b:Person) RETURN count(DISTINCT b)",
    "MATCH (a:Person) WHERE a.id < 2000 AND NOT (a)-[:KNOWS]->(:Person {age: 30}) RETURN count(*)",
    "MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(a) RETURN count(*)",
    "MATCH (a:Person) WHERE a.id < 5000 OPTIONAL MATCH (a)-[:KNOWS]->(b) WHERE b.age > 60 RETURN a.id, count(b) ORDER BY a.id LIMIT 100",
    "MATCH (a:Person), (b:Person) WHERE a.id < 300 AND b.id < 300 AND a.name = b.name RETURN count(*)",
    "UNWIND range(1, 2000) AS i MATCH (n:Person {id: i}) RETURN sum(n.age), count(DISTINCT n.name)",
    "UNWIND range(1, 20000) AS i WITH i, i % 7 AS k WHERE i % 3 = 0 RETURN k, sum(i), collect(i)[0..3] ORDER BY k",
    "MATCH (a:Person {id: 7}), (b:Person {id: 9000}), p = allShortestPaths((a)-[:KNOWS*]-(b)) RETURN [n IN nodes(p) | n.name] LIMIT 5",
    "MATCH (n:Person) WHERE n.id < 1000 RETURN n",
    "MATCH (n:Person) WHERE n.id >= 100 AND n.id < 3000 RETURN DISTINCT n.age",
    "MATCH (n:Person) WHERE n.id < 2000 SET n.age = n.age + 1",
    "MATCH (n:Person) WHERE n.id < 2000 RETURN CASE WHEN n.age < 30 THEN 'young' WHEN n.age < 60 THEN 'middle' ELSE 'old' END, count(*)",
)
REPEATS = 10
# What counts as hot is measured against the sum of all counts, and a scan's loop counts thousands for each statement.
WEIGHT_OF_SHORT = 20


def short_statements(server):
    for mode in MODES:
        for clients in (1, 20):
            for name in SHORT:
                load.pgbench(server, (name,), mode=mode, clients=clients, seconds=1, people=PEOPLE)


def longer_statements(server):
    for name in LONGER:
        load.pgbench(server, (name,), clients=4, seconds=1, people=PEOPLE)
    for _ in range(REPEATS):
        server.psql(*STATEMENTS)


def run(build, folder):
    """Lives of one server: loads, short statements, longer ones; two starts among them. Each leaves its counts: {weight: files}"""
    os.environ["LLVM_PROFILE_FILE"] = str(pathlib.Path(folder) / "%p.profraw")
    load.social_network(ROOT / "build/release", folder, PEOPLE, FRIENDSHIPS)
    server = Elegraph(build)
    pids = {1: [server.pid], WEIGHT_OF_SHORT: []}
    try:
        server.load(folder)
        for weight, work in ((WEIGHT_OF_SHORT, short_statements), (1, longer_statements)):
            server.stop()
            server.start()
            pids[weight].append(server.pid)
            work(server)
    finally:
        server.close()
    return [(weight, pathlib.Path(folder) / f"{pid}.profraw") for weight, all_pids in pids.items() for pid in all_pids]


def frequent(text):
    """The profile in LLVM's text form without functions that were hardly executed."""
    head, records = [], []
    for record in text.split("\n\n"):
        lines = record.splitlines()
        head += [line for line in lines if line.startswith(":")]
        fields = [line for line in lines if line and line[0] not in "#:"]  # name, hash, number of counters, counters
        if not fields:
            continue
        counters = fields[3:3 + int(fields[2])]
        if max(map(int, counters), default=0) >= LEAST_COUNT:
            records.append("\n".join(line for line in lines if not line.startswith(":")))
    return "\n".join(head) + "\n" + "\n\n".join(records) + "\n"


def main():
    build = pathlib.Path(sys.argv[1])
    merge = ["llvm-profdata-19", "merge"]
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for weight, counted in run(build, folder):
            text = counted.with_suffix(".txt")
            subprocess.run([*merge, "-text", "-o", text, counted], check=True)
            text.write_text(frequent(text.read_text()))
            parts.append(f"-weighted-input={weight},{text}")
        subprocess.run([*merge, "-o", PROFILE, *parts], check=True)
    shown = subprocess.run(["llvm-profdata-19", "show", PROFILE], check=True, capture_output=True, text=True).stdout
    functions = re.search(r"Total functions: (\d+)", shown)[1]
    print(f"{PROFILE.relative_to(ROOT)}: {PROFILE.stat().st_size >> 10} KB, {functions} functions")


if __name__ == "__main__":
    main()
