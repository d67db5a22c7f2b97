"""What operators see: what may be shown, and what is counted."""
