"""What reporting knows: each state it was ever told of, kept by version, so that any day's figure can be repeated."""
