# SPDX-License-Identifier: Apache-2.0
"""Row 14: LDBC's interactive reads, where the data and the runner (--ldbc) and the query texts (--ldbc-queries) are
there. PostgreSQL's times are those that the folder's RESULTS.md gives for LDBC's SQL."""
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from servers import Elegraph

PACKAGE = "ldbc-sf01"


def postgres_times(text):
    """-> {query: typical milliseconds}, from the table whose first columns are query, bindings, rows, PG typical"""
    rows = re.findall(r"^\| ((?:short|complex)-\d+) \|[^|]*\|[^|]*\| ([\d.,]+) \|", text, re.M)
    return {name: float(value.replace(",", "")) for name, value in rows}


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def run(bench, folder, queries):
    server = Elegraph(bench.options.build)
    runner = [sys.executable, str(folder / "run_ldbc.py")]
    try:
        subprocess.run([*runner, "load", "--package", str(folder / f"data/{PACKAGE}.tar.zst"), "--port", str(server.port)],
                       check=True, stdout=subprocess.DEVNULL)
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            subprocess.run([*runner, "run", "--expected", str(folder / f"expected/{PACKAGE}.json"), "--queries", queries,
                            "--port", str(server.port), "--repeat", "5", "--timeout", "30", "--out", out.name],
                           stdout=subprocess.DEVNULL)
            return json.loads(pathlib.Path(out.name).read_text(encoding="utf-8"))
    finally:
        server.close()


def report(bench):
    folder, queries = bench.options.ldbc, bench.options.ldbc_queries
    if not queries or not (folder / f"data/{PACKAGE}.tar.zst").exists():
        print("LDBC: skipped, it needs its data and runner (--ldbc) and the query texts (--ldbc-queries)")
        return
    times = postgres_times((folder / "RESULTS.md").read_text(encoding="utf-8"))
    found = {}
    for result in run(bench, folder, queries):
        name = result["query"].removeprefix("interactive-")
        if not result["ok"] or result["median_ms"] is None:
            bench.note(f"LDBC {name} #{result['binding']}: {result['problem']}")
        else:
            found.setdefault(name, []).append(result["median_ms"])
    factors = {name: times[name] / statistics.median(taken) for name, taken in found.items() if name in times}
    for kind in ("short", "complex"):
        of_kind = {name: factor for name, factor in factors.items() if name.startswith(kind)}
        if not of_kind:
            continue
        mean = geometric_mean(of_kind.values())
        bench.put(f"ldbc {kind}", x_postgres=mean, answered=len(of_kind))
        worst = sorted(of_kind.items(), key=lambda item: item[1])[:3]
        print(f"LDBC {kind} reads: {mean:.1f} x PostgreSQL in the geometric mean of {len(of_kind)}; the slowest "
              + ", ".join(f"{name} {factor:.2f} x" for name, factor in worst), flush=True)
    if factors:
        bench.put("ldbc worst", x_postgres=min(factors.values()))
