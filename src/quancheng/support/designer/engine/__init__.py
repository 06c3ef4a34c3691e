"""What is in the text of a design, what is wrong with it, how two of them differ, and bundles of them."""
