"""What the registry's things are called on a page: words in common in `vocabulary`, and each noun's own in a file."""
