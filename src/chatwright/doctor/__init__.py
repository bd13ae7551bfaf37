"""A close look at training data: what contradicts, repeats, confuses and misleads."""
