"""The protocol as a model, searched exhaustively; and the same rules held against the real SQL."""
