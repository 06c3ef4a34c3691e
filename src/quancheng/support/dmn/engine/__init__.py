"""The decision engine: model, reader, types, evaluation of boxed expressions and tables, checks. Plain Python."""
