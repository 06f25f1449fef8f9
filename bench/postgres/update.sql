\set id random(1, :people)
\set age random(18, 80)
UPDATE person SET age = :age WHERE id = :id;
