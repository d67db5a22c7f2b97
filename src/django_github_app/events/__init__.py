"""The package's own handlers: they keep `Installation` and `Repository` true."""
