"""A file read, judged and planned, and the plan carried out."""
