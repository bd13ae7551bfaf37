"""The shipped taggers, parsers and the Chinese segmenter: trained on Universal Dependencies treebanks."""
