"""The catalogue of the contracts: what a subscriber needs before there is anybody to ask.

A tree of files made from the AsyncAPI document, so that the registry serves it and `registan contracts site` writes it,
byte for byte the same. Nothing in it is measured and nothing is secret.
"""

from services.registry.http.catalogue.documents import router

__all__ = ["router"]
