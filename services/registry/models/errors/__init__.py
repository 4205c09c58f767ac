"""What the registry refuses, a noun a file: the docstring is the sentence, the detail says with what."""
