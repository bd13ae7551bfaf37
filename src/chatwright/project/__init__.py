"""A project on disk: YAML in and out, validation, fingerprints."""
