\set id random(1, :people)
SELECT name, age FROM person WHERE id = :id;
