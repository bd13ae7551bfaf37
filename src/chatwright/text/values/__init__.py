"""Numbers, money, times, contacts and the like, found in Chinese and English texts and normalised.

Compact grammars of our own: the libraries that do this are slow to start, print, or know one language.
"""

from chatwright.text.values.find import find_values
from chatwright.text.values.value import KINDS, Value

__all__ = ["KINDS", "Value", "find_values"]
