# SPDX-License-Identifier: Apache-2.0
"""The length of a shortest path between two nodes. Which path it is nobody can say, so that it goes no further."""
from draft import Clause, of_kind
from matching import RelationshipPattern
from patterns import TYPES


def shortest_path(draft, scope):
    start, end = (draft.pick(of_kind(scope, "node")) for _ in range(2))
    fewest, most = draft.pick((0, 1)), draft.random.randint(1, 5)
    step = RelationshipPattern("", "", draft.pick(TYPES), draft.pick("><-"), (), [])
    path, length = draft.name("p"), draft.name("x")
    walk = f"[{':' if step.types else ''}{'|'.join(step.types)}*{fewest}..{most}]"
    text = (f"MATCH {path} = shortestPath(({start}){'<' if step.direction == '<' else ''}-{walk}-"
            f"{'>' if step.direction == '>' else ''}({end})) WITH {', '.join(scope)}, length({path}) AS {length}")

    def run(rows):
        lengths = ((row, distance(draft, step, row[start], row[end])) for row in rows)
        return [{**row, length: steps} for row, steps in lengths if steps is not None and fewest <= steps <= most]
    return Clause(text, {**scope, length: "value"}, run)


def distance(draft, step, start, end):
    """Steps of a shortest path, breadth first; none from a node to itself."""
    if start is None or end is None:
        return None
    frontier, seen, steps = [start], {start}, 0
    while frontier and end not in seen:
        neighbours = [neighbour for node in frontier for _, neighbour in step.steps(node, {})]
        draft.spend(len(neighbours))
        frontier, steps = [node for node in dict.fromkeys(neighbours) if node not in seen], steps + 1
        seen.update(frontier)
    return steps if end in seen else None
