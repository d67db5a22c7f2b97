"""Sample handlers: `handlers` for sync workers, `ahandlers` for async workers. Neither is imported here."""
