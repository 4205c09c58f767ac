"""The registry over HTTP: an API for machines, pages for people."""
