"""Rows of text that were copied from a sheet."""
