"""Chaos: the whole site under load while its processes, its servers and GitHub fail; promises seen from outside."""
