"""The worker's side: claim, match, call, record."""
