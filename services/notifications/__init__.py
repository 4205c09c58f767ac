"""Listens, decides who is told what and when, and delivers it once."""
