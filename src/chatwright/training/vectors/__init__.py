"""The house vectors: static vectors of words and sentences, trained on running text."""
