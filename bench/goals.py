# SPDX-License-Identifier: Apache-2.0
"""What is to be reached: each goal names a cell of the figures, one of its metrics, and a bound. All are ratios to something
that was measured in the same run, or amounts that do not depend on how fast the machine is.

The metrics:
  of_null      our rate / the null server's
  of_kernel    the CPU time of the kernel / ours less that of the wire (what the null server costs at the same load)
  x_postgres   our rate / PostgreSQL's
  cpu_us       CPU time of the server for one query, microseconds
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Goal:
    row: str        # of the table of goals
    title: str
    cell: str
    metric: str
    bound: float
    at_most: bool = False

    def reached(self, value):
        return value <= self.bound if self.at_most else value >= self.bound

    def text(self):
        return f"{'<=' if self.at_most else '>='} {self.bound:g}"


def _for(clients, *goals):
    return [Goal(row, f"{title}, {c} clients", f"{cell} {c}", metric, bound, at_most)
            for c in clients for row, title, cell, metric, bound, at_most in goals]


GOALS = [
    *_for((20, 64), ("1", "point read, prepared", "point_read prepared", "of_null", 0.85, False),
          ("1", "point read, prepared", "point_read prepared", "x_postgres", 2.3, False),
          ("1", "point read, prepared", "point_read prepared", "cpu_us", 15, True),
          ("2", "point read, simple, new literals", "point_read simple", "of_null", 0.7, False)),
    Goal("3", "20 x LIMIT 10 at once", "founding limit", "speedup_per_core", 0.95),
    Goal("3", "20 x count at once", "founding count", "speedup_per_core", 0.95),
    Goal("3", "20 x count at once, cores in use", "founding count", "busy", 0.9),
    Goal("3", "20 x count at once, ms", "founding count", "at_once_ms", 5, True),
    Goal("3b", "20 equal counts, work sharing", "sharing equal", "speedup", 10),
    Goal("3b", "20 counts of 20 ages, work sharing", "sharing different", "speedup", 10),
    Goal("3b", "20 equal counts of 2,000,000, work sharing", "sharing equal, large", "speedup", 10),
    Goal("3b", "20 counts of 2,000,000 by 20 ages, work sharing", "sharing different, large", "speedup", 10),
    *_for((20,), ("4", "count with a filter", "filter_count prepared", "x_postgres", 100, False),
          ("4", "count with a filter; 0.18 is 10 x DuckDB", "filter_count prepared", "of_kernel", 0.18, False),
          ("5", "group by, count", "group_by prepared", "x_postgres", 50, False),
          ("5", "group by, count; 0.26 is 5 x DuckDB", "group_by prepared", "of_kernel", 0.26, False),
          ("6", "1 hop with properties", "one_hop prepared", "x_postgres", 3.5, False),
          ("7", "2 hops, distinct", "two_hops prepared", "of_kernel", 0.5, False),
          ("7", "2 hops, distinct", "two_hops prepared", "x_postgres", 15, False),
          ("7", "3 hops, distinct", "three_hops prepared", "of_kernel", 0.5, False),
          ("7", "3 hops, distinct", "three_hops prepared", "x_postgres", 40, False),
          ("8", "shortest path", "shortest_path prepared", "x_postgres", 500, False)),
    Goal("9", "triangles", "triangles prepared 1", "of_kernel", 0.3),
    Goal("9", "older friends, whole graph", "older_friends prepared 1", "of_kernel", 0.3),
    *_for((1,), ("10", "node insert, durable", "insert_node prepared", "x_postgres", 1, False),
          ("10", "relationship insert, durable", "insert_relationship prepared", "x_postgres", 1, False),
          ("10", "update, durable", "update prepared", "x_postgres", 1, False)),
    *_for((20, 64), ("10", "node insert, durable", "insert_node prepared", "x_postgres", 2, False),
          ("10", "relationship insert, durable", "insert_relationship prepared", "x_postgres", 3, False),
          ("10", "update, durable", "update prepared", "x_postgres", 3, False)),
    *_for((64,), ("11", "80 % reads, 20 % updates", "mixed prepared", "x_postgres", 3.5, False)),
    Goal("12", "COPY of friendships, a second", "copy", "friendships_per_second", 1e6),
    Goal("12", "COPY of both with indexes", "copy", "x_postgres", 3),
    Goal("13", "new connection per query, pgbench -C", "connect trust", "of_null", 0.7),
    Goal("13", "the same with SCRAM", "connect scram", "x_postgres", 1),
    Goal("14", "LDBC short reads, geometric mean", "ldbc short", "x_postgres", 2),
    Goal("14", "LDBC complex reads, geometric mean", "ldbc complex", "x_postgres", 10),
    Goal("14", "LDBC, the slowest of all queries", "ldbc worst", "x_postgres", 1),
    Goal("15", "memory a node, bytes beyond properties", "memory", "bytes_per_node", 100, True),
    Goal("15", "memory a relationship, bytes", "memory", "bytes_per_relationship", 40, True),
    Goal("16", "p99 of point reads beside scans", "beside scans", "p99_ratio", 2, True),
    Goal("17", "restart after a clean stop, of read speed", "restart clean", "of_read_speed", 0.5),
    Goal("17", "restart after kill -9, of read speed", "restart killed", "of_read_speed", 0.5),
    Goal("18", "idle connection, KB", "idle", "kilobytes_each", 20, True),
    Goal("18", "point reads beside idle connections", "idle", "rate_ratio", 0.85),
    Goal("18", "point reads of 1,000 active connections, of 64 ones", "idle", "thousand_ratio", 0.85),
    Goal("18", "point reads of 1,000 active connections, of null", "idle", "thousand_of_null", 0.85),
    Goal("18", "threads beside idle connections", "idle", "threads_more", 0, True),
    # The same by Unix-domain sockets, for all servers: what is left when TCP's share, which is everybody's, is gone.
    *_for((20, 64), ("1", "point read by socket", "point_read prepared, socket", "of_null", 0.85, False),
          ("1", "point read by socket", "point_read prepared, socket", "x_postgres", 2.3, False)),
    *_for((20,), ("6", "1 hop with properties by socket", "one_hop prepared, socket", "x_postgres", 3.5, False)),
    *_for((20, 64), ("10", "update by socket, durable", "update prepared, socket", "x_postgres", 3, False)),
    Goal("", "readers beside a long writer", "beside writer", "rate_ratio", 0.85),
]
