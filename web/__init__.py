"""Pages, feeds and the `candour` command: reads rows and files, decides nothing."""
