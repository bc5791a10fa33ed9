"""Plain counts and times of processes: what is overdue, how long bidders had, what moved, what was put right."""
