#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures Elegraph beside what the machine allows (a null server, hand-written kernels) and beside PostgreSQL where that is
installed, and says which goals are reached. Run it as ./dev bench.

Every figure stands beside the others of the same run, in alternating rounds: compare ratios, not runs on different days.

Examples:
  ./dev bench                              all rows, in about twenty minutes
  ./dev bench --quick                      the same with a small graph and short rounds: does it work?
  ./dev bench --only point_read,two_hops   some rows
  ./dev bench --check                      against baseline.json; fails when a ratio has lost more than a tenth
  ./dev bench --document                   all rows and plots, into docs/performance.md, docs/performance/ and baseline.json
"""
import argparse
import pathlib
import sys
import tempfile
import time

import baseline
import files
import founding
import ldbc
import load
import report
import scaling
import sessions
import statements
from servers import ROOT
from setting import Bench

# In this order: what changes the graph comes last.
PARTS = {
    "founding": founding.report,
    "connections": sessions.connections,
    "beside_scans": sessions.beside_scans,
    "idle": sessions.idle,
    "ldbc": ldbc.report,
    "beside_writer": sessions.beside_writer,
    "restarts": files.restarts,
}
BEFORE_WRITES = ("founding", "connections", "beside_scans", "idle", "ldbc")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, help="100,000 (10,000 with --quick)")
    parser.add_argument("--friendships", type=int, help="1,500,000 (100,000 with --quick)")
    parser.add_argument("--seconds", type=float, help="of each measurement: 2 (1 with --quick)")
    parser.add_argument("--rounds", type=int, help="measurements of each cell, whose median counts: 3 (1 with --quick)")
    parser.add_argument("--clients", type=lambda text: [int(c) for c in text.split(",")], help="these numbers of clients instead of 1,20,64")
    parser.add_argument("--only", default="", help="workloads and parts, comma separated: " + ", ".join(
        [*dict.fromkeys(w.name for w in statements.READS + statements.WRITES), *PARTS]))
    parser.add_argument("--no-postgres", action="store_true")
    parser.add_argument("--build", default=str(ROOT / "build/release"), help="build folder with the programs")
    parser.add_argument("--data", help="folder with people.csv and knows.csv, made if they are not there; kept")
    parser.add_argument("--ldbc", type=pathlib.Path, default=ROOT.parent / "shared/ldbc", help="folder with LDBC's data and runner")
    parser.add_argument("--ldbc-queries", help="folder with LDBC's interactive-*.cypher")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true", help="compare with the baseline")
    parser.add_argument("--update-baseline", action="store_true")
    parser.add_argument("--plots", action="store_true", help="make the plots")
    parser.add_argument("--largest-graph", type=int, help="of the plots, in relationships: 50,000,000")
    parser.add_argument("--document", action="store_true", help="measure all, make the plots, fill docs/performance.md and write the baseline")
    options = parser.parse_args()
    for name, full, quick in (("people", 100_000, 10_000), ("friendships", 1_500_000, 100_000), ("seconds", 2, 1),
                              ("rounds", 3, 1), ("largest_graph", 50_000_000, 100_000)):
        if getattr(options, name) is None:
            setattr(options, name, quick if options.quick else full)
    options.no_postgres |= options.check or options.update_baseline or (options.plots and not options.document)
    return options


def measure(bench):
    only = [name for name in bench.options.only.split(",") if name]

    def chosen(workloads):
        return [w for w in workloads if not only or w.name in only]

    def part(name):
        if not only or name in only:
            PARTS[name](bench)

    statements.check_answers(bench)
    statements.report(bench, chosen(statements.READS))
    for name in BEFORE_WRITES:
        part(name)
    if bench.options.document:
        baseline.update(bench)
    statements.report(bench, chosen(statements.WRITES))
    for name in PARTS:
        if name not in BEFORE_WRITES:
            part(name)
    report.print_goals(bench)


def main():
    options = arguments()
    begun = time.time()
    with tempfile.TemporaryDirectory(prefix="elegraph-bench-data-") as scratch:
        folder = pathlib.Path(options.data or scratch)
        if not (folder / "knows.csv").exists():
            load.social_network(options.build, folder, options.people, options.friendships)
        bench = Bench(options, folder)
        good = True
        try:
            print(f"{report.machine()}\n{options.people:,} people, {options.friendships:,} friendships, "
                  f"{options.rounds} rounds of {options.seconds:g} s")
            if options.check or options.update_baseline:
                bench.elegraph.load(folder)
                statements.check_answers(bench)
            if options.update_baseline:
                baseline.update(bench)
            elif options.check:
                good = baseline.check(bench)
            else:
                files.load_all(bench)
                if not options.plots or options.document:
                    measure(bench)
                if options.plots or options.document:
                    scaling.report(bench)
                if options.document:
                    report.write_document(bench)
        finally:
            bench.close()
    print(f"{time.time() - begun:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
