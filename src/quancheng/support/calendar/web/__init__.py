"""Pages: the deadline calculator, why a date is what it is, and loading a year's notice."""
