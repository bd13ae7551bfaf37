"""Policies: rules, memoised stories, and a light learned policy."""
