# SPDX-License-Identifier: Apache-2.0
"""Rows 13, 16 and 18, and readers beside a writer: many connections, and loads that may disturb each other."""
import contextlib
import os
import pathlib
import subprocess
import time

import load
from servers import Elegraph, resident_bytes
from setting import alternate, ratio

POINT_READ = "MATCH (n:Person {id: $1}) RETURN n.name, n.age"
SCAN = "MATCH (n:Person)-[:KNOWS]->(m:Person) WHERE m.age > n.age RETURN count(*)"
UPDATE_ALL = "MATCH (n:Person) SET n.age = n.age"
TAIL_ROUNDS = 7  # a percentile of one second varies more than a rate
SECRET = {"PGUSER": "secret", "PGPASSWORD": "elephants and graphs"}


def threads_of(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))


def point_reads(bench, clients=20, seconds=None, server=None):
    return bench.client.loop(server or bench.elegraph, POINT_READ, clients=clients, threads=min(max(2, load.CORES // 2), clients),
                             seconds=seconds or bench.options.seconds, random=bench.people)


def connections(bench):
    """A new connection for each query: pgbench -C, with trust and with SCRAM."""
    def run(server, env=None):
        return lambda: load.pgbench(server, ("point_read",), mode="simple", clients=8, seconds=bench.options.seconds,
                                    people=bench.people, reconnect=True, env=env)

    servers = {"ours": bench.elegraph, "null": bench.null, "postgres": bench.postgres}
    report_connections(bench, "trust", alternate(bench.options.rounds, **{n: run(s) for n, s in servers.items() if s}))
    # Trust ends where a first role exists, so this is a server of its own.
    servers = {"ours": Elegraph(bench.options.build), "postgres": bench.postgres}
    try:
        for server in filter(None, servers.values()):
            server.psql(f"CREATE ROLE secret LOGIN PASSWORD '{SECRET['PGPASSWORD']}'")
        if bench.postgres:
            bench.postgres.psql("GRANT SELECT ON person TO secret")
        secret = {**os.environ, **SECRET}
        report_connections(bench, "scram", alternate(bench.options.rounds, **{n: run(s, secret) for n, s in servers.items() if s}))
    finally:
        servers["ours"].close()


def report_connections(bench, name, found):
    ours = found["ours"]
    bench.put(f"connect {name}", rate=ours["rate"], cpu_us=ours["cpu_us"], of_null=ratio(ours["rate"], found.get("null", {}).get("rate")),
              null_rate=found.get("null", {}).get("rate"), postgres_rate=found.get("postgres", {}).get("rate"),
              x_postgres=ratio(ours["rate"], found.get("postgres", {}).get("rate")))
    rates = ", ".join(f"{n} {f['rate']:,.0f}/s ({f['cpu_us']:,.0f} us CPU)" for n, f in found.items())
    print(f"new connections, {name}: {rates}", flush=True)


def beside_scans(bench):
    """The 99th percentile of point reads alone, and while one client runs whole-graph scans in a loop."""
    def beside():
        with bench.client.beside(bench.elegraph, SCAN, 600):
            time.sleep(0.2)
            return point_reads(bench, clients=8)

    with bench.postgres.asleep() if bench.postgres else contextlib.nullcontext():
        found = alternate(1 if bench.options.quick else max(bench.options.rounds, TAIL_ROUNDS), alone=lambda: point_reads(bench, clients=8), beside=beside)
    alone, both = found["alone"], found["beside"]
    bench.put("beside scans", p99_ratio=both["p99_us"] / alone["p99_us"], p99_alone_us=alone["p99_us"], p99_beside_us=both["p99_us"],
              rate_ratio=both["rate"] / alone["rate"])
    print(f"point reads of 8 clients: p99 {alone['p99_us']:,.0f} us alone, {both['p99_us']:,.0f} us beside whole-graph scans "
          f"({both['rate'] / alone['rate']:.2f} of the throughput)", flush=True)


def beside_writer(bench):
    """Point reads while a transaction that has changed every Person is open."""
    def beside():
        server = bench.elegraph
        writer = subprocess.Popen(["psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(server.port), "-U", server.user, "-d",
                                   server.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        print(f"BEGIN; {UPDATE_ALL}; \\echo changed", file=writer.stdin, flush=True)
        writer.stdout.readline()
        found = point_reads(bench)
        writer.communicate("ROLLBACK;")
        return found

    found = alternate(bench.options.rounds, alone=lambda: point_reads(bench), beside=beside)
    value = found["beside"]["rate"] / found["alone"]["rate"]
    bench.put("beside writer", rate_ratio=value)
    print(f"point reads beside a transaction that has changed every person: {value:.2f} of the throughput without", flush=True)


def idle(bench):
    """What thousands of silent connections cost: memory, threads, and the throughput of those that work. And the throughput
    of a thousand that all work, beside the null server's with as many."""
    count = 1000 if bench.options.quick else 10_000
    active = 200 if bench.options.quick else 1000
    pid = bench.elegraph.pid
    point_reads(bench, clients=64)
    before, threads = resident_bytes(pid), threads_of(pid)
    each, more = [], []

    def beside():
        with bench.client.idle(bench.elegraph, count, "RETURN 1"):
            each.append((resident_bytes(pid) - before) / count)
            more.append(threads_of(pid) - threads)
            return point_reads(bench, clients=64)

    found = alternate(bench.options.rounds, alone=lambda: point_reads(bench, clients=64), beside=beside,
                      active=lambda: point_reads(bench, clients=active), null=lambda: point_reads(bench, clients=active, server=bench.null))
    thousand, null = found["active"], found["null"]
    value = found["beside"]["rate"] / found["alone"]["rate"]
    bench.put("idle", kilobytes_each=each[0] / 1024, rate_ratio=value, threads_more=max(more), connections=count,
              thousand_active=thousand["rate"], thousand_ratio=thousand["rate"] / found["alone"]["rate"],
              thousand_of_null=thousand["rate"] / null["rate"], thousand_cpu_us=thousand["cpu_us"], thousand_null_cpu_us=null["cpu_us"])
    print(f"{count:,} idle connections: {each[0] / 1024:.1f} KB each, {max(more)} threads more, point reads at {value:.2f} of "
          f"the throughput without; {active:,} active ones at {thousand['rate'] / found['alone']['rate']:.2f} of 64, "
          f"{thousand['rate'] / null['rate']:.2f} of the null server's {active:,} ({thousand['cpu_us']:.2f} us CPU, null "
          f"{null['cpu_us']:.2f})", flush=True)
