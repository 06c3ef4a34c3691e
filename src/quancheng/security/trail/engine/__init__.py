"""The log's mechanics in plain Python: hashing and proofs, tiles on disk, signed notes, verification."""
