"""Official releases (Open Contracting Data Standard 1.1): read, put in order, compared, and taken in."""
