"""The events over HTTP, for those who have no Kafka."""

from services.registry.http.feed.events import router

__all__ = ["router"]
