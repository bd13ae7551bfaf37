"""The words all floors share: messages, events, understanding, evidence. No I/O, no dependencies."""
