"""The review of one process: its whole story, what is missing from it, and what fifteen recommendations make of it."""
