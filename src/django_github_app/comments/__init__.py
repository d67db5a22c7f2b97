"""What people write on GitHub: the visible text of a comment, who is mentioned in it, and where it stands. Pure."""
