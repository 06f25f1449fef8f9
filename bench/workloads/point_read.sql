\set id random(1, :people)
MATCH (n: Person {id: :id}) RETURN n.name, n.age;
