\set id random(1, :people)
\set age random(18, 80)
MATCH (n: Person {id: :id}) SET n.age = :age;
