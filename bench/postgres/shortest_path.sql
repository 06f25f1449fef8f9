\set a random(1, :people)
\set b random(1, :people)
WITH RECURSIVE reached(id, steps) AS (VALUES (:a::int8, 0) UNION SELECT dst, steps + 1 FROM reached JOIN knows ON src = id WHERE steps < 6) SELECT steps FROM reached WHERE id = :b LIMIT 1;
