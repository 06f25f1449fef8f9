# SPDX-License-Identifier: Apache-2.0
"""The model that statements are evaluated on, and the random graphs that it begins with."""
TEXTS = ("ab", "abc", "b", "ba", "c", "xyz", "a longer text that is out of line", "a longer text too")
LABEL_SETS = ((), ("A",), ("A",), ("A",), ("B",), ("B",), ("C",), ("A", "B"), ("A", "C", "D"), ("D",))
# Nodes and relationships; the small ones have what the large ones hardly ever have: nothing.
SIZES = ((6, 9), (25, 50), (40, 90))


class Node:
    def __init__(self, labels, properties):
        self.labels = set(labels)
        self.properties = dict(properties)
        self.outgoing = []
        self.incoming = []


class Relationship:
    def __init__(self, kind, start, end, properties):
        self.kind = kind
        self.start = start
        self.end = end
        self.properties = dict(properties)


class Graph:
    def __init__(self):
        self.nodes = []
        self.relationships = []

    def add_node(self, labels, properties):
        node = Node(labels, {key: value for key, value in properties.items() if value is not None})
        self.nodes.append(node)
        return node

    def add_relationship(self, kind, start, end, properties):
        relationship = Relationship(kind, start, end, properties)
        self.relationships.append(relationship)
        start.outgoing.append(relationship)
        end.incoming.append(relationship)
        return relationship

    def remove_relationship(self, relationship):
        self.relationships.remove(relationship)
        relationship.start.outgoing.remove(relationship)
        relationship.end.incoming.remove(relationship)

    def copy(self):
        graph = Graph()
        twins = {node: graph.add_node(node.labels, node.properties) for node in self.nodes}
        for r in self.relationships:
            graph.add_relationship(r.kind, twins[r.start], twins[r.end], r.properties)
        return graph

    def has_keys(self):
        """Whether every node and relationship has its own k, so that an order by it is total."""
        return all("k" in entity.properties for entity in (*self.nodes, *self.relationships))

    def state(self):
        """What the database's state is compared with: nodes, and relationships with their ends."""
        return (sorted(node_state(n.labels, n.properties) for n in self.nodes),
                sorted(relationship_state(r.kind, r.properties, (r.start.labels, r.start.properties), (r.end.labels, r.end.properties))
                       for r in self.relationships))


def node_state(labels, properties):
    return f"{sorted(labels)} {sorted(properties.items())}"


def relationship_state(kind, properties, start, end):
    return f"{kind} {sorted(properties.items())} from {node_state(*start)} to {node_state(*end)}"


def some(random, chance, values):
    return random.choice(values) if random.random() < chance else None


def random_graph(random):
    graph = Graph()
    nodes, relationships = random.choice(SIZES)
    for k in range(nodes):
        graph.add_node(random.choice(LABEL_SETS), {
            "k": k,
            "i": some(random, .85, range(12)),
            "s": some(random, .8, TEXTS),
            "f": some(random, .5, (0.0, 1.0, 1.5, 2.0, 7.25, -3.0)),
            "b": some(random, .5, (True, False)),
            "m": some(random, .5, (1, 2, 3, "ab", "b", 1.5, True)),
        })
    hub = random.choice(graph.nodes)
    for k in range(relationships):
        start = hub if random.random() < .1 else random.choice(graph.nodes)
        end = random.choice((hub, hub, start)) if random.random() < .15 else random.choice(graph.nodes)
        properties = {"k": k, "w": some(random, .7, range(8)), "s": some(random, .4, TEXTS[:3])}
        graph.add_relationship(random.choice("RRST"), start, end, {key: v for key, v in properties.items() if v is not None})
    return graph
