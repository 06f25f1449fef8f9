# SPDX-License-Identifier: Apache-2.0
"""`--check` and `--update-baseline`: ratios to the null server and the kernels, against those in baseline.json. Never absolute
times: the file holds on machines of other speeds.

A ratio of throughputs tells of waiting, a ratio of CPU times of work; the second holds still when others use the machine.
Ours and the ceiling alternate in short rounds. A cell that seems to have lost is measured again, with more rounds, before it counts.
"""
import json
import pathlib

import founding
import statements
from setting import alternate
from statements import Workload

FILE = pathlib.Path(__file__).resolve().parent / "baseline.json"
TOLERANCE = 0.10
# Not with one client: two threads that wake each other in turn are at the mercy of the scheduler.
CELLS = [(Workload("point_read", null=True), 20), (Workload("point_read", null=True), 64),
         (Workload("point_read", mode="simple", null=True), 20), (Workload("point_read", mode="extended", null=True), 20),
         (Workload("filter_count", kernel=True), 20), (Workload("group_by", kernel=True), 20),
         (Workload("two_hops", kernel=True), 20), (Workload("three_hops", kernel=True), 20),
         (Workload("shortest_path", kernel=True), 20), (Workload("triangles", kernel=True), 1),
         (Workload("older_friends", kernel=True), 1)]
RATIOS = ("of_null", "of_null_cpu", "of_kernel")


def measured(bench, rounds):
    """-> {name: function that measures the cell and gives its ratios}"""
    def cell(workload, clients):
        found = statements.compare(bench, workload, clients, rounds=rounds(), with_postgres=False)
        return {name: found[name] for name in RATIOS if name in found}

    cells = {f"{w.name} {w.mode} {c}": lambda w=w, c=c: cell(w, c) for w, c in CELLS}
    for name, texts, setup in (("founding count", [founding.COUNT.format(age=30)], ["SET graph.share_work = off"]),
                               ("sharing different", [founding.COUNT.format(age=20 + i) for i in range(20)], [])):
        cells[name] = lambda texts=texts, setup=setup: {"speedup": alternate(
            rounds(), ours=lambda: founding.run(bench, bench.elegraph, texts, setup))["ours"]["speedup"]}
    return cells


def lost(found, wanted):
    """What could not be measured has been lost as well."""
    return [name for name, value in wanted.items() if found.get(name, 0) < value * (1 - TOLERANCE)]


def update(bench):
    figures = {name: {k: round(v, 3) for k, v in measure().items()} for name, measure in measured(bench, lambda: 5).items()}
    FILE.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {FILE.name}: {len(figures)} cells")


def check(bench):
    """True when no cell has lost more than a tenth."""
    if not FILE.exists():
        raise SystemExit(f"there is no {FILE.name}: write one with --update-baseline")
    wanted, failed = json.loads(FILE.read_text(encoding="utf-8")), 0
    rounds = 5
    for name, measure in measured(bench, lambda: rounds).items():
        if name not in wanted:
            continue
        found = {}
        for rounds in (5, 9, 15):
            for ratio, value in measure().items():  # the best of all attempts: noise takes, it does not give
                found[ratio] = max(value, found.get(ratio, 0))
            less = lost(found, wanted[name])
            if not less:
                break
        shown = ", ".join(f"{k} {v:.3f} (was {wanted[name].get(k, 0):.3f})" for k, v in found.items())
        print(f"{'LOST ' if less else 'ok   '}{name:28}{shown}", flush=True)
        failed += bool(less)
    print(f"{failed} of {len(wanted)} cells lost more than {TOLERANCE:.0%}" if failed else f"all {len(wanted)} cells hold")
    return not failed
