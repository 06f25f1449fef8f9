#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads the social network and measures, beside PostgreSQL where it is installed. Run it as ./dev bench.

Every figure of one server stands beside the other's from the same run: compare the ratios, not runs on different days.
"""
import argparse
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

import founding
import generate
from servers import Elegraph, Postgres, cpu_seconds, resident_mb

READS = ["point_read", "filter_limit", "filter_count", "group_by", "one_hop", "two_hops", "three_hops", "shortest_path"]
WRITES = ["insert_node", "insert_relationship", "update"]


def pgbench(server, scripts, mode, clients, seconds, people):
    """-> (transactions a second, server CPU in microseconds each)"""
    command = ["pgbench", "-h", "127.0.0.1", "-p", str(server.port), "-U", server.user, "-n", "-M", mode, "-c", str(clients),
               "-j", str(min(2, clients)), "-T", str(seconds), "-D", f"people={people}"]
    for script in scripts:
        name, _, weight = script.partition("@")
        command += ["-f", str(server.scripts / f"{name}.sql") + ("@" + weight if weight else "")]
    before = cpu_seconds(server.pid)
    done = subprocess.run([*command, server.database], capture_output=True, text=True)
    spent = cpu_seconds(server.pid) - before
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
    count = re.search(r"actually processed: (\d+)", done.stdout)
    if done.returncode or not rate:
        return None, done.stderr.strip().splitlines()[-1:] or ["?"]
    return float(rate[1]), spent * 1e6 / max(1, int(count[1]))


def measure(servers, scripts, options, clients):
    cells = {}
    for server in servers:
        if not all((server.scripts / f"{s.partition('@')[0]}.sql").exists() for s in scripts):
            continue
        runs = [pgbench(server, scripts, options.mode, clients, options.seconds, options.people)
                for _ in range(options.repeat)]
        good = [r for r in runs if r[0] is not None]
        if not good:
            print(f"  {server.name}: {runs[0][1][0]}")
            continue
        cells[server.name] = (statistics.median(r[0] for r in good), statistics.median(r[1] for r in good))
    return cells


def print_row(name, clients, cells):
    ours, theirs = cells.get("elegraph"), cells.get("postgres")
    row = f"{name:22}{clients:>5}"
    row += f"{ours[0]:>14,.1f}{ours[1]:>10,.1f}" if ours else f"{'-':>14}{'-':>10}"
    row += f"{theirs[0]:>14,.1f}{theirs[1]:>10,.1f}" if theirs else f"{'-':>14}{'-':>10}"
    row += f"{ours[0] / theirs[0]:>9.2f}x" if ours and theirs else f"{'-':>10}"
    print(row, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--friendships", type=int, default=1_500_000)
    parser.add_argument("--seconds", type=int, default=3, help="of each pgbench run")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each cell; the median is shown")
    parser.add_argument("--clients", default="1,20,64")
    parser.add_argument("--mode", default="prepared", choices=["simple", "extended", "prepared"])
    parser.add_argument("--only", default="", help="workloads, comma separated")
    parser.add_argument("--no-postgres", action="store_true")
    parser.add_argument("--binary", help="the elegraph to measure (default: build/release/elegraph)")
    parser.add_argument("--data", help="folder with people.csv and knows.csv, kept between runs")
    options = parser.parse_args()

    folder = pathlib.Path(options.data or tempfile.mkdtemp(prefix="elegraph-bench-data-"))
    if not (folder / "knows.csv").exists():
        generate.generate(folder, options.people, options.friendships, seed=7)
    servers = [Elegraph(options.binary)]
    if Postgres.installed() and not options.no_postgres:
        servers.append(Postgres())
    try:
        print(f"{options.people:,} people, {options.friendships:,} friendships; pgbench -M {options.mode}")
        for server in servers:
            before = resident_mb(server.pid)
            people, friendships = server.load(folder)
            print(f"load {server.name}: {options.people / people:,.0f} people/s, "
                  f"{options.friendships / friendships:,.0f} friendships/s"
                  + (f", {resident_mb(server.pid) - before:,.0f} MiB more" if server.name == "elegraph" else ""))
        only = [w for w in options.only.split(",") if w]
        if not only or "founding" in only:
            for server in servers:
                founding.report(server)
        print(f"{'workload':22}{'cl':>5}{'elegraph/s':>14}{'us CPU':>10}{'postgres/s':>14}{'us CPU':>10}{'ratio':>10}")
        for name in READS + WRITES + ["mixed"]:
            if only and name not in only:
                continue
            scripts = ["point_read@4", "one_hop@4", "update@2"] if name == "mixed" else [name]
            for clients in map(int, options.clients.split(",")):
                print_row(name, clients, measure(servers, scripts, options, clients))
    finally:
        for server in servers:
            server.close()


if __name__ == "__main__":
    begun = time.time()
    main()
    print(f"{time.time() - begun:.0f} s")
