MATCH (a: Person)-[: KNOWS]->(b: Person) WHERE b.age > a.age RETURN count(*);
