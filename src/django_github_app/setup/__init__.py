"""Setting an app up, and finding out what is wrong with it."""
