"""The FEEL engine: lexer, parser, tree, evaluator and built-in functions."""
