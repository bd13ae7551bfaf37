"""Task-neutral learning: what runs (numpy) and, in ``fit_*``, what trains it (scikit-learn, crfsuite)."""
