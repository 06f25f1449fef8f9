SELECT count(*) FROM knows JOIN person a ON a.id = src JOIN person b ON b.id = dst WHERE b.age > a.age;
