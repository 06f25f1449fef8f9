# SPDX-License-Identifier: Apache-2.0
"""The table of goals, for the terminal and for docs/performance.md."""
import datetime
import os
import pathlib
import platform
import subprocess

from goals import GOALS
from servers import ROOT

DOCUMENT = ROOT / "docs/performance.md"


def judged(bench):
    """-> (goal, value or None) of each goal that this run could have measured"""
    return [(goal, bench.get(goal.cell, goal.metric)) for goal in GOALS]


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def print_goals(bench):
    print(f"\n{'row':4}{'goal':52}{'metric':24}{'wanted':>12}{'found':>12}")
    for goal, value in judged(bench):
        if value is not None:
            print(f"{goal.row:4}{goal.title:52}{goal.metric:24}{goal.text():>12}{number(value):>12}  "
                  f"{'reached' if goal.reached(value) else 'MISSED'}")
    found = [goal.reached(value) for goal, value in judged(bench) if value is not None]
    print(f"{sum(found)} of {len(found)} goals reached; {len(GOALS) - len(found)} not measured")


def machine():
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{len(os.sched_getaffinity(0))} cores of {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def goals_markdown(bench):
    lines = ["| row | goal | metric | wanted | found | |", "|---|---|---|---:|---:|---|"]
    for goal, value in judged(bench):
        shown = "-" if value is None else number(value)
        state = "not measured" if value is None else "reached" if goal.reached(value) else "missed"
        lines.append(f"| {goal.row} | {goal.title} | {goal.metric} | {goal.text()} | {shown} | {state} |")
    return "\n".join(lines)


def figures_markdown(bench):
    """Every statement's cell: what the goals' ratios were made of."""
    columns = ("rate", "cpu_us", "null_rate", "null_cpu_us", "kernel_cpu_us", "postgres_rate", "postgres_cpu_us")
    lines = ["| workload, mode, clients | elegraph/s | us CPU | null/s | null us CPU | kernel us | PostgreSQL/s | PostgreSQL us CPU |",
             "|---|" + "---:|" * len(columns)]
    for cell, metrics in bench.figures.items():
        if "kernel_cpu_us" in metrics or "null_rate" in metrics and "null_cpu_us" in metrics or "cpu_us" in metrics:
            values = (number(metrics[c]) if metrics.get(c) is not None else "-" for c in columns)
            lines.append(f"| {cell} | " + " | ".join(values) + " |")
    return "\n".join(lines)


def commit():
    done = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def replace_block(text, name, block):
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, found, rest = text.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found or not found_end:
        raise SystemExit(f"{DOCUMENT} has no block {name}")
    return f"{head}{begin}\n{block}\n{end}{tail}"


def write_document(bench):
    """Fills the marked blocks of docs/performance.md with this run's figures."""
    text = DOCUMENT.read_text(encoding="utf-8")
    today = datetime.date.today().isoformat()
    text = replace_block(text, "run", f"Measured on {today} at commit {commit()}: {machine()}; {bench.people:,} people, "
                         f"{bench.friendships:,} friendships; {bench.options.rounds} rounds of {bench.options.seconds:g} s a cell, medians.")
    text = replace_block(text, "goals", goals_markdown(bench))
    text = replace_block(text, "figures", figures_markdown(bench))
    text = replace_block(text, "plots", "\n\n".join(bench.plots))
    DOCUMENT.write_text(text, encoding="utf-8")
    print(f"wrote {DOCUMENT.relative_to(ROOT)}")


