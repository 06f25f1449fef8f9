# SPDX-License-Identifier: Apache-2.0
"""The model's graph in a database, and the database's state as the model shows its own."""
from graph import node_state, relationship_state
from values import literal

INDEXES = (
    "CREATE INDEX FOR (n:A) ON (n.i)",
    "CREATE INDEX FOR (n:A) ON (n.s)",
    "CREATE INDEX FOR (n:B) ON (n.i, n.s)",
    "CREATE INDEX FOR (n:A) ON (n.b, n.i, n.k)",
    "CREATE INDEX FOR (n:B) ON (n.k)",
    "CREATE INDEX FOR (n:B) ON (n.m)",
    "CREATE INDEX FOR (n:B) ON (n.m, n.f, n.k)",
    "CREATE INDEX FOR (n:C) ON (n.m)",
    "CREATE INDEX FOR (n:D) ON (n.k)",
    "CREATE INDEX FOR (n:E) ON (n.z)",
    "CREATE INDEX FOR ()-[r:R]-() ON (r.w)",
    "CREATE INDEX FOR ()-[r:R]-() ON (r.w, r.s, r.k)",
    "CREATE INDEX FOR ()-[r:S]-() ON (r.s)",
    "CREATE CONSTRAINT FOR (n:A) REQUIRE n.k IS UNIQUE",
)


def load(connection, graph):
    names = {node: f"n{i}" for i, node in enumerate(graph.nodes)}
    connection.simple("CREATE " + ", ".join(f"({name}{''.join(f':{label}' for label in sorted(node.labels))} {properties(node)})"
                                            for node, name in names.items()))
    for r in graph.relationships:
        connection.simple(f"MATCH (a {{k: {r.start.properties['k']}}}), (b {{k: {r.end.properties['k']}}}) "
                          f"CREATE (a)-[:{r.kind} {properties(r)}]->(b)")


def properties(entity):
    return "{" + ", ".join(f"{key}: {literal(value)}" for key, value in entity.properties.items()) + "}"


def state(connection):
    nodes = connection.simple("MATCH (n) RETURN labels(n), properties(n)")
    relationships = connection.simple("MATCH (a)-[r]->(b) RETURN type(r), properties(r), labels(a), properties(a), "
                                      "labels(b), properties(b)")
    return (sorted(node_state(*row) for row in nodes),
            sorted(relationship_state(kind, values, row[:2], row[2:]) for kind, values, *row in relationships))
