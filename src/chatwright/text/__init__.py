"""Language processing for Chinese and English: which language, which words, which values."""
