"""An app with a project's own user model."""
