"""The pages of outputs."""
