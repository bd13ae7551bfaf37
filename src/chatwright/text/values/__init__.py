"""Values in running text, normalised: numbers, money, times, addresses, in Chinese and English together.

The grammars are our own: the libraries that recognise such values need outdated companions, take seconds for
their first call, or write to standard output.
"""
