"""The sample projects are for type checkers: pytest runs none of their tests."""

collect_ignore = ["accepted", "refused"]
