"""Recording in a browser: forms made of the declarations, drafts, the check before recording, and the receipt."""
