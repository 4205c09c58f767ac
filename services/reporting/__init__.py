"""Reporting: it listens, keeps facts, and answers with figures that can be explained, repeated and looked behind."""
