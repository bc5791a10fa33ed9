"""Views derived from the log: rows for the pages, and feeds. All of it can be deleted and comes out the same."""
