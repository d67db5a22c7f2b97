"""Two neighbouring versions on one database and one broker, under load: a rolling upgrade, and back."""
