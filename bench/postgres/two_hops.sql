\set id random(1, :people)
SELECT count(DISTINCT b.dst) FROM knows a JOIN knows b ON b.src = a.dst WHERE a.src = :id;
