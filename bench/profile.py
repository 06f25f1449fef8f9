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


def run(build, folder):
    """One server's life: two loads, statements, and what is left to it at its end."""
    os.environ["LLVM_PROFILE_FILE"] = str(pathlib.Path(folder) / "%p.profraw")
    load.social_network(ROOT / "build/release", folder, PEOPLE, FRIENDSHIPS)
    server = Elegraph(build)
    try:
        server.load(folder)
        for mode in MODES:
            for clients in (1, 20):
                for name in SHORT:
                    load.pgbench(server, (name,), mode=mode, clients=clients, seconds=1, people=PEOPLE)
        for name in LONGER:
            load.pgbench(server, (name,), clients=4, seconds=1, people=PEOPLE)
        for _ in range(REPEATS):
            server.psql(*STATEMENTS)
        server.stop()
        server.start()
    finally:
        server.close()


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
    with tempfile.TemporaryDirectory() as folder:
        run(build, folder)
        merged, text = pathlib.Path(folder) / "all.profdata", pathlib.Path(folder) / "frequent.txt"
        merge = ["llvm-profdata-19", "merge"]
        subprocess.run([*merge, "-o", merged, *pathlib.Path(folder).glob("*.profraw")], check=True)
        subprocess.run([*merge, "-text", "-o", text, merged], check=True)
        all_functions = text.read_text()
        text.write_text(frequent(all_functions))
        subprocess.run([*merge, "-o", PROFILE, text], check=True)
    functions = len(re.findall("# Func Hash", all_functions))
    print(f"{PROFILE.relative_to(ROOT)}: {PROFILE.stat().st_size >> 10} KB; {functions} functions were seen")


if __name__ == "__main__":
    main()
