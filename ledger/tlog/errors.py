"""What can go wrong in a transparency log, sorted by whose fault it is.

Everything that comes from outside (a proof, a tile, a note, a stored row) fails with a
`TlogError`, whose message is one plain sentence. Arithmetic of our own that contradicts itself
fails with `BrokenArithmeticError`, which no caller should catch: it is a defect, not an answer.
The messages are not marked for translation, because this package knows nothing of the product
around it; callers that show them to people catch the class and say it in their own words.
"""


class TlogError(ValueError):
    """Something given to the log's arithmetic or parsers is not what it should be."""


class TreeError(TlogError):
    """A tree size, a hash or a compact range is impossible."""


class ProofError(TlogError):
    """A proof is malformed, asks for the impossible, or does not prove what it claims."""


class TileError(TlogError):
    """A tile, its path or an entry bundle is malformed or contradicts the tree it belongs to."""


class MissingTileError(TileError):
    """A tile or entry bundle that the tree must have could not be fetched."""


class KeyTextError(TlogError):
    """The text form of a verifier key or of a private key is malformed."""


class NoteError(TlogError):
    """A signed note is malformed."""


class CheckpointError(NoteError):
    """A note's text is not a checkpoint, or not one of the expected log."""


class UnverifiedNoteError(NoteError):
    """A well-formed note carries no signature by a known key."""


class InvalidSignatureError(NoteError):
    """A note carries a signature by a known key that does not verify."""


class BrokenArithmeticError(AssertionError):
    """The package's own values contradict each other; a defect, never bad input."""
