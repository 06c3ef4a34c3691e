"""One errand through a running town, over HTTP, as the people in it would do it."""
