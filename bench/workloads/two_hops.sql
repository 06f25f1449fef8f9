\set id random(1, :people)
MATCH (n: Person {id: :id})-[: KNOWS]->()-[: KNOWS]->(m) RETURN count(DISTINCT m);
