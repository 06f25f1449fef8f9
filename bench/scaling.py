# SPDX-License-Identifier: Apache-2.0
"""`--plots`: how throughput grows with cores and clients, and what it costs on larger graphs. SVG files in docs/performance/."""
import pathlib
import tempfile

import load
import servers
import svg
from servers import ROOT
from setting import alternate

FOLDER = ROOT / "docs/performance"
CLIENTS = (1, 8, 20, 64, 256)
GRAPHS = {100_000: 10_000, 1_000_000: 100_000, 10_000_000: 1_000_000, 50_000_000: 5_000_000}  # friendships: people
STATEMENTS = ("point_read", "one_hop", "two_hops", "three_hops", "filter_count", "update")


def rate(server, name, people, seconds, clients=20):
    return alternate(1, it=lambda: load.pgbench(server, (name,), clients=clients, seconds=seconds, people=people)
                     ).get("it", {}).get("rate")


def lines(names, xs, measure):
    """-> {name: [(x, rate), ...]}, without what could not be measured"""
    series = {name: [(x, y) for x in xs if (y := measure(name, x))] for name in names}
    return {name: line for name, line in series.items() if line}


def by_clients(bench):
    def measure(name, clients):
        server, script = (bench.null, "point_read") if name == "null server" else (bench.elegraph, name)
        return rate(server, script, bench.people, bench.options.seconds, clients)

    svg.plot(FOLDER / "clients.svg", "Statements a second over clients", "clients", "statements/s",
             lines(("null server", *STATEMENTS), CLIENTS, measure))


def by_cores(bench):
    """The server alone is kept on the first cores; pgbench has all, and takes its part of them."""
    def measure(name, cores):
        bench.elegraph.pin(f"0-{cores - 1}")
        return rate(bench.elegraph, name, bench.people, bench.options.seconds)

    counts = sorted({1, *(c for c in (2, 4, 8, 16, 32) if c <= bench.cores), bench.cores})
    svg.plot(FOLDER / "cores.svg", "Statements a second over the server's cores, 20 clients", "cores", "statements/s",
             lines(STATEMENTS, counts, measure))
    bench.elegraph.pin(f"0-{bench.cores - 1}")


def by_size(bench):
    series = {name: [] for name in STATEMENTS}
    limit = bench.options.largest_graph
    for friendships, people in GRAPHS.items():
        if friendships > limit:
            continue
        with tempfile.TemporaryDirectory(prefix="elegraph-bench-size-") as folder:
            load.social_network(bench.options.build, folder, people, friendships)
            server = servers.Elegraph(bench.options.build)
            try:
                server.load(folder)
                for name in STATEMENTS:
                    if found := rate(server, name, people, bench.options.seconds):
                        series[name].append((friendships, found))
                print(f"  {friendships:,} friendships: {servers.resident_bytes(server.pid) / 2**20:,.0f} MiB resident", flush=True)
            finally:
                server.close()
    svg.plot(FOLDER / "size.svg", "Statements a second over relationships, 20 clients", "relationships", "statements/s",
             {name: line for name, line in series.items() if line})


def report(bench):
    pathlib.Path(FOLDER).mkdir(parents=True, exist_ok=True)
    by_clients(bench)
    by_cores(bench)
    by_size(bench)
    bench.plots = [f"![{path.stem}](performance/{path.name})" for path in sorted(FOLDER.glob("*.svg"))]
    print(f"wrote {', '.join(sorted(p.name for p in FOLDER.glob('*.svg')))} in {FOLDER.relative_to(ROOT)}")
