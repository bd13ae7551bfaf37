"""Training of models that ship or that a recipe asks for; nothing at run time imports it."""
