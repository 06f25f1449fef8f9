\set a random(1, :people)
\set b random(1, :people)
INSERT INTO knows VALUES (:a, :b);
