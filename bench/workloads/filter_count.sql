MATCH (n: Person) WHERE n.age > 30 RETURN count(*);
