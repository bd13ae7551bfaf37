"""Language models at run time."""
