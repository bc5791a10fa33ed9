"""The record: what may be said, the rules, the store and the verifiable log."""
