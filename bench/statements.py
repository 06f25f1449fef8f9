# SPDX-License-Identifier: Apache-2.0
"""Rows 1, 2 and 4 to 11: statements under pgbench, ours beside the null server, the kernels and PostgreSQL."""
import dataclasses

import load
from setting import in_rounds, medians, ratio


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    scripts: tuple = ()
    mode: str = "prepared"
    clients: tuple = (1, 20, 64)
    null: bool = False     # the null server's reply has this one's shape
    kernel: bool = False   # csr_kernel has a kernel of this name
    socket: bool = False   # by Unix-domain sockets instead of the loopback's TCP, all servers alike

    def files(self):
        return self.scripts or (self.name,)

    def title(self):
        return self.mode + (", socket" if self.socket else "")


READS = [Workload("point_read", null=True), Workload("point_read", mode="simple", null=True),
         Workload("filter_limit"), Workload("filter_count", kernel=True), Workload("group_by", kernel=True), Workload("one_hop"),
         Workload("two_hops", kernel=True), Workload("three_hops", kernel=True), Workload("shortest_path", kernel=True),
         Workload("triangles", clients=(1,), kernel=True), Workload("older_friends", clients=(1,), kernel=True),
         Workload("point_read", null=True, socket=True), Workload("one_hop", socket=True)]
WRITES = [Workload("insert_node"), Workload("insert_relationship"), Workload("update"),
          Workload("mixed", ("point_read@4", "one_hop@4", "update@2")), Workload("update", socket=True)]

ANSWERS = {  # kernel: statement of one row, with ids for {a} and {b}
    "filter_count": "MATCH (n:Person) WHERE n.age > 30 RETURN count(*)",
    "group_by": "MATCH (n:Person) RETURN count(DISTINCT n.age)",
    "older_friends": "MATCH (a:Person)-[:KNOWS]->(b:Person) WHERE b.age > a.age RETURN count(*)",
    "two_hops": "MATCH (n:Person {{id: {a}}})-[:KNOWS]->()-[:KNOWS]->(m) RETURN count(DISTINCT m)",
    "three_hops": "MATCH (n:Person {{id: {a}}})-[:KNOWS]->()-[:KNOWS]->()-[:KNOWS]->(m) RETURN count(DISTINCT m)",
    "shortest_path": "MATCH (a:Person {{id: {a}}}), (b:Person {{id: {b}}}), p = shortestPath((a)-[:KNOWS*]->(b)) RETURN length(p)",
}


def check_answers(bench):
    """A fast wrong answer is none: a sample of ours against the kernels'."""
    ids = [1 + i * 7919 % bench.people for i in range(6)]
    for kernel, text in ANSWERS.items():
        for a, b in zip(ids, ids[1:]) if "{a}" in text else [(1, 1)]:
            ours = bench.elegraph.psql(text.format(a=a, b=b))
            right = bench.kernel.answer(kernel, a, b)
            if int(ours or -1) != right:
                raise SystemExit(f"{kernel} of {a} and {b}: {ours} where {right} is right")


def measure(bench, workload, clients):
    """One cell: -> its metrics, also kept in the figures."""
    cell = compare(bench, workload, clients)
    if cell:
        bench.put(f"{workload.name} {workload.title()} {clients}", **cell)
    return cell


def compare(bench, workload, clients, rounds=None, with_postgres=True):
    """-> the metrics of one cell, {} where ours fails."""
    options = bench.options
    seconds = options.seconds

    def run(server):
        return lambda: load.pgbench(server, workload.files(), mode=workload.mode, clients=clients, seconds=seconds,
                                    people=bench.people, socket=workload.socket)

    runs = {"ours": run(bench.elegraph)}
    if workload.null or workload.kernel:
        # The wire's share of a kernel's row is what the null server takes for a point read at the same load.
        runs["null"] = lambda: load.pgbench(bench.null, ("point_read",), mode=workload.mode, clients=clients, seconds=seconds,
                                            people=bench.people, socket=workload.socket)
    if workload.kernel:
        runs["kernel"] = lambda: bench.kernel.rate(workload.name, 1, min(1.0, seconds))
    postgres = bench.postgres if with_postgres else None
    if postgres and all(postgres.script(f.partition("@")[0]) for f in workload.files()):
        mode = "simple" if workload.name == "shortest_path" else workload.mode
        runs["postgres"] = lambda: load.pgbench(postgres, workload.files(), mode=mode, clients=clients, seconds=seconds,
                                                people=bench.people, socket=workload.socket)
    # Ratios are taken within a round, where both sides met the same machine.
    return medians([metrics(found, workload) for found in in_rounds(rounds or options.rounds, **runs) if "ours" in found])


def metrics(found, workload):
    ours, null, kernel, postgres = (found.get(name, {}) for name in ("ours", "null", "kernel", "postgres"))
    cell = {"rate": ours["rate"], "cpu_us": ours["cpu_us"], "null_rate": null.get("rate"), "null_cpu_us": null.get("cpu_us"),
            "kernel_cpu_us": kernel.get("cpu_us"), "postgres_rate": postgres.get("rate"), "postgres_cpu_us": postgres.get("cpu_us"),
            "x_postgres": ratio(ours["rate"], postgres.get("rate"))}
    if workload.null:
        cell["of_null"] = ratio(ours["rate"], null.get("rate"))
        cell["of_null_cpu"] = ratio(null.get("cpu_us"), ours["cpu_us"])
    if workload.kernel:
        cell["of_kernel"] = ratio(kernel.get("cpu_us"), max(ours["cpu_us"] - null.get("cpu_us", 0), kernel.get("cpu_us", 0) / 100))
    return {name: value for name, value in cell.items() if value is not None}


HEADER = (f"{'workload':26}{'cl':>4}{'elegraph/s':>13}{'us CPU':>10}{'null/s':>11}{'kernel us':>11}{'postgres/s':>12}"
          f"{'of null':>9}{'of kern':>9}{'x pg':>9}")


def line(workload, clients, cell):
    def number(name, width, digits):
        value = cell.get(name)
        return f"{'-':>{width}}" if value is None else f"{value:>{width},.{digits}f}"

    name = workload.name + ("" if workload.title() == "prepared" else ", " + workload.title().removeprefix("prepared, "))
    ceiling = cell.get("null_rate") if workload.null else None
    return (f"{name:26}{clients:>4}" + number("rate", 13, 1) + number("cpu_us", 10, 1)
            + (f"{ceiling:>11,.0f}" if ceiling else f"{'-':>11}") + number("kernel_cpu_us", 11, 1) + number("postgres_rate", 12, 1)
            + number("of_null", 9, 2) + number("of_kernel", 9, 2) + number("x_postgres", 9, 2))


def report(bench, workloads):
    if workloads:
        print(f"\n{HEADER}")
    for workload in workloads:
        for clients in (bench.options.clients or workload.clients) if len(workload.clients) > 1 else workload.clients:
            cell = measure(bench, workload, clients)
            if cell:
                print(line(workload, clients, cell), flush=True)
