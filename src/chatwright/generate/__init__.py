"""From a response's name to words: variations, languages, placeholders."""
