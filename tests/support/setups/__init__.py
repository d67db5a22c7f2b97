"""Projects as people have them: each a set of settings, and a process that runs everything in it once."""
