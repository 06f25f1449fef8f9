\set id random(1, :people)
SELECT p.id, p.name FROM knows k JOIN person p ON p.id = k.dst WHERE k.src = :id;
