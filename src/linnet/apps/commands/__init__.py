"""One command a file: its fields are the options, `run()` does the work."""
