"""A verifiable log in the public C2SP tile-log formats, as arithmetic and parsing alone.

Nothing here stores, fetches, reads a clock, draws random numbers or knows what the entries are
about; all of that is brought by the caller. `merkle` hashes and proves, `tiles` cuts the tree
into files, `note` signs and reads what is signed, `proof` is the one file that verifies offline.
`cosignature` is how others sign too, `witness` what they are asked, `policy` whose word suffices.
"""
