"""Chaos: the whole site under load while its processes, servers and GitHub fail; every promise checked from outside."""
