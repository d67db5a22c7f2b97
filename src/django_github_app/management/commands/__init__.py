"""Where Django looks for `manage.py github`."""
