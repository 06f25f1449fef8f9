\set id random(1, :people)
MATCH (n: Person {id: :id})-[: KNOWS]->(m: Person) RETURN m.id, m.name;
