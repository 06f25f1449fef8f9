MATCH (a: Person)-[: KNOWS]->(b)-[: KNOWS]->(c)-[: KNOWS]->(a) RETURN count(*);
