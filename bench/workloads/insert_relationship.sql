\set a random(1, :people)
\set b random(1, :people)
MATCH (a: Person {id: :a}), (b: Person {id: :b}) CREATE (a)-[: KNOWS]->(b);
