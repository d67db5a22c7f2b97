"""What every process has one of: its threads, its event loop, its locks; and the answer to fork and shutdown."""
