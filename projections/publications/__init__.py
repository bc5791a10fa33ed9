"""The parts of the public folder that are finished files made of the record: which items, in which documents, when."""
