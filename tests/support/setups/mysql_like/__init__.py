"""A database backend that says it is MySQL: what is refused is refused by that word alone, before any query."""
