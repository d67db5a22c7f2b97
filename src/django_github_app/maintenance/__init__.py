"""What beat starts: bring back what was forgotten, and compare with GitHub."""
