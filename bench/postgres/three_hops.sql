\set id random(1, :people)
SELECT count(DISTINCT c.dst) FROM knows a JOIN knows b ON b.src = a.dst JOIN knows c ON c.src = b.dst WHERE a.src = :id;
